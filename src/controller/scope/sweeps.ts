/** The drift sweeps of one scope: one timer for each distinct interval, however many bindings share it. */
import type { Clock } from '../../runtime/clock.ts';
import type { Random } from '../../runtime/random.ts';

export interface SweepsOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** The interval of everything that has none of its own; its timer never ends. */
  readonly baseMs: number;
  /** Asks for a read of one instance after the other; tells of each whether it has this interval. */
  readonly onDue: (intervalMs: number) => Iterator<boolean>;
}

/** Instances that are asked for before the event loop gets its turn: a large fleet would hold up a user's change. */
const AT_ONCE = 500;

export class Sweeps {
  readonly #options: SweepsOptions;
  readonly #cancels = new Map<number, () => void>();
  /** Intervals that somebody has taken since their last sweep began. */
  readonly #taken = new Set<number>();
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
    this.#taken.add(intervalMs);
    if (this.#started && !this.#cancels.has(intervalMs)) this.#schedule(intervalMs);
  }

  stop(): void {
    this.#started = false;
    for (const cancel of this.#cancels.values()) cancel();
    this.#cancels.clear();
  }

  #schedule(intervalMs: number): void {
    const { clock, random, onDue } = this.#options;
    const jittered = intervalMs * (0.9 + random.next() * 0.2);
    const fire = () => {
      this.#taken.delete(intervalMs);
      this.#sweep(intervalMs, { rest: onDue(intervalMs), found: false });
    };
    this.#cancels.set(intervalMs, clock.setTimer(jittered, fire));
  }

  /** Goes on with a sweep; the next one is due an interval after its end. */
  #sweep(intervalMs: number, { rest, found }: { rest: Iterator<boolean>; found: boolean }): void {
    let some = found;
    for (let count = 0; count < AT_ONCE; count++) {
      const next = rest.next();
      if (next.done) {
        this.#cancels.delete(intervalMs);
        const goesOn = some || this.#taken.has(intervalMs) || intervalMs === this.#options.baseMs;
        if (goesOn) this.#schedule(intervalMs);
        return;
      }
      some ||= next.value;
    }
    const goOn = () => this.#sweep(intervalMs, { rest, found: some });
    this.#cancels.set(intervalMs, this.#options.clock.setTimer(0, goOn));
  }
}
