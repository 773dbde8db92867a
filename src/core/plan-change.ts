/** What a plan would change, and the text over which its digest is made. */
import type { InstanceId } from '../api/ids.ts';
import type { GroupList, Scope } from './model.ts';
import { scopeKey } from './model.ts';
import { sameSequence } from './plan.ts';

/** One instance's part of a plan: exactly what would change, from what. */
export interface PlanChange {
  readonly scope: Scope;
  readonly instanceId: InstanceId;
  readonly from: GroupList;
  readonly to: GroupList;
}

/**
 * The text that a digest of a plan is made over: one line a change, sorted by scope and instance. It does not say
 * which binding or revision asks for a change: the same change is the same plan.
 */
export function planDigestText(changes: Iterable<PlanChange>): string {
  return [...changes].map(planDigestLine).sort().join('');
}

/** The line of one change in that text. */
export function planDigestLine({ scope, instanceId, from, to }: PlanChange): string {
  return `${scopeKey(scope)} ${instanceId} ${from.join(',')} > ${to.join(',')}\n`;
}

/** Whether two changes are the same one. */
export function sameChange(
  a: Pick<PlanChange, 'from' | 'to'> | undefined,
  b: Pick<PlanChange, 'from' | 'to'>,
): boolean {
  return a !== undefined && sameSequence(a.from, b.from) && sameSequence(a.to, b.to);
}
