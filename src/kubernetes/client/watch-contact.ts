/** Whether a watch is in touch with its server: how long it has not been, and how long it pauses before it tries again. */
import { messageOf } from '../../api/message-of.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import type { Random } from '../../runtime/random.ts';
import type { KubeConnection } from './kube-connection.ts';
import { KubeError } from './kube-error.ts';

const FIRST_BACKOFF_MS = 500;
const LONGEST_BACKOFF_MS = 30_000;
/** A server may ask for a longer pause, but for no longer one than this. */
const LONGEST_ASKED_MS = 120_000;
/** A watch is made anew now and then; for so long it counts as followed. */
const GRACE_MS = 5_000;

export interface WatchContactOptions {
  readonly connection: Pick<KubeConnection, 'nextReply'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly path: string;
  /** Whether somebody else tells, once, that it is forbidden. */
  readonly tellsForbidden: boolean;
}

export class WatchContact {
  readonly #options: WatchContactOptions;
  #failures = 0;
  #lostAtMs: number | undefined;
  /** What was followed must be listed anew before it counts. */
  #distrusted = false;

  constructor(options: WatchContactOptions) {
    this.#options = options;
  }

  /** False when the watch has been away for more than five seconds: what it follows may be something else by now. */
  isKept(nowMs: number): boolean {
    if (this.#distrusted) return false;
    return this.#lostAtMs === undefined || nowMs - this.#lostAtMs < GRACE_MS;
  }

  /** What was followed may be something else by now, whatever the server tells of it. */
  distrust(): void {
    this.#distrusted = true;
  }

  /** Everything was listed anew; it is followed again when a watch has gone on from there. */
  trusted(): void {
    this.#distrusted = false;
  }

  /** The server has begun to tell. */
  opened(): void {
    this.#lostAtMs = undefined;
  }

  /** The server has told something: the next failure is a first one. */
  heard(): void {
    this.#failures = 0;
    this.#lostAtMs = undefined;
  }

  /** The watch has ended, whyever. */
  lost(): void {
    this.#lostAtMs ??= this.#options.clock.now();
  }

  /** A pause that grows with each failure in a row; a server that could not be reached ends it with the next reply to anybody. */
  async backOff(error: unknown, signal: AbortSignal): Promise<void> {
    const { clock, connection, random, log, path } = this.#options;
    const full = Math.min(FIRST_BACKOFF_MS * 2 ** Math.min(this.#failures, 16), LONGEST_BACKOFF_MS);
    this.#failures++;
    const asked = error instanceof KubeError ? Math.min(error.retryAfterMs ?? 0, LONGEST_ASKED_MS) : 0;
    const waitMs = Math.max(asked, Math.round(full * (0.5 + random.next() / 2)));
    const isReported = this.#options.tellsForbidden && error instanceof KubeError && error.forbidden;
    const level = isReported ? 'debug' : 'warn';
    log[level]({ path, waitMs, error: messageOf(error) }, 'the watch was lost and starts again');
    const over = new AbortController();
    const pause = clock.sleep(waitMs, AbortSignal.any([signal, over.signal])).catch(() => {});
    const unreached = error instanceof KubeError && error.status === 0;
    await (unreached ? Promise.race([pause, connection.nextReply()]) : pause);
    over.abort();
  }
}
