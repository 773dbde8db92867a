/** Progress of a listing: one line that is redrawn on a terminal, a log line every few seconds elsewhere. */

import { thousands } from '../../core/text/words.ts';
import type { Log } from '../../runtime/log.ts';
import type { OutputStream } from '../io.ts';

const LINE_EVERY_MS = 100;
const LOG_EVERY_MS = 3_000;

export class ListProgress {
  readonly #stderr: OutputStream;
  readonly #log: Log;
  #shownAtMs: number;
  #lineShown = false;

  /** Says nothing of what is over within the first interval. */
  constructor(options: { readonly stderr: OutputStream; readonly log: Log; readonly startedAtMs: number }) {
    this.#stderr = options.stderr;
    this.#log = options.log;
    this.#shownAtMs = options.startedAtMs;
  }

  show(progress: { readonly read: number; readonly total: number; readonly nowMs: number }): void {
    const { read, total, nowMs } = progress;
    const terminal = this.#stderr.isTTY === true;
    if (nowMs - this.#shownAtMs < (terminal ? LINE_EVERY_MS : LOG_EVERY_MS)) return;
    this.#shownAtMs = nowMs;
    const text = `${thousands(read)}/${thousands(total)} instances read`;
    if (!terminal) {
      this.#log.info({ read, total }, text);
      return;
    }
    this.#stderr.write(`\r\u001b[2K${text.slice(0, (this.#stderr.columns || 80) - 1)}`);
    this.#lineShown = true;
  }

  /** Clears the line. */
  end(): void {
    if (this.#lineShown) this.#stderr.write('\r\u001b[2K');
    this.#lineShown = false;
  }
}
