/** Wakes the one who waits for something to change. A second one who waits at the same time is woken by time alone. */
import type { Clock } from './clock.ts';

export class ChangeSignal {
  readonly #clock: Clock;
  /** Something has changed since somebody last waited. */
  #changed = false;
  #wake = () => {};

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  changed(): void {
    this.#changed = true;
    this.#wake();
  }

  /**
   * Resolves after the next change, or after one that came since the last wait, and at `atMs` at the latest. What changes
   * in one turn of the event loop wakes once. Rejects when the signal aborts.
   */
  async next(atMs: number, signal: AbortSignal): Promise<void> {
    if (!this.#changed) {
      const woken = new AbortController();
      this.#wake = () => woken.abort();
      const waitMs = Math.max(0, atMs - this.#clock.now());
      await this.#clock.sleep(waitMs, AbortSignal.any([signal, woken.signal])).catch(() => {});
      this.#wake = () => {};
    }
    await this.#clock.sleep(0, signal);
    this.#changed = false;
  }
}
