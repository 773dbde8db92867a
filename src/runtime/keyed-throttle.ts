/** Takes something of each key at most once in a while; of what comes sooner, the newest is taken when the time is over. */
import type { Clock } from './clock.ts';
import { Deadlines } from './deadlines.ts';

export interface PacedOptions<Key, Value> {
  readonly clock: Clock;
  readonly everyMs: number;
  /** Returns whether anything was done: what changes nothing does not make the next one wait. */
  readonly take: (key: Key, value: Value) => boolean;
}

export class Paced<Key, Value> {
  readonly #options: PacedOptions<Key, Value>;
  /** When the next one of a key may be taken. */
  readonly #nextMs = new Map<Key, number>();
  /** The newest that came before that. */
  readonly #early = new Map<Key, Value>();
  readonly #due: Deadlines<Key>;

  constructor(options: PacedOptions<Key, Value>) {
    this.#options = options;
    this.#due = new Deadlines(options.clock, (keys) => {
      for (const key of keys) {
        const value = this.#early.get(key);
        if (value !== undefined) this.#take(key, value);
      }
    });
  }

  ask(key: Key, value: Value): void {
    const nextMs = this.#nextMs.get(key) ?? Number.NEGATIVE_INFINITY;
    if (nextMs <= this.#options.clock.now()) return this.#take(key, value);
    this.#early.set(key, value);
    this.#due.set(key, nextMs);
  }

  forget(key: Key): void {
    this.#nextMs.delete(key);
    this.#early.delete(key);
    this.#due.clear(key);
  }

  close(): void {
    this.#due.close();
  }

  #take(key: Key, value: Value): void {
    const { clock, everyMs, take } = this.#options;
    this.#early.delete(key);
    if (take(key, value)) this.#nextMs.set(key, clock.now() + everyMs);
  }
}
