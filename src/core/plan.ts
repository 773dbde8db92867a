/**
 * The plan: which steps turn the observed ordered list of an instance into the desired one.
 *
 * | observed | desired | steps                      |
 * |----------|---------|----------------------------|
 * | A B      | A B     | none: in sync              |
 * | A B      | B A     | move: order is drift       |
 * | A        | A B     | add B at 2nd               |
 * | A B      | A       | remove B                   |
 * | (none)   | A B     | add A, add B               |
 * | A B C    | C A D   | remove B, move C, add D    |
 *
 * The cloud's write replaces the whole list; steps are what a person reads, the desired list is what is sent.
 */
import type { InstanceId, SecurityGroupId } from '../api/ids.ts';
import { type GroupList, type Scope, scopeKey } from './model.ts';

/** One readable change. Positions are 0-based: `from` in the observed list, `to` in the desired one. */
export type Step =
  | { readonly op: 'remove'; readonly sgId: SecurityGroupId; readonly from: number }
  | { readonly op: 'move'; readonly sgId: SecurityGroupId; readonly from: number; readonly to: number }
  | { readonly op: 'add'; readonly sgId: SecurityGroupId; readonly to: number };

/** The plan of an instance that is in sync; always this same value. */
export const NO_STEPS: readonly Step[] = Object.freeze([]);

/** Whether two lists hold the same groups in the same order. */
export function sameSequence(a: GroupList, b: GroupList): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** The fewest steps from `observed` to `desired`: as many groups as possible stay where they are. */
export function plan(observed: GroupList, desired: GroupList): readonly Step[] {
  if (sameSequence(observed, desired)) return NO_STEPS;
  const steps: Step[] = [];
  const kept: { readonly sgId: SecurityGroupId; readonly from: number; readonly to: number }[] = [];
  for (let from = 0; from < observed.length; from++) {
    const sgId = observed[from] as SecurityGroupId;
    const to = desired.indexOf(sgId);
    // A group that the cloud lists twice is kept once.
    if (to < 0 || observed.indexOf(sgId) !== from) steps.push({ op: 'remove', sgId, from });
    else kept.push({ sgId, from, to });
  }
  const staying = longestIncreasing(kept.map((group) => group.to));
  for (const [index, group] of kept.entries()) {
    if (!staying.has(index)) steps.push({ op: 'move', ...group });
  }
  for (let to = 0; to < desired.length; to++) {
    const sgId = desired[to] as SecurityGroupId;
    if (!observed.includes(sgId)) steps.push({ op: 'add', sgId, to });
  }
  return steps;
}

/** Performs steps on a list; `performSteps(observed, plan(observed, desired))` is `desired`. */
export function performSteps(observed: GroupList, steps: readonly Step[]): GroupList {
  const leaving = new Set(steps.flatMap((step) => (step.op === 'add' ? [] : [step.from])));
  const list = observed.filter((_, index) => !leaving.has(index));
  const arriving = steps.flatMap((step) => (step.op === 'remove' ? [] : [step]));
  for (const step of arriving.sort((a, b) => a.to - b.to)) list.splice(step.to, 0, step.sgId);
  return list;
}

/** What kind of difference a plan mends, for one word in a table. */
export function changeKind(steps: readonly Step[]): 'none' | 'order' | 'membership' {
  if (steps.length === 0) return 'none';
  return steps.every((step) => step.op === 'move') ? 'order' : 'membership';
}

/**
 * Indexes of one longest strictly increasing subsequence; among equally long ones, one that keeps most values at their
 * own index, so that no step says "2nd to 2nd". Lists hold at most 50 groups: the quadratic way is the fast one.
 */
function longestIncreasing(values: readonly number[]): Set<number> {
  // Length first, then fixed points: a length of one outweighs every fixed point there can be.
  const score: number[] = [];
  const previous: number[] = [];
  let last = -1;
  for (let i = 0; i < values.length; i++) {
    const own = values.length + 1 + (values[i] === i ? 1 : 0);
    score[i] = own;
    previous[i] = -1;
    for (let j = 0; j < i; j++) {
      if (
        (values[j] as number) < (values[i] as number) &&
        (score[j] as number) + own > (score[i] as number)
      ) {
        score[i] = (score[j] as number) + own;
        previous[i] = j;
      }
    }
    if (last < 0 || (score[i] as number) > (score[last] as number)) last = i;
  }
  const members = new Set<number>();
  for (let i = last; i >= 0; i = previous[i] as number) members.add(i);
  return members;
}

// What a plan would change, and the text over which its digest is made.

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
