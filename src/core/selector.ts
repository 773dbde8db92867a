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

/**
 * What listings have told of a selector since it was last edited: data, and the one function that changes it.
 *
 * | phase      | what is known                                                                |
 * |------------|------------------------------------------------------------------------------|
 * | `unlisted` | nothing: no listing has ended yet                                            |
 * | `failing`  | that listings fail: none was complete yet                                    |
 * | `refused`  | what fits, and that it is too sudden: the members may be another selector's  |
 * | `obeyed`   | the members: a complete listing was obeyed                                   |
 *
 * Beside the phase stands whether its members may be compared with what fits (`comparable`), and how many of them nobody
 * can name (`unnamed`; none once a listing was obeyed).
 *
 * | event                  | from              | to       | and                                                         |
 * |------------------------|-------------------|----------|-------------------------------------------------------------|
 * | edited                 | any               | unlisted | whoever edits means it: nothing is too sudden               |
 * | failed                 | unlisted          | failing  |                                                             |
 * | failed                 | any other         | the same |                                                             |
 * | refused                | unlisted, failing | refused  |                                                             |
 * | refused                | any other         | the same |                                                             |
 * | obeyed                 | any               | obeyed   | comparable, and all members have a name                     |
 * | gained, remembered     | any but obeyed    | the same | comparable, with as many unnamed ones as were remembered    |
 * | gained, remembered     | obeyed            | the same | comparable                                                  |
 * | gained, not remembered | any               | the same | not comparable                                              |
 */
export type SelectorState =
  | {
      readonly phase: 'unlisted' | 'failing' | 'refused';
      readonly comparable: boolean;
      readonly unnamed: number;
    }
  | { readonly phase: 'obeyed'; readonly comparable: boolean };

/** Members that were remembered of an earlier process, or of another replica. */
interface Remembered {
  /** Those that nobody can name any more. */
  readonly unnamed: number;
}

export type SelectorEvent =
  | { readonly kind: 'edited' | 'failed' | 'refused' | 'obeyed' }
  /** The scope is this replica's from now on. @param remembered undefined when nobody knows the members. */
  | { readonly kind: 'gained'; readonly remembered: Remembered | undefined };

/** Most selectors are in this state and share the value. */
const OBEYED: SelectorState = Object.freeze({ phase: 'obeyed', comparable: true });

/** The state of a selector that was not there before. @param remembered undefined when nobody knows its members. */
export function newSelectorState(remembered: Remembered | undefined): SelectorState {
  return { phase: 'unlisted', comparable: remembered !== undefined, unnamed: remembered?.unnamed ?? 0 };
}

/** The state after the event. */
export function selectorStateAfter(state: SelectorState, event: SelectorEvent): SelectorState {
  switch (event.kind) {
    case 'edited':
      return { phase: 'unlisted', comparable: false, unnamed: unnamedOf(state) };
    case 'failed':
      return state.phase === 'unlisted' ? { ...state, phase: 'failing' } : state;
    case 'refused':
      return state.phase === 'obeyed' ? state : { ...state, phase: 'refused' };
    case 'obeyed':
      return OBEYED;
    case 'gained':
      return gained(state, event.remembered);
    default:
      return event satisfies never;
  }
}

function gained(state: SelectorState, remembered: Remembered | undefined): SelectorState {
  if (remembered === undefined) return { ...state, comparable: false };
  if (state.phase === 'obeyed') return OBEYED;
  return { ...state, comparable: true, unnamed: remembered.unnamed };
}

/** Members from before that nobody can name. */
export function unnamedOf(state: SelectorState): number {
  return state.phase === 'obeyed' ? 0 : state.unnamed;
}

/** Whether the members that are known tell more than those that were remembered: a list of all more than one of some. */
export function knowsMore(state: SelectorState, remembered: Remembered): boolean {
  return state.phase === 'obeyed' && remembered.unnamed > 0;
}
