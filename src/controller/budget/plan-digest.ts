import { createHash, hash } from 'node:crypto';
import { type PlanChange, planDigestLine, planDigestText } from '../../core/plan.ts';
import { portionsOf } from '../../runtime/portions.ts';

/** Changes that are sorted before other work may go on. */
const SORTED_AT_ONCE = 5_000;

/** The digest of a plan, `sha256:` and 64 hexadecimal digits: over exactly what would change, from what. */
export function planDigest(changes: Iterable<PlanChange>): string {
  return `sha256:${hash('sha256', planDigestText(changes), 'hex')}`;
}

/** The same of a plan of any size. Yields when other work may go on. */
export function* planDigestInSteps(changes: readonly PlanChange[]): Generator<void, string> {
  const lines = yield* sortedInSteps(linesOf(changes), SORTED_AT_ONCE);
  const digest = createHash('sha256');
  for (const portion of portionsOf(lines, {
    things: SORTED_AT_ONCE,
    size: SORTED_AT_ONCE,
    sizeOf: () => 1,
  })) {
    digest.update(portion.join(''));
    yield;
  }
  return `sha256:${digest.digest('hex')}`;
}

function* linesOf(changes: Iterable<PlanChange>) {
  for (const change of changes) yield planDigestLine(change);
}

// Sorts many texts in steps.

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
