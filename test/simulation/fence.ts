/**
 * What a process stands behind: when it is killed, its timers never fire and no reply reaches it any more,
 * while what it had sent goes on in the world.
 */
import { type Clock, sleepWith } from '../../src/runtime/clock.ts';
import type { Transport } from '../../src/runtime/transport.ts';

const NEVER = new Promise<never>(() => {});

export class Fence {
  readonly #inner: Clock;
  readonly #cancels = new Set<() => void>();
  #down = false;

  constructor(clock: Clock) {
    this.#inner = clock;
  }

  readonly clock: Clock = {
    now: () => this.#inner.now(),
    wall: () => this.#inner.wall(),
    sleep: (ms, signal) => sleepWith(this.clock, ms, signal),
    setTimer: (ms, fire) => {
      if (this.#down) return () => {};
      const cancel = this.#inner.setTimer(ms, () => {
        this.#cancels.delete(cancel);
        fire();
      });
      this.#cancels.add(cancel);
      return () => {
        this.#cancels.delete(cancel);
        cancel();
      };
    },
  };

  /** A transport whose replies stop when the process dies. */
  guard(transport: Transport): Transport {
    return async (request, signal) => {
      if (this.#down) return NEVER;
      try {
        const response = await transport(request, signal);
        return this.#down ? NEVER : response;
      } catch (error) {
        if (this.#down) return NEVER;
        throw error;
      }
    };
  }

  /** Kills the process. */
  kill(): void {
    this.#down = true;
    for (const cancel of this.#cancels) cancel();
    this.#cancels.clear();
  }
}
