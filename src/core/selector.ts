/** Which instances a selector fits, and whether what it fits now may take the place of what it fitted before. Pure. */
import type { InstanceId } from '../api/ids.ts';
import { changeLimit } from './budget.ts';
import { matchesGlob } from './glob.ts';
import type { InstanceIdentity, InstanceSelector, SelectionProblem } from './model.ts';
import type { BlastRadius } from './policy.ts';

/** Whether an instance fits everything that the selector says. Nothing is left to the cloud's own filter. */
export function fits(selector: InstanceSelector, instance: InstanceIdentity): boolean {
  const { tags = {}, vpcId, namePattern, excluded } = selector;
  if (vpcId !== undefined && instance.vpcId !== vpcId) return false;
  if (namePattern !== undefined && !matchesGlob(namePattern, instance.name ?? '')) return false;
  for (const [key, value] of Object.entries(tags)) if (instance.tags?.[key] !== value) return false;
  return !excluded.includes(instance.instanceId);
}

/** Whether two selectors say the same. */
export function sameSelector(a: InstanceSelector | undefined, b: InstanceSelector | undefined): boolean {
  return a === b || selectorText(a) === selectorText(b);
}

function selectorText(selector: InstanceSelector | undefined): string {
  if (selector === undefined) return '';
  const { tags = {}, vpcId, namePattern, excluded } = selector;
  const sorted = Object.entries(tags).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([sorted, vpcId, namePattern, [...excluded].sort()]);
}

/**
 * Why the members of now may not take the place of those before; undefined when they may.
 *
 * | before | now                                                  |         |
 * |--------|------------------------------------------------------|---------|
 * | some   | none                                                 | refused |
 * | some   | more joined, or more left, than may change at once   | refused |
 * | any    | anything else                                        | obeyed  |
 *
 * @param unnamed members from before that nobody can name; each is taken to be one that fits now, as long as there are any.
 */
export function membershipProblem(
  before: readonly InstanceId[],
  now: readonly InstanceId[],
  { blastRadius, unnamed = 0 }: { readonly blastRadius: BlastRadius | undefined; readonly unnamed?: number },
): string | undefined {
  const total = before.length + unnamed;
  if (total === 0) return undefined;
  if (now.length === 0) return `the selector suddenly fits none of the ${total} instances from before`;
  if (blastRadius === undefined) return undefined;
  const limit = changeLimit(blastRadius, total);
  const [old, present] = [new Set(before), new Set(now)];
  const unknown = now.filter((id) => !old.has(id)).length;
  const stayed = Math.min(unknown, unnamed);
  const joined = unknown - stayed;
  const left = before.filter((id) => !present.has(id)).length + unnamed - stayed;
  if (joined <= limit && left <= limit) return undefined;
  return `the selector suddenly fits ${now.length} instances, ${total} before: ${joined} would join and ${left} would leave, at most ${limit} may`;
}

/** The problem, with how many members from before nobody can name. */
export function withUnnamed(problem: SelectionProblem, unnamed: number): SelectionProblem {
  const { unnamed: _, ...rest } = problem;
  return unnamed === 0 ? rest : { ...rest, unnamed };
}
