/** Keeps one copy of plain values that say the same. */

/** Distinct values of each sort that are remembered. */
const MOST_VALUES = 4_096;
const MOST_TEXTS = 16_384;

/**
 * A fleet of thousands of alike objects costs little more than what tells them apart when the rest is shared.
 * What is shared must never be changed. The memory is bounded: when it is full it is emptied, and sharing begins anew.
 */
export class SharedValues {
  readonly #texts = new Map<string, string>();
  readonly #values = new Map<string, unknown>();

  /** The value, or an earlier one that says the same. It must be plain data, as JSON knows it. */
  share<T>(value: T): T {
    if (typeof value === 'string') return this.#text(value) as T;
    if (typeof value !== 'object' || value === null) return value;
    const text = JSON.stringify(value);
    const known = this.#values.get(text);
    if (known !== undefined) return known as T;
    const made = this.#parts(value);
    if (this.#values.size >= MOST_VALUES) this.#values.clear();
    this.#values.set(text, made);
    return made as T;
  }

  #text(text: string): string {
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    if (this.#texts.size >= MOST_TEXTS) this.#texts.clear();
    this.#texts.set(text, text);
    return text;
  }

  /** A copy whose texts are shared. */
  #parts(value: unknown): unknown {
    if (typeof value === 'string') return this.#text(value);
    if (Array.isArray(value)) return value.map((one) => this.#parts(one));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, this.#parts(one)]));
  }
}
