/**
 * Pauses a dispatcher that keeps failing as a whole, so that an outage costs a few probes instead of a storm.
 *
 * closed --(3 failures in a row)--> open (pause, doubling) --(pause over)--> probing: one call at a time
 * probing --(success)--> closed          probing --(failure)--> open, longer
 * any --(what no repetition mends)--> open for as long as is said, or until somebody has changed something
 */

const FAILURES_TO_OPEN = 3;
const FIRST_PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 30_000;

/** First pause after a failure that a single repetition did not mend: credentials, clock, a retired API. It doubles too. */
const UNMENDED_PAUSE_MS = 5_000;

export class Breaker {
  #failures = 0;
  #mendedAtMs: number | undefined;
  #openings = 0;
  #pausedUntilMs = Number.NEGATIVE_INFINITY;

  /** True from opening until the next success. */
  get open(): boolean {
    return this.#openings > 0;
  }

  /** Before this time no call may leave. */
  get pausedUntilMs(): number {
    return this.#pausedUntilMs;
  }

  /** Counts one success. Returns true when it closed the breaker. */
  succeed(): boolean {
    const closed = this.open;
    this.#failures = 0;
    this.#openings = 0;
    this.#mendedAtMs = undefined;
    this.#pausedUntilMs = Number.NEGATIVE_INFINITY;
    return closed;
  }

  /**
   * Counts one failure.
   * @param jitter a random number in [0, 1).
   */
  fail(nowMs: number, jitter: number): void {
    this.#failures++;
    if (this.#failures < FAILURES_TO_OPEN || nowMs < this.#pausedUntilMs) return;
    const pause = Math.min(FIRST_PAUSE_MS * 2 ** this.#openings, LONGEST_PAUSE_MS);
    this.#openings++;
    this.#pausedUntilMs = nowMs + Math.round(pause * (0.75 + jitter / 2));
  }

  /**
   * Counts a failure for which the client has already mended what it could (reloaded credentials, corrected its clock):
   * calls that left before are forgiven, one that left after it opens the breaker.
   */
  failUnlessMended(startedAtMs: number, nowMs: number): void {
    if (this.#mendedAtMs === undefined) {
      this.#mendedAtMs = nowMs;
      return;
    }
    if (startedAtMs < this.#mendedAtMs || nowMs < this.#pausedUntilMs) return;
    this.#pausedUntilMs = nowMs + Math.min(UNMENDED_PAUSE_MS * 2 ** this.#openings, LONGEST_PAUSE_MS);
    this.#openings++;
  }
  /** Opens for this long: every call would meet the same. */
  openFor(pauseMs: number, nowMs: number): void {
    this.#openings++;
    this.#pausedUntilMs = nowMs + pauseMs;
  }

  /** Somebody has changed something: the next call may leave now, as a probe. */
  probe(): void {
    this.#pausedUntilMs = Number.NEGATIVE_INFINITY;
  }
}
