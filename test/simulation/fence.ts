/**
 * What a process stands behind: when it is killed, its timers never fire and no reply reaches it any more, while what it
 * had sent goes on in the world. While it is paused, as with its machine, timers and replies come when it wakes.
 */
import { type Clock, sleepWith } from '../../src/runtime/clock.ts';
import type { Transport } from '../../src/runtime/transport.ts';

const NEVER = new Promise<never>(() => {});

export class Fence {
  readonly #inner: Clock;
  readonly #aheadMs: () => number;
  readonly #cancels = new Set<() => void>();
  #down = false;
  #wakesMs = Number.NEGATIVE_INFINITY;

  /** @param aheadMs how far its machine's calendar is ahead. */
  constructor(clock: Clock, aheadMs: () => number = () => 0) {
    this.#inner = clock;
    this.#aheadMs = aheadMs;
  }

  readonly clock: Clock = {
    now: () => this.#inner.now(),
    wall: () => this.#inner.wall() + this.#aheadMs(),
    sleep: (ms, signal) => sleepWith(this.clock, ms, signal),
    setTimer: (ms, fire) => this.#setTimer(ms, fire),
  };

  #setTimer(ms: number, fire: () => void): () => void {
    if (this.#down) return () => {};
    let cancelInner = () => {};
    const set = (waitMs: number) => {
      cancelInner = this.#inner.setTimer(waitMs, () => {
        const sleepsMs = this.#wakesMs - this.#inner.now();
        if (sleepsMs > 0) return set(sleepsMs);
        this.#cancels.delete(cancel);
        fire();
      });
    };
    const cancel = () => {
      this.#cancels.delete(cancel);
      cancelInner();
    };
    this.#cancels.add(cancel);
    set(ms);
    return cancel;
  }

  /** A transport whose replies stop when the process dies. */
  guard(transport: Transport): Transport {
    return async (request, signal) => {
      if (this.#down) return NEVER;
      try {
        const response = await transport(request, signal);
        await this.#awake();
        return this.#down ? NEVER : response;
      } catch (error) {
        await this.#awake();
        if (this.#down) return NEVER;
        throw error;
      }
    };
  }

  /** Resolves at once, or when the process wakes. */
  async #awake(): Promise<void> {
    const sleepsMs = this.#wakesMs - this.#inner.now();
    if (sleepsMs > 0) await this.#inner.sleep(sleepsMs);
  }

  /** Nothing runs in the process for so long. */
  pause(ms: number): void {
    this.#wakesMs = this.#inner.now() + ms;
  }

  /** Kills the process. */
  kill(): void {
    this.#down = true;
    for (const cancel of [...this.#cancels]) cancel();
  }
}
