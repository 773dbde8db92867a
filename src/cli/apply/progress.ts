/** Progress of an apply: one line that is redrawn on a terminal, a log line every few seconds elsewhere. */

import { shortDuration } from '../../core/text/duration.ts';
import type { Log } from '../../runtime/log.ts';
import type { OutputStream } from '../io.ts';
import type { CallCounts } from '../wiring/cloud-wiring.ts';
import type { Convergence } from './convergence.ts';

const LINE_EVERY_MS = 100;
const LOG_EVERY_MS = 3_000;
/** Before this the pace says nothing about the time left. */
const FIRST_ESTIMATE_MS = 1_000;

export interface ProgressView {
  readonly convergence: Convergence;
  readonly counts: CallCounts;
  /** Instances that wait for a free call. */
  readonly backlog: number;
  readonly nowMs: number;
}

export interface ProgressOptions {
  readonly stderr: OutputStream;
  readonly log: Log;
  readonly startedAtMs: number;
  /** False where the log may say nothing. */
  readonly quiet: boolean;
}

export class Progress {
  readonly #options: ProgressOptions;
  #shownAtMs = Number.NEGATIVE_INFINITY;
  #lineShown = false;
  #doneAtStart: number | undefined;

  constructor(options: ProgressOptions) {
    this.#options = options;
  }

  show(view: ProgressView): void {
    const { stderr, log, quiet } = this.#options;
    if (quiet) return;
    const done = view.convergence.total - view.convergence.moving;
    this.#doneAtStart ??= done;
    const terminal = stderr.isTTY === true;
    if (view.nowMs - this.#shownAtMs < (terminal ? LINE_EVERY_MS : LOG_EVERY_MS)) return;
    this.#shownAtMs = view.nowMs;
    const text = this.#text(view, done);
    if (terminal) {
      const columns = (stderr.columns ?? 80) - 1;
      stderr.write(`\r\u001b[2K${text.slice(0, columns)}`);
      this.#lineShown = true;
      return;
    }
    log.info({ done, total: view.convergence.total, calls: view.counts.calls, backlog: view.backlog }, text);
  }

  /** Clears the line. */
  end(): void {
    if (this.#lineShown) this.#options.stderr.write('\r\u001b[2K');
    this.#lineShown = false;
  }

  #text({ convergence, counts, backlog, nowMs }: ProgressView, done: number): string {
    const elapsedMs = nowMs - this.#options.startedAtMs;
    const gained = done - (this.#doneAtStart ?? 0);
    const leftMs = gained > 0 ? (convergence.moving * elapsedMs) / gained : undefined;
    const parts = [
      `${done}/${convergence.total} instances`,
      `${counts.calls} calls`,
      counts.throttled > 0 ? `${counts.throttled} throttled` : '',
      backlog > 0 ? `${backlog} waiting for quota` : '',
      leftMs !== undefined && elapsedMs > FIRST_ESTIMATE_MS ? `about ${shortDuration(leftMs)} left` : '',
    ];
    return parts.filter((part) => part !== '').join(' · ');
  }
}
