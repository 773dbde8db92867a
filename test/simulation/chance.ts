/** Draws from a seeded source. */
import type { Random } from '../../src/runtime/random.ts';

export class Chance {
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  /** A whole number in [low, high]. */
  int(low: number, high: number): number {
    return low + Math.floor(this.#random.next() * (high - low + 1));
  }

  happens(probability: number): boolean {
    return this.#random.next() < probability;
  }

  /** @throws RangeError for an empty list. */
  one<T>(list: readonly T[]): T {
    if (list.length === 0) throw new RangeError('Expected something to draw from, got an empty list');
    return list[Math.floor(this.#random.next() * list.length)] as T;
  }

  /** `count` different ones, in random order. */
  some<T>(list: readonly T[], count: number): T[] {
    const pool = [...list];
    const drawn: T[] = [];
    while (drawn.length < count && pool.length > 0) {
      drawn.push(...pool.splice(Math.floor(this.#random.next() * pool.length), 1));
    }
    return drawn;
  }
}
