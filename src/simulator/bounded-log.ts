/** Bounds of a log. */
export interface LogBounds<Entry> {
  /** Most entries that are kept. */
  readonly entries: number;
  /** Most bytes that the kept entries have together, each measured once; without it only entries count. */
  readonly bytes?: number;
  readonly sizeOf?: (entry: Entry) => number;
}

/** A log that keeps the latest entries and counts what it dropped, so that a long run cannot fill the memory. */
export class BoundedLog<Entry> {
  readonly #bounds: LogBounds<Entry>;
  #entries: ({ readonly entry: Entry; readonly bytes: number } | undefined)[] = [];
  /** Where the oldest kept entry stands; what stands before it is gone. */
  #start = 0;
  #bytes = 0;
  #total = 0;

  constructor(bounds: LogBounds<Entry>) {
    this.#bounds = bounds;
  }

  push(entry: Entry): void {
    const bytes = this.#bounds.sizeOf?.(entry) ?? 0;
    this.#total++;
    this.#bytes += bytes;
    this.#entries.push({ entry, bytes });
    while (
      this.#length > this.#bounds.entries ||
      this.#bytes > (this.#bounds.bytes ?? Number.POSITIVE_INFINITY)
    ) {
      this.#bytes -= this.#entries[this.#start]?.bytes ?? 0;
      this.#entries[this.#start++] = undefined;
    }
    // Cutting off at every push would copy the whole log each time.
    if (this.#start > this.#entries.length / 2) {
      this.#entries = this.#entries.slice(this.#start);
      this.#start = 0;
    }
  }

  /** Everything ever pushed, dropped entries included. */
  get total(): number {
    return this.#total;
  }

  get dropped(): number {
    return this.#total - this.#length;
  }

  /** What is kept, oldest first. */
  entries(): readonly Entry[] {
    return this.#entries.flatMap((slot) => (slot === undefined ? [] : [slot.entry]));
  }

  clear(): void {
    this.#entries = [];
    this.#start = 0;
    this.#bytes = 0;
    this.#total = 0;
  }

  get #length(): number {
    return this.#entries.length - this.#start;
  }
}
