/**
 * No change opens what the policy forbids. Only the difference counts: what was open before holds back nothing. Changes that
 * an approval lets pass are left to the budget, which asks for one.
 */
import type { SecurityGroupId } from '../../api/ids.ts';
import { forbiddenOpenings, forbiddenTraffic, openingText } from '../firewall/exposure.ts';
import type { Unknown } from '../firewall/rules.ts';
import { listed } from '../firewall/traffic-text.ts';
import type { Guard, GuardInput, GuardResult, TrafficKnowledge } from '../guard-port.ts';
import type { GroupList } from '../model.ts';
import { sameSequence } from '../plan.ts';
import type { ExposureRule } from '../policy.ts';
import { ruleFit } from '../rule-scope.ts';

type Subject = Pick<GuardInput, 'binding' | 'observed' | 'believed' | 'rules'>;
type ReadRules = Exclude<TrafficKnowledge, { readonly mode: 'off' }>;

/** Openings of one rule that one message names. */
const MOST_OPENINGS = 3;

export const exposure: Guard = (input) => {
  const { traffic } = input.rules;
  const fitting = fittingRules(input);
  if (fitting.length === 0 && traffic.mode !== 'require') return undefined;
  if (traffic.mode === 'off') {
    return unknown(
      'refused',
      `the policy has rules of exposure, and nobody reads the rules of groups; say --traffic auto`,
    );
  }
  const unread = groupsOf(input).filter((sgId) => traffic.state(sgId) === 'unread');
  if (unread.length > 0) return unknown('waiting', `the rules of ${listed(unread)} are being read`);
  if (traffic.mode === 'require') {
    const unread = unreadable(input, traffic);
    if (unread !== undefined) {
      return unknown(
        'refused',
        `what this change opens and closes cannot be told: ${unread}; make them readable, or say --traffic auto`,
      );
    }
  }
  const texts = fitting
    .filter(({ approval }) => approval === 'deny')
    .flatMap((rule) => brokenText(rule, input) ?? []);
  if (texts.length === 0) return undefined;
  return {
    guard: 'exposure',
    outcome: 'refused',
    reason: 'Exposure',
    message: `${texts.join('; ')}: change spec.sgIds or the rules of these groups, or the rule under exposure in the policy`,
  };
};

function unknown(outcome: GuardResult['outcome'], message: string): GuardResult {
  return { guard: 'exposure', outcome, reason: 'TrafficUnknown', message };
}

/** Whether what a change opens has to be known before it is written, as far as that can be told without its tags. */
export function dependsOnRules({ binding, rules }: Pick<GuardInput, 'binding' | 'rules'>): boolean {
  if (rules.traffic.mode === 'off') return false;
  return rules.traffic.mode === 'require' || fittingRules({ binding, observed: {}, rules }).length > 0;
}

/** What rules of exposure say of a change beside refusing it. */
export interface ChangeExposure {
  /** What it opens that only an approval lets pass; absent: nothing. */
  readonly needsApproval?: string;
  /** It takes away what is open and a rule forbids. */
  readonly closes: boolean;
  /** Why nobody can tell whether it opens what a rule forbids, under `auto`. */
  readonly cannotTell?: string;
}

export function exposureOfChange(input: Subject): ChangeExposure {
  const { traffic } = input.rules;
  const fitting = fittingRules(input);
  if (fitting.length === 0 || traffic.mode === 'off') return { closes: false };
  const texts = fitting
    .filter(({ approval }) => approval === 'allow')
    .flatMap((rule) => brokenText(rule, input) ?? []);
  const back = { before: input.binding.sgIds, after: input.observed.sgIds };
  const cannotTell = unreadable(input, traffic);
  return {
    ...(texts.length === 0 ? {} : { needsApproval: texts.join('; ') }),
    closes: fitting.some((rule) => forbiddenOpenings(traffic.effects, back, rule).length > 0),
    ...(cannotTell === undefined ? {} : { cannotTell }),
  };
}

/** The rules that a list breaks as it is. */
export function exposedBy(
  list: GroupList,
  input: Pick<Subject, 'binding' | 'observed' | 'rules'>,
): readonly ExposureRule[] {
  const { traffic } = input.rules;
  if (traffic.mode === 'off') return [];
  return fittingRules(input).filter((rule) => forbiddenTraffic(traffic.effects, list, rule).length > 0);
}

function fittingRules({
  binding,
  observed,
  rules,
}: Pick<Subject, 'binding' | 'rules'> & {
  readonly observed: Pick<Subject['observed'], 'tags'>;
}): readonly ExposureRule[] {
  return rules.policy.exposure.filter((rule) => ruleFit(rule.where, { binding, observed }) !== 'no');
}

/** The lists that the change may start from: a late read may show the one from before a write. */
function startsOf({ observed, believed = observed.sgIds }: Subject): readonly GroupList[] {
  return sameSequence(observed.sgIds, believed) ? [believed] : [believed, observed.sgIds];
}

function groupsOf(input: Subject): readonly SecurityGroupId[] {
  return [...new Set([...startsOf(input).flat(), ...input.binding.sgIds])];
}

/** What the change opens although the rule forbids it; undefined when nothing. */
function brokenText(rule: ExposureRule, input: Subject): string | undefined {
  const { binding, observed, rules } = input;
  if (rules.traffic.mode === 'off') return undefined;
  const { effects } = rules.traffic;
  const texts = startsOf(input).flatMap((before) =>
    forbiddenOpenings(effects, { before, after: binding.sgIds }, rule).map(openingText),
  );
  const openings = [...new Set(texts)];
  if (openings.length === 0) return undefined;
  const more = openings.length > MOST_OPENINGS ? `, and ${openings.length - MOST_OPENINGS} more` : '';
  const tags = ruleFit(rule.where, { binding, observed }) === 'unknown' ? ' (its tags were not read)' : '';
  return `the policy rule "${rule.name}" forbids what this change opens${tags}: ${openings.slice(0, MOST_OPENINGS).join(', ')}${more}`;
}

/** What of the change depends on rules or templates that cannot be read, and why; undefined when nothing does. */
function unreadable(input: Subject, { effects }: ReadRules): string | undefined {
  const changes = startsOf(input).flatMap((before) => effects.change(before, input.binding.sgIds).changes);
  const unknowns = new Set(
    changes.flatMap(({ dependsOn }) => dependsOn.filter(isUnread).map(({ name }) => name)),
  );
  if (unknowns.size === 0) return undefined;
  const reasons = [...unknowns].map((name) => {
    const rules = effects.book.groups.get(name as SecurityGroupId);
    return rules !== undefined && 'unreadable' in rules ? `${name} (${rules.unreadable})` : name;
  });
  return `the rules of ${listed(reasons)} cannot be read`;
}

/** Who is in a group is never read, and moves with every instance. */
function isUnread({ kind }: Unknown): boolean {
  return kind !== 'members';
}
