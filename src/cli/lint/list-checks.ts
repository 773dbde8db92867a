/** What is told of a declared list. A new check is a function more in {@link CHECKS}. */
import type { SecurityGroupId } from '../../api/ids.ts';
import type { FieldPath } from '../../api/problem.ts';
import type { CompiledRules } from '../../core/firewall/compiled-rules.ts';
import { type OrderedPair, type ShadowedRule, shadowedRules } from '../../core/firewall/list-review.ts';
import { DIRECTIONS, type RuleBook, type RuleRef } from '../../core/firewall/rules.ts';
import { ruleName } from '../../core/firewall/traffic-text.ts';
import type { GroupList } from '../../core/model.ts';
import { listText, someOf } from '../../core/text/words.ts';
import type { ShownDiagnostic } from '../output/diagnostic-text.ts';

/** A list, and the rules of its groups. */
export interface ReviewedList {
  readonly sgIds: GroupList;
  readonly book: RuleBook;
  readonly rules: CompiledRules;
  readonly orderedPairs: readonly OrderedPair[];
}

/** What a check tells; where it stands in a file is for others to say. */
export interface ListProblem extends Pick<ShownDiagnostic, 'severity' | 'rule' | 'message' | 'fix'> {
  /** Within the document of a binding. */
  readonly path: FieldPath;
  /** For programs; absent: the check is about no rules. */
  readonly shadowed?: readonly Pick<ShadowedRule, 'sgId' | 'direction' | 'index' | 'by'>[];
}

type Check = (list: ReviewedList) => readonly ListProblem[];

const CHECKS: readonly Check[] = [unreadableGroups, shadowed, orderWithoutEffect];

export function checkList(list: ReviewedList): ListProblem[] {
  return CHECKS.flatMap((check) => check(list));
}

function pathOf(place: number): FieldPath {
  return ['spec', 'sgIds', place];
}

function unreadableGroups({ sgIds, book }: ReviewedList): ListProblem[] {
  return sgIds.flatMap((sgId, place) => {
    const group = book.groups.get(sgId);
    if (group === undefined || !('unreadable' in group)) return [];
    return {
      severity: 'error',
      rule: 'lint/unreadable-group',
      message: `the rules of ${sgId} could not be read: ${group.unreadable}`,
      fix: 'name a group of this region and account, and let these credentials read its rules',
      path: pathOf(place),
    };
  });
}

/** A group of which no rule decides anything is told as a whole. */
function shadowed(list: ReviewedList): ListProblem[] {
  const { sgIds, rules, book } = list;
  const byPlace = Map.groupBy(shadowedRules(rules, sgIds), ({ place }) => place);
  return sgIds.flatMap((sgId, place) => {
    const own = byPlace.get(place) ?? [];
    const all = DIRECTIONS.reduce((sum, direction) => sum + rules.ruleCount(sgId, direction), 0);
    if (own.length > 0 && own.length === all) return [shadowedGroup(sgId, own, book)];
    return own.map((rule) => shadowedRule(rule, book));
  });
}

function shadowedGroup(sgId: SecurityGroupId, own: readonly ShadowedRule[], book: RuleBook): ListProblem {
  const keepers = new Set(
    own.flatMap((rule) => rule.by.map((one) => ruleName(one, rule.direction, book.groups))),
  );
  const why = keepers.size === 0 ? 'they hold no packet' : come([...keepers]);
  return {
    severity: 'warning',
    rule: 'lint/shadowed-group',
    message: `no rule of ${sgId} can ever match: ${why}`,
    fix: `name ${sgId} before them where its rules shall match; else remove it, unless rules elsewhere name its members`,
    path: pathOf(own[0]?.place ?? 0),
    shadowed: own.map(ruleData),
  };
}

/** What others contradict is likely a mistake; what others say as well is not. */
function shadowedRule(rule: ShadowedRule, book: RuleBook): ListProblem {
  const { direction, place, by } = rule;
  const named = (one: RuleRef) => ruleName(one, direction, book.groups);
  const actionOf = ({ sgId, index }: RuleRef) => {
    const group = book.groups.get(sgId);
    return group === undefined || 'unreadable' in group ? undefined : group[direction][index]?.action;
  };
  const about = { path: pathOf(place), shadowed: [ruleData(rule)] };
  const never = `${named(rule)} can never match`;
  if (by.length > 0 && by.every((one) => actionOf(one) === actionOf(rule))) {
    const same = by.length === 1 ? 'does the same' : 'do the same';
    const message = `${never}: ${come(by.map(named))} and ${same}`;
    return { severity: 'info', rule: 'lint/redundant-rule', message, fix: '', ...about };
  }
  const why = by.length === 0 ? 'it holds no packet' : come(by.map(named));
  const message = `${never}: ${why}`;
  return { severity: 'warning', rule: 'lint/shadowed-rule', message, fix: fixOf(rule), ...about };
}

function fixOf({ sgId, by }: ShadowedRule): string {
  const others = [...new Set(by.map((one) => one.sgId))].filter((one) => one !== sgId);
  if (by.length === 0) return 'correct the rule, or remove it';
  if (others.length === 0) return `put it before them in ${sgId}, or remove it`;
  return `name ${sgId} before ${others.join(', ')} where the rule shall match, or remove the rule`;
}

function come(names: readonly string[]): string {
  return `${someOf(names)} ${names.length === 1 ? 'comes' : 'come'} first`;
}

function ruleData({ sgId, direction, index, by }: ShadowedRule) {
  return { sgId, direction, index, by };
}

function orderWithoutEffect({ sgIds, orderedPairs }: ReviewedList): ListProblem[] {
  if (sgIds.length < 2 || orderedPairs.length > 0) return [];
  return [
    {
      severity: 'info',
      rule: 'lint/order',
      message: `the order of ${listText(sgIds)} does not matter: no rule of one group decides otherwise what one of another decides`,
      fix: '',
      path: ['spec', 'sgIds'],
    },
  ];
}
