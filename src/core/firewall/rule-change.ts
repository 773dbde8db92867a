/** What a list allows otherwise because rules were changed, and not the list. */
import type { SecurityGroupId } from '../../api/ids.ts';
import { CompiledRules } from './compiled-rules.ts';
import type { Because } from './list-difference.ts';
import { DIRECTIONS, type GroupRules, type Rule, type RuleBook, type RuleRef } from './rules.ts';
import { type ListChange, type TrafficChange, trafficChanges } from './traffic-changes.ts';

/** Lists as they are, with the instances that have them. */
export type HeldList = Pick<ListChange, 'after' | 'instances'>;

/** The kinds of templates of a book, and which of them hold others. */
const TEMPLATES = ['addressTemplates', 'serviceTemplates'] as const;
const TEMPLATE_GROUPS = [
  ['addressTemplateGroups', 'addressTemplates'],
  ['serviceTemplateGroups', 'serviceTemplates'],
] as const;

/**
 * The groups of which the rules, or the templates that they refer to, read otherwise than before, by id. What only one of
 * the books knows was read for the first time or can be read no more: that is no change.
 */
export function changedGroups(before: RuleBook, after: RuleBook): ReadonlySet<SecurityGroupId> {
  const templates = changedTemplates(before, after);
  const changed = [...before.groups].flatMap(([sgId, was]) => {
    const is = after.groups.get(sgId);
    // Most are the very ones from before, and a large book is read in many portions.
    if (was === is && templates.size === 0) return [];
    if (is === undefined || 'unreadable' in was || 'unreadable' in is) return [];
    const same = sameRules(was, is) && !templatesOf(was).some((id) => templates.has(id));
    return same ? [] : [sgId];
  });
  return new Set(changed);
}

/** What the change of rules opens and closes for instances that keep their lists. */
export function ruleChanges(
  before: RuleBook,
  after: RuleBook,
  held: Iterable<HeldList>,
): readonly TrafficChange[] {
  const changed = changedGroups(before, after);
  const rules = new CompiledRules(bothBooks(before, after, changed));
  const earlier = (sgId: SecurityGroupId) => (changed.has(sgId) ? (past(sgId) as SecurityGroupId) : sgId);
  const lists = [...held].map(({ after: list, ...rest }) => ({
    ...rest,
    before: list.map(earlier),
    after: list,
  }));
  return trafficChanges(rules, lists).changes.map((change) =>
    change.because === undefined ? change : { ...change, because: presentNames(change.because) },
  );
}

/** No id has a space. */
const PAST = ' before';

function past(id: string): string {
  return id + PAST;
}

function presentNames({ before, after }: Because): Because {
  const named = (ref: RuleRef): RuleRef => ({
    ...ref,
    sgId: ref.sgId.replace(PAST, '') as SecurityGroupId,
  });
  return {
    ...(before === undefined ? {} : { before: named(before) }),
    ...(after === undefined ? {} : { after: named(after) }),
  };
}

/** The present book, and what has changed as it was before, under names of its own. */
function bothBooks(before: RuleBook, after: RuleBook, changed: ReadonlySet<SecurityGroupId>): RuleBook {
  const templates = changedTemplates(before, after);
  const earlier = (id: string) => (templates.has(id) ? past(id) : id);
  const groups = new Map<SecurityGroupId, GroupRules>(after.groups);
  for (const sgId of changed) {
    const was = before.groups.get(sgId);
    if (was !== undefined) groups.set(past(sgId) as SecurityGroupId, withTemplates(was, earlier));
  }
  const book: Record<string, unknown> = { ...before, ...after, groups };
  for (const kind of [...TEMPLATES, ...TEMPLATE_GROUPS.map(([kind]) => kind)]) {
    const holdsOthers = TEMPLATE_GROUPS.some(([groupKind]) => groupKind === kind);
    const entries = [...(before[kind] ?? [])]
      .filter(([id]) => templates.has(id))
      .map(([id, members]) => [past(id), holdsOthers ? members.map(earlier) : members] as const);
    // What is read no more holds what it held.
    const all = [...(before[kind] ?? []), ...(after[kind] ?? []), ...entries];
    if (all.length > 0) book[kind] = new Map(all);
  }
  return book as unknown as RuleBook;
}

function withTemplates(group: GroupRules, named: (id: string) => string): GroupRules {
  if ('unreadable' in group) return group;
  const renamed = (rule: Rule): Rule => ({
    ...rule,
    ...(rule.addressTemplate ? { addressTemplate: named(rule.addressTemplate) } : {}),
    ...(rule.serviceTemplate ? { serviceTemplate: named(rule.serviceTemplate) } : {}),
  });
  return { ...group, ingress: group.ingress.map(renamed), egress: group.egress.map(renamed) };
}

/** Templates that hold something else than before, and groups of templates that hold such. */
function changedTemplates(before: RuleBook, after: RuleBook): ReadonlySet<string> {
  const changed = new Set<string>();
  const differs = (was: readonly string[], is: readonly string[] | undefined) =>
    is !== undefined && JSON.stringify([...was].sort()) !== JSON.stringify([...is].sort());
  for (const kind of TEMPLATES) {
    for (const [id, was] of before[kind] ?? []) if (differs(was, after[kind]?.get(id))) changed.add(id);
  }
  for (const [kind] of TEMPLATE_GROUPS) {
    for (const [id, was] of before[kind] ?? []) {
      const is = after[kind]?.get(id);
      if (is === undefined) continue;
      if (differs(was, is) || was.some((member) => changed.has(member))) changed.add(id);
    }
  }
  return changed;
}

type KnownRules = Exclude<GroupRules, { readonly unreadable: string }>;

function sameRules(a: KnownRules, b: KnownRules): boolean {
  return DIRECTIONS.every((direction) => JSON.stringify(a[direction]) === JSON.stringify(b[direction]));
}

function templatesOf(group: KnownRules): string[] {
  return DIRECTIONS.flatMap((direction) => group[direction]).flatMap(
    ({ addressTemplate = '', serviceTemplate = '' }) => [addressTemplate, serviceTemplate],
  );
}
