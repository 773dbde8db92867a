/**
 * What leaving or joining a group changes for others: rules that name the group let its members in, or keep them out. The
 * change is one of other machines' traffic and no part of an instance's own list.
 */
import type { SecurityGroupId } from '../../api/ids.ts';
import { DIRECTIONS, type Direction, type Rule, type RuleBook, type RuleRef } from './rules.ts';
import type { ListChange } from './traffic-changes.ts';

/** Instances leave or join a group that rules name. */
export interface MembershipEffect {
  readonly effect: 'leaves' | 'joins';
  readonly group: SecurityGroupId;
  /** The rule that names it. */
  readonly rule: RuleRef;
  readonly direction: Direction;
  readonly action: Rule['action'];
  readonly instances: number;
}

/** Those that leave before those that join, by group and then by rule. Rules of groups that were not read are not in it. */
export function membershipEffects(
  book: Pick<RuleBook, 'groups'>,
  changes: Iterable<ListChange>,
): MembershipEffect[] {
  const moves = movedMembers(changes);
  const named = namingRules(book);
  return (['leaves', 'joins'] as const).flatMap((effect) =>
    [...moves[effect]]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([group, instances]) =>
        (named.get(group) ?? []).map((by) => ({ effect, group, ...by, instances })),
      ),
  );
}

/** How many instances leave and join each group. */
export function movedMembers(
  changes: Iterable<ListChange>,
): Record<MembershipEffect['effect'], Map<SecurityGroupId, number>> {
  const moves = { leaves: new Map<SecurityGroupId, number>(), joins: new Map<SecurityGroupId, number>() };
  for (const { before, after, instances = 1 } of changes) {
    for (const group of new Set(before)) if (!after.includes(group)) add(moves.leaves, group, instances);
    for (const group of new Set(after)) if (!before.includes(group)) add(moves.joins, group, instances);
  }
  return moves;
}

function add(counts: Map<SecurityGroupId, number>, group: SecurityGroupId, instances: number): void {
  counts.set(group, (counts.get(group) ?? 0) + instances);
}

type NamingRule = Pick<MembershipEffect, 'rule' | 'direction' | 'action'>;

/** The rules that name a group, in the order of their own groups. */
function namingRules(book: Pick<RuleBook, 'groups'>): Map<string, NamingRule[]> {
  const named = new Map<string, NamingRule[]>();
  for (const [sgId, group] of [...book.groups].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if ('unreadable' in group) continue;
    for (const direction of DIRECTIONS) {
      for (const [index, { securityGroupId = '', action }] of group[direction].entries()) {
        const naming = named.get(securityGroupId) ?? [];
        naming.push({ rule: { sgId, index }, direction, action });
        named.set(securityGroupId, naming);
      }
    }
  }
  return named;
}
