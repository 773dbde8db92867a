/** Which instances a selector fits, and whether what it fits now may take the place of what it fitted before. Pure. */
import type { InstanceId } from '../api/ids.ts';
import { blastLimit } from './blast-radius.ts';
import { matchesGlob } from './glob.ts';
import type { InstanceSelector, ObservedInstance } from './model.ts';
import type { BlastRadius } from './policy.ts';

/** Whether an instance fits everything that the selector says. Nothing is left to the cloud's own filter. */
export function fits(selector: InstanceSelector, instance: ObservedInstance): boolean {
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
 */
export function membershipProblem(
  before: readonly InstanceId[],
  now: readonly InstanceId[],
  blastRadius: BlastRadius | undefined,
): string | undefined {
  if (before.length === 0) return undefined;
  if (now.length === 0)
    return `the selector suddenly fits none of the ${before.length} instances from before`;
  if (blastRadius === undefined) return undefined;
  const limit = blastLimit(blastRadius, before.length);
  const [old, present] = [new Set(before), new Set(now)];
  const joined = now.filter((id) => !old.has(id)).length;
  const left = before.filter((id) => !present.has(id)).length;
  if (joined <= limit && left <= limit) return undefined;
  return `the selector suddenly fits ${now.length} instances, ${before.length} before: ${joined} would join and ${left} would leave, at most ${limit} may`;
}
