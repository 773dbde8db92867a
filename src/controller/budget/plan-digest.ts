import { createHash, hash } from 'node:crypto';
import { type PlanChange, planDigestLine, planDigestText } from '../../core/plan-change.ts';
import { portionsOf } from '../../runtime/portions.ts';
import { sortedInSteps } from '../../runtime/sorted.ts';

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
