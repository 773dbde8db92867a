/** A log that keeps the latest entries and counts what it dropped, so that a long run cannot fill the memory. */
export class BoundedLog<Entry> {
  readonly capacity: number;
  #entries: Entry[] = [];
  #start = 0;
  #total = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  push(entry: Entry): void {
    this.#total++;
    if (this.#entries.length < this.capacity) {
      this.#entries.push(entry);
      return;
    }
    this.#entries[this.#start] = entry;
    this.#start = (this.#start + 1) % this.capacity;
  }

  /** Everything ever pushed, dropped entries included. */
  get total(): number {
    return this.#total;
  }

  get dropped(): number {
    return this.#total - this.#entries.length;
  }

  /** What is kept, oldest first. */
  entries(): readonly Entry[] {
    return [...this.#entries.slice(this.#start), ...this.#entries.slice(0, this.#start)];
  }

  clear(): void {
    this.#entries = [];
    this.#start = 0;
    this.#total = 0;
  }
}
