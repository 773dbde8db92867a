/** The drift sweeps of one scope: one timer for each distinct interval, however many bindings share it. */
import type { Clock } from '../../runtime/clock.ts';
import type { Random } from '../../runtime/random.ts';

export interface SweepsOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** The interval of everything that has none of its own; its timer never ends. */
  readonly baseMs: number;
  /** Asks for a read of every instance with this interval; returns how many there are. */
  readonly sweep: (intervalMs: number) => number;
}

export class Sweeps {
  readonly #options: SweepsOptions;
  readonly #cancels = new Map<number, () => void>();
  #started = false;

  constructor(options: SweepsOptions) {
    this.#options = options;
  }

  start(): void {
    this.#started = true;
    this.keep(this.#options.baseMs);
  }

  /** Somebody has this interval: its sweeps go on until nobody has. */
  keep(intervalMs: number): void {
    if (this.#started && !this.#cancels.has(intervalMs)) this.#schedule(intervalMs);
  }

  stop(): void {
    this.#started = false;
    for (const cancel of this.#cancels.values()) cancel();
    this.#cancels.clear();
  }

  #schedule(intervalMs: number): void {
    const { clock, random, baseMs, sweep } = this.#options;
    const jittered = intervalMs * (0.9 + random.next() * 0.2);
    const fire = () => {
      this.#cancels.delete(intervalMs);
      if (sweep(intervalMs) > 0 || intervalMs === baseMs) this.#schedule(intervalMs);
    };
    this.#cancels.set(intervalMs, clock.setTimer(jittered, fire));
  }
}
