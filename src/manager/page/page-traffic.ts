/** What the list of an instance allows, by the rules that the controller has read anyway: nobody is asked for a page. */
import type { ScopeRules } from '../../controller/scope/scope-rules.ts';
import { shadowedRules } from '../../core/firewall/list-review.ts';
import { neverMatches, placedRules } from '../../core/firewall/placed-rules.ts';
import { DIRECTIONS } from '../../core/firewall/rules.ts';
import { placedRuleText, trafficLines } from '../../core/firewall/traffic-text.ts';
import type { ClaimFacts } from '../../core/instance-facts.ts';
import type { GroupList } from '../../core/model.ts';
import type { ShownRule, ShownTraffic } from '../../http/page/view.ts';

/** @param rules those of the scope; undefined where nobody reads them. */
export function pageTraffic(
  rules: Pick<ScopeRules, 'effects' | 'state'> | undefined,
  { status, desired }: Pick<ClaimFacts, 'status' | 'desired'>,
): ShownTraffic {
  const observed = status?.sgIds;
  if (observed === undefined) return { notRead: 'the list of the instance is not known' };
  if (rules === undefined)
    return { notRead: 'this process reads no rules, or does not act for the account and region' };
  const unread = [...observed, ...(desired ?? [])].filter((sgId) => rules.state(sgId) === 'unread');
  if (unread.length > 0) return { notRead: `those of ${[...new Set(unread)].join(', ')} are being read` };
  const { effects } = rules;
  const { groups } = effects.book;
  const change = (before: GroupList, after: GroupList) =>
    before.join() === after.join() ? [] : trafficLines(effects.change(before, after), { groups });
  const target = desired ?? observed;
  return {
    rules: shownRules(observed, effects),
    difference: change(target, observed),
    repair: change(observed, target),
  };
}

function shownRules(list: GroupList, { rules, book }: ScopeRules['effects']): ShownRule[] {
  const shadowed = shadowedRules(rules, list);
  return DIRECTIONS.flatMap((direction) =>
    placedRules(list, { groups: book.groups, shadowed, direction }).map((rule): ShownRule => {
      const text = placedRuleText(rule, { direction, groups: book.groups });
      return { direction, text, ...(rule.shadowedBy && { never: neverMatches(rule.shadowedBy) }) };
    }),
  );
}
