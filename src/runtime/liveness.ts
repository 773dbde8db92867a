/**
 * Tells a process that is stuck from one that has nothing to do, or cannot do it now. Each part says whether something
 * of it has to move and counts its steps; a part that had to move at every look and took no step for its whole window
 * is stuck.
 *
 * Time is counted in looks, and never read from the clock: neither a clock that was set nor a process that was paused
 * makes anything look stuck.
 */
import type { Clock } from './clock.ts';

/** A part of the process, as it is at this moment. */
export interface LivenessCheck {
  readonly name: string;
  /** Whether something has to move: work that could leave now, a call under way, a loop that never ends. */
  readonly busy: boolean;
  /** Grows with every step. */
  readonly steps: number;
  /** Longer than anything outside of the process can hold the part up. */
  readonly windowMs: number;
}

export interface LivenessResult {
  readonly name: string;
  readonly fine: boolean;
  /** A few words on how it stands. */
  readonly detail: string;
}

export interface LivenessOptions {
  readonly clock: Clock;
  readonly checks: () => Iterable<LivenessCheck>;
}

const LOOK_EVERY_MS = 5_000;
/** The timer of a process whose event loop turns is never later than this. */
const LATEST_LOOK_MS = 60_000;

interface Stillness {
  readonly steps: number;
  /** Looks in a row at which it was busy and had taken no step. */
  readonly looks: number;
}

export class Liveness implements Disposable {
  readonly #options: LivenessOptions;
  readonly #still = new Map<string, Stillness>();
  #lookedMs = 0;
  #cancel: (() => void) | undefined;

  constructor(options: LivenessOptions) {
    this.#options = options;
  }

  start(): void {
    this.#look();
  }

  [Symbol.dispose](): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  /** How each part stands; the event loop first. Call it after {@link start}. */
  results(): LivenessResult[] {
    const lateMs = this.#options.clock.now() - this.#lookedMs;
    const loop: LivenessResult = {
      name: 'event loop',
      fine: lateMs < LATEST_LOOK_MS,
      detail: lateMs < LATEST_LOOK_MS ? 'turns' : `its timers are ${seconds(lateMs)} late`,
    };
    return [loop, ...[...this.#options.checks()].map((sign) => this.#result(sign))];
  }

  #result({ name, busy, steps, windowMs }: LivenessCheck): LivenessResult {
    const still = this.#still.get(name);
    const stillMs = busy && still?.steps === steps ? still.looks * LOOK_EVERY_MS : 0;
    if (stillMs >= windowMs) {
      return { name, fine: false, detail: `has work and has not moved for ${seconds(stillMs)}` };
    }
    return { name, fine: true, detail: busy ? 'moves' : 'has nothing that must move now' };
  }

  #look(): void {
    this.#lookedMs = this.#options.clock.now();
    this.#cancel = this.#options.clock.setTimer(LOOK_EVERY_MS, () => this.#look());
    const gone = new Set(this.#still.keys());
    for (const { name, busy, steps } of this.#options.checks()) {
      const before = this.#still.get(name);
      const looks = busy && before?.steps === steps ? before.looks + 1 : 0;
      this.#still.set(name, { steps, looks });
      gone.delete(name);
    }
    for (const name of gone) this.#still.delete(name);
  }
}

const seconds = (ms: number): string => `${Math.round(ms / 1_000)} s`;
