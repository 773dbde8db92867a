/** What a list says in vain: rules that can never match, and whether its order matters. */
import type { SecurityGroupId } from '../../api/ids.ts';
import type { GroupList } from '../model.ts';
import { type CompiledRules, type Entry, SIDES } from './compiled-rules.ts';
import type { Conditions } from './conditions.ts';
import { Grid } from './grid.ts';
import { Differ } from './list-difference.ts';
import { DIRECTIONS, type Direction, FAMILIES, type RuleRef } from './rules.ts';

/** A rule of a list that decides no packet, whatever nobody has read. */
export interface ShadowedRule extends RuleRef {
  readonly direction: Direction;
  /** The place of its group in the list, from 0: a group that stands there twice has two. */
  readonly place: number;
  /** The rules that decide its packets, in the order of the list; none for a rule that holds no packet at all. */
  readonly by: readonly RuleRef[];
}

/** The shadowed rules of a list, in its order, ingress first. */
export function shadowedRules(rules: CompiledRules, list: GroupList): ShadowedRule[] {
  return DIRECTIONS.flatMap((direction) => shadowedIn(rules, list, direction));
}

/** A rule at one place of the list, over both families. */
interface PlacedRule extends RuleRef {
  readonly place: number;
  decides: boolean;
  readonly by: Set<PlacedRule>;
}

/** An entry, and the rule that it is a part of; absent: what a group without readable rules may do. */
type PlacedEntry = Entry & { readonly of: PlacedRule | undefined };

function shadowedIn(rules: CompiledRules, list: GroupList, direction: Direction): ShadowedRule[] {
  const placed = list.map((sgId, place) =>
    Array.from(
      { length: rules.ruleCount(sgId, direction) },
      (_, index): PlacedRule => ({ sgId, index, place, decides: false, by: new Set() }),
    ),
  );
  for (const family of FAMILIES) {
    const entries = list.flatMap((sgId, place) =>
      rules
        .entriesOf(sgId, direction, family)
        .map((entry): PlacedEntry => ({ ...entry, of: placed[place]?.[entry.rule?.index ?? -1] })),
    );
    const grid = new Grid([entries], rules.gridSize(family), rules.decisions());
    grid.walk({
      cell: (service, address) => reviewCell(grid.matching(0, service, address), rules.conditions),
      row: () => true,
    });
  }
  return placed
    .flat()
    .filter(({ decides }) => !decides)
    .map((rule) => shadowed(rule, direction));
}

/** Marks the rules that decide packets of a cell; notes for the others what keeps them from it. */
function reviewCell(entries: Iterable<PlacedEntry>, conditions: Conditions): void {
  const earlier: PlacedEntry[] = [];
  for (const entry of entries) {
    const { of: rule, condition } = entry;
    // Where all that it depends on holds, and nothing else does, an earlier entry with less to hold comes first.
    const keeper = earlier.find((other) => conditions.implies(condition, other.condition));
    if (keeper === undefined) {
      earlier.push(entry);
      if (rule !== undefined) rule.decides = true;
    } else if (keeper.of !== undefined) rule?.by.add(keeper.of);
  }
}

function shadowed({ sgId, index, place, by }: PlacedRule, direction: Direction): ShadowedRule {
  const keepers = [...by].sort((a, b) => a.place - b.place || a.index - b.index);
  return {
    sgId,
    index,
    direction,
    place,
    by: keepers.map((keeper) => ({ sgId: keeper.sgId, index: keeper.index })),
  };
}

/** Two groups of a list of which one accepts what the other drops. */
export interface OrderedPair {
  readonly first: SecurityGroupId;
  readonly second: SecurityGroupId;
}

/**
 * The pairs of groups whose order decides something, or may by what nobody has read; none: the groups may stand in any order.
 */
export function orderedPairs(rules: CompiledRules, list: GroupList): OrderedPair[] {
  const differ = new Differ(rules);
  const groups = [...new Set(list)];
  return groups.flatMap((first, place) =>
    groups.slice(place + 1).flatMap((second) => {
      const matters = SIDES.some((side) => differ.differ([first, second], [second, first], side));
      return matters ? { first, second } : [];
    }),
  );
}
