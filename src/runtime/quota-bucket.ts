/**
 * Keeps a client within a quota of N calls in each fixed one-second window of *server* time, whose edges the client
 * does not know.
 *
 * Two rules together:
 * - **Slots.** A call occupies one of N slots from the moment it is sent until one window after its reply. The server
 *   counted it somewhere between the two, so the call that reuses the slot is counted at least one window later:
 *   no window of the server, wherever its edges lie, ever holds more than N of our calls.
 * - **Pace.** Calls leave at most N a window on average, with a small burst, so that slots come free one by one and an
 *   urgent call never waits for a whole window.
 *
 * When the server throttles all the same (others use the same bucket), N shrinks by a third and calls pause;
 * each quiet stretch wins one call back.
 */

export interface QuotaBucketOptions {
  /** Calls a window, N. */
  readonly limit: number;
  readonly windowMs?: number;
  /** Calls that may leave without pacing after a quiet time. */
  readonly burst?: number;
}

/** A quiet stretch this long wins one call a window back. */
const RECOVERY_MS = 5_000;
const LONGEST_PAUSE_MS = 8_000;

export class QuotaBucket {
  readonly #limit: number;
  readonly #windowMs: number;
  readonly #burst: number;
  #allowed: number;
  #inFlight = 0;
  /** Times at which occupied slots come free, ascending. */
  readonly #freeAtMs: number[] = [];
  /** The theoretical time of the next evenly paced call. */
  #paceMs = Number.NEGATIVE_INFINITY;
  #pausedUntilMs = Number.NEGATIVE_INFINITY;
  #throttledInARow = 0;
  #recoverAtMs = Number.POSITIVE_INFINITY;

  /** @throws RangeError when the limit is not at least 1. */
  constructor(options: QuotaBucketOptions) {
    if (!(options.limit >= 1)) {
      throw new RangeError(`Expected \`limit\` to be at least 1 call a window, got ${options.limit}`);
    }
    this.#limit = Math.floor(options.limit);
    this.#windowMs = options.windowMs ?? 1_000;
    this.#burst = options.burst ?? 2;
    this.#allowed = this.#limit;
  }

  /** Calls a window that are allowed at present. */
  get allowed(): number {
    return this.#allowed;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** The earliest time at which a call may leave, not before `nowMs`; undefined while every slot waits for a reply. */
  availableAtMs(nowMs: number): number | undefined {
    this.#expire(nowMs);
    const spacing = this.#windowMs / this.#allowed;
    const paced = this.#paceMs - spacing * (this.#burst - 1);
    const earliest = Math.max(nowMs, paced, this.#pausedUntilMs);
    const excess = this.#inFlight + this.#freeAtMs.length - this.#allowed;
    if (excess < 0) return earliest;
    const slot = this.#freeAtMs[excess];
    return slot === undefined ? undefined : Math.max(earliest, slot);
  }

  /** Occupies a slot for a call that leaves now. */
  start(nowMs: number): void {
    this.#inFlight++;
    this.#paceMs = Math.max(this.#paceMs, nowMs) + this.#windowMs / this.#allowed;
  }

  /** Ends a call whose reply has come, or never will. */
  finish(nowMs: number, options: { throttled: boolean }): void {
    this.#inFlight--;
    this.#freeAtMs.push(nowMs + this.#windowMs);
    if (options.throttled) this.#slowDown(nowMs);
    else this.#throttledInARow = 0;
  }

  #slowDown(nowMs: number): void {
    // One decrease a window: calls that left together are refused together.
    if (nowMs < this.#pausedUntilMs) return;
    this.#allowed = Math.max(1, Math.floor((this.#allowed * 2) / 3));
    this.#pausedUntilMs = nowMs + Math.min(this.#windowMs * 2 ** this.#throttledInARow, LONGEST_PAUSE_MS);
    this.#throttledInARow++;
    this.#recoverAtMs = this.#pausedUntilMs + RECOVERY_MS;
  }

  #expire(nowMs: number): void {
    let free = 0;
    while (free < this.#freeAtMs.length && (this.#freeAtMs[free] as number) <= nowMs) free++;
    if (free > 0) this.#freeAtMs.splice(0, free);
    while (this.#allowed < this.#limit && nowMs >= this.#recoverAtMs) {
      this.#allowed++;
      this.#recoverAtMs += RECOVERY_MS;
    }
  }
}
