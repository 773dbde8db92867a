/** The rules of a list in the order in which they decide. */
import type { SecurityGroupId } from '../../api/ids.ts';
import type { GroupList } from '../model.ts';
import { someOf } from '../text/words.ts';
import type { ShadowedRule } from './list-review.ts';
import type { Direction, RuleBook, RuleRef } from './rules.ts';

/** A rule at its place in the list; or a group whose rules could not be read. */
export interface PlacedRule {
  readonly sgId: SecurityGroupId;
  readonly ref?: RuleRef;
  readonly unreadable?: string | undefined;
  /** Absent for a rule that decides something. */
  readonly shadowedBy?: readonly RuleRef[];
}

/** @param options.shadowed those of the list, of either direction. */
export function placedRules(
  list: GroupList,
  {
    groups,
    shadowed,
    direction,
  }: {
    readonly groups: RuleBook['groups'];
    readonly shadowed: readonly ShadowedRule[];
    readonly direction: Direction;
  },
): PlacedRule[] {
  return list.flatMap((sgId, place): PlacedRule[] => {
    const group = groups.get(sgId);
    if (group === undefined || 'unreadable' in group) return [{ sgId, unreadable: group?.unreadable }];
    return group[direction].map((_, index) => {
      const by = shadowed.find(
        (one) => one.direction === direction && one.place === place && one.index === index,
      )?.by;
      return { sgId, ref: { sgId, index }, ...(by === undefined ? {} : { shadowedBy: by }) };
    });
  });
}

/** Why a rule can never match: `sg-a #1 comes first`. @param by the rules that decide its packets. */
export function neverMatches(by: readonly RuleRef[]): string {
  if (by.length === 0) return 'it holds no packet';
  const names = someOf(by.map((one) => `${one.sgId} #${one.index}`));
  return `${names} ${by.length === 1 ? 'comes' : 'come'} first`;
}
