/** Sorts many texts in steps. */
import { portionsOf } from './portions.ts';

/** The texts as `sort()` orders them. Yields after about so many comparisons, when other work may go on. */
export function* sortedInSteps(texts: Iterable<string>, most: number): Generator<void, string[]> {
  let runs: string[][] = [];
  for (const portion of portionsOf(texts, { things: most, size: most, sizeOf: () => 1 })) {
    runs.push([...portion].sort());
    yield;
  }
  while (runs.length > 1) {
    const merged: string[][] = [];
    for (let index = 0; index < runs.length; index += 2) {
      merged.push(yield* mergedInSteps(runs[index] ?? [], runs[index + 1] ?? [], most));
    }
    runs = merged;
  }
  return runs[0] ?? [];
}

function* mergedInSteps(a: readonly string[], b: readonly string[], most: number): Generator<void, string[]> {
  const merged: string[] = [];
  for (let [left, right] = [0, 0]; left < a.length || right < b.length; ) {
    const [first, second] = [a[left], b[right]];
    const isFirst = second === undefined || (first !== undefined && first <= second);
    merged.push((isFirst ? first : second) as string);
    if (isFirst) left++;
    else right++;
    if (merged.length % most === 0) yield;
  }
  return merged;
}
