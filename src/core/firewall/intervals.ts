/**
 * Sets of numbers as sorted, disjoint intervals that do not touch: `[from, to, from, to, …]`, each `to` not included.
 * Equal sets are equal arrays.
 */
export type Intervals = readonly number[];

/** The set of these pairs, in any order and overlapping or not. */
export function intervalsOf(pairs: Iterable<readonly [number, number]>): Intervals {
  const sorted = [...pairs].filter(([from, to]) => from < to).sort(([a], [b]) => a - b);
  const set: number[] = [];
  for (const [from, to] of sorted) append(set, from, to);
  return set;
}

/** Adds an interval that begins no earlier than the last one of the set does. */
export function append(set: number[], from: number, to: number): void {
  const end = set.at(-1);
  if (end === undefined || from > end) set.push(from, to);
  else if (to > end) set[set.length - 1] = to;
}

/** Each interval. */
export function* pairsOf(set: Intervals): Generator<readonly [number, number]> {
  for (let at = 0; at < set.length; at += 2) yield [set[at] ?? 0, set[at + 1] ?? 0];
}

/** What of `[0, end)` is not in the set. */
export function complement(set: Intervals, end: number): Intervals {
  const gaps: (readonly [number, number])[] = [];
  let from = 0;
  for (const [start, stop] of pairsOf(set)) {
    gaps.push([from, start]);
    from = stop;
  }
  return intervalsOf([...gaps, [from, end]]);
}

/** Gives equal sets the same number. */
export class IntervalPool {
  readonly #sets: Intervals[] = [];
  readonly #byHash = new Map<number, number[]>();

  idOf(set: Intervals): number {
    let hash = set.length;
    for (let at = 0; at < set.length; at++) hash = (Math.imul(hash, 0x01000193) ^ (set[at] ?? 0)) | 0;
    const candidates = this.#byHash.get(hash) ?? [];
    const known = candidates.find((id) => same(this.#sets[id] ?? [], set));
    if (known !== undefined) return known;
    const id = this.#sets.push(set) - 1;
    candidates.push(id);
    this.#byHash.set(hash, candidates);
    return id;
  }

  get(id: number): Intervals {
    return this.#sets[id] ?? [];
  }
}

function same(a: Intervals, b: Intervals): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
}
