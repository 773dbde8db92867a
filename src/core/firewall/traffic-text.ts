/** What a change of lists opens and closes, for people: one line each, the same words for the same traffic. */
import type { MembershipEffect } from './membership.ts';
import type { PlacedRule } from './placed-rules.ts';
import type { Direction, GroupRules, Rule, RuleRef, Unknown } from './rules.ts';
import type { TextSet, TrafficChange, TrafficReport } from './traffic-changes.ts';

const MOST_LINES = 20;
/** Of a set in one line; the data has all. */
const MOST_WORDS = 8;
/** Of a set in part of a sentence. */
const MOST_WORDS_OF_SENTENCE = 3;

export interface TextOptions {
  /** Groups of the book, for why the rules of one could not be read. */
  readonly groups?: ReadonlyMap<string, GroupRules>;
  /** Most lines of changes; the rest is counted. */
  readonly most?: number;
  /** Leaves out how many instances it is about: the reader knows. */
  readonly withoutInstances?: boolean;
}

/** What is said in one line. */
export interface TrafficLine {
  /** Of one change; `rest` counts those that have no line, and `unchanged` is of instances for which nothing changes. */
  readonly kind: TrafficChange['effect'] | 'rest' | 'unchanged';
  readonly text: string;
}

/** The texts of {@link trafficLineList}. */
export function trafficLines(report: TrafficReport, options: TextOptions = {}): string[] {
  return trafficLineList(report, options).map(({ text }) => text);
}

/** One line a change, columns aligned; and one for the instances for which nothing changes. */
export function trafficLineList(
  { changes, unchanged }: TrafficReport,
  options: TextOptions = {},
): TrafficLine[] {
  const { most = MOST_LINES } = options;
  const rows = bothFamilies(changes);
  const shown = rows.slice(0, most);
  const texts = aligned(shown.map((change) => columns(change, options)));
  const rest = rows.slice(most);
  const same = (why: string, instances: number): TrafficLine[] => {
    const counted = options.withoutInstances === true ? '' : ` (${instancesText(instances)})`;
    return instances === 0 ? [] : [{ kind: 'unchanged', text: `no traffic changes: ${why}${counted}` }];
  };
  return [
    ...shown.map(({ effect }, index) => ({ kind: effect, text: texts[index] ?? '' })),
    ...(rest.length > 0 ? [{ kind: 'rest', text: restText(rest, shown.at(-1)) } as const] : []),
    ...same('the order changes, but no rule depends on it', unchanged.reordered),
    ...same('the groups change, but what they allow does not', unchanged.regrouped),
  ];
}

/** `and 40 more changes (6 open, 20 close, 14 depend on something)`; without the kinds where all are of that of the last line. */
function restText(rest: readonly TrafficChange[], last: TrafficChange | undefined): string {
  const words = `and ${rest.length} more ${rest.length === 1 ? 'change' : 'changes'}`;
  if (rest.every(({ effect }) => effect === last?.effect)) return words;
  const of = (effect: TrafficChange['effect']) => rest.filter((change) => change.effect === effect).length;
  const [opens, closes, depends] = [of('opens'), of('closes'), of('conditional')];
  const parts = [
    opens > 0 ? `${opens} ${opens === 1 ? 'opens' : 'open'}` : '',
    closes > 0 ? `${closes} ${closes === 1 ? 'closes' : 'close'}` : '',
    depends > 0 ? `${depends} ${depends === 1 ? 'depends' : 'depend'} on something` : '',
  ];
  const kinds = parts.filter((part) => part !== '').join(', ');
  return `${words} (${kinds})`;
}

/**
 * What opens, as part of a sentence: the widest of it, and how many more: `opens tcp/22 from 0.0.0.0/0 and 2 more`. Where
 * nothing surely opens, what may: `may open …`. Empty where neither does.
 */
export function openingsText({ changes }: Pick<TrafficReport, 'changes'>): string {
  const rows = bothFamilies(changes);
  const opening = rows.filter(({ effect }) => effect === 'opens');
  const maybe = rows.filter(({ may = '' }) => may.startsWith('open'));
  const [widest, ...others] = opening.length > 0 ? opening : maybe;
  if (widest === undefined) return '';
  const more = others.length === 0 ? '' : ` and ${others.length} more`;
  const services = servicesText(widest.services, MOST_WORDS_OF_SENTENCE);
  return `${verb(widest)} ${services} ${wayText(widest, MOST_WORDS_OF_SENTENCE)}${more}`;
}

/** A change, of one family or with the same words of both. */
type Shown = TrafficChange & { readonly anyFamily?: true };

/** Changes for everything of IPv4 and everything of IPv6 that are the same otherwise become one. */
function bothFamilies(changes: readonly TrafficChange[]): Shown[] {
  const twins = new Map<string, TrafficChange>();
  const merged = new Map<TrafficChange, Shown | undefined>();
  for (const change of forEverything(changes)) {
    const words = wordsOf(change);
    const twin = twins.get(words);
    if (twin === undefined) twins.set(words, change);
    else merged.set(twin, { ...twin, anyFamily: true }).set(change, undefined);
  }
  return changes.flatMap((change) => (merged.has(change) ? (merged.get(change) ?? []) : change));
}

/** The widest come first for each effect, so of all others no address is read. */
function forEverything(changes: readonly TrafficChange[]): TrafficChange[] {
  const narrower = new Set<TrafficChange['effect']>();
  return changes.filter((change) => {
    if (narrower.has(change.effect)) return false;
    if (!isForAll(change)) narrower.add(change.effect);
    return !narrower.has(change.effect);
  });
}

function isForAll({ addresses }: TrafficChange): boolean {
  return !('except' in addresses) && ['0.0.0.0/0', '::/0'].includes(addresses[0] ?? '');
}

function wordsOf({ family: _, addresses: __, because: ___, ...rest }: TrafficChange): string {
  return JSON.stringify(rest);
}

function columns(change: Shown, options: TextOptions): string[] {
  const unread = change.dependsOn.filter(({ kind }) => kind === 'rules');
  const services = servicesText(change.services);
  const addresses = wayText(change);
  const on = options.withoutInstances === true ? '' : `on ${instancesText(change.instances)}`;
  if (unread.length === 0)
    return [verb(change), services, addresses, on, reason(change, options)].filter(Boolean);
  const why = unreadText(unread, options);
  if (on === '') return ['cannot tell for', services, `${addresses}: ${why}`];
  return ['cannot tell for', services, addresses, `${on}: ${why}`];
}

/** Of whom: `from 10.0.0.0/8`, and for what leaves `to …`. */
function wayText(change: Shown, most?: number): string {
  return `${change.direction === 'ingress' ? 'from' : 'to'} ${addressesText(change, most)}`;
}

function verb({ effect, may }: TrafficChange): string {
  return effect === 'conditional' ? `may ${may}` : effect;
}

function reason({ dependsOn, direction, because }: TrafficChange, { groups }: TextOptions): string {
  if (dependsOn.length > 0) return `(depends on ${listed(dependsOn.map(unknownText))})`;
  if (because === undefined) return '';
  const { before, after } = because;
  const named = (rule: RuleRef | undefined) =>
    rule === undefined ? 'no rule' : ruleName(rule, direction, groups);
  return `(because of ${named(after)}; before: ${named(before)})`;
}

/** The name of a rule at its place in a list, or why the rules of its group are not there. */
export function placedRuleText(
  { sgId, ref, unreadable }: PlacedRule,
  { direction, groups }: { readonly direction: Direction; readonly groups: TextOptions['groups'] },
): string {
  if (ref !== undefined) return ruleName(ref, direction, groups);
  return `${sgId}: its ${direction} rules could not be read${unreadable === undefined ? '' : ` (${unreadable})`}`;
}

/** `sg-base ingress #0`, with `DROP tcp:22 10.0.0.0/8` where it is known. */
export function ruleName(ref: RuleRef, direction: Direction, groups: TextOptions['groups']): string {
  const rule = ruleOf(ref, direction, groups);
  return `${ref.sgId} ${direction} #${ref.index}${rule === undefined ? '' : ` ${ruleText(rule)}`}`;
}

function ruleOf(
  { sgId, index }: RuleRef,
  direction: Direction,
  groups: TextOptions['groups'],
): Rule | undefined {
  const rules = groups?.get(sgId);
  return rules === undefined || 'unreadable' in rules ? undefined : rules[direction][index];
}

/** `DROP tcp:22 10.0.0.0/8`, with the texts of the cloud. */
function ruleText(rule: Rule): string {
  const { cidrBlock, ipv6CidrBlock, securityGroupId, addressTemplate } = rule;
  const address = cidrBlock || ipv6CidrBlock || securityGroupId || addressTemplate || 'all';
  return `${rule.action} ${serviceWord(rule)} ${address}`;
}

function serviceWord({ protocol, port, serviceTemplate }: Rule): string {
  return serviceTemplate || [protocol || 'all', port].filter(Boolean).join(':').toLowerCase();
}

/** `side effect: 12 instances leave sg-app, which sg-db ingress tcp:3306 admits`. */
export function membershipLine(effect: MembershipEffect, { groups }: TextOptions = {}): string {
  const { rule, direction, group, instances, action } = effect;
  const moves = instances === 1 ? effect.effect : effect.effect.slice(0, -1);
  const known = ruleOf(rule, direction, groups);
  const named = `${rule.sgId} ${direction} ${known === undefined ? `#${rule.index}` : serviceWord(known)}`;
  return `side effect: ${instancesText(instances)} ${moves} ${group}, which ${named} ${action === 'ACCEPT' ? 'admits' : 'refuses'}`;
}

/** What a decision depends on: `who is in sg-app`, `what ipm-1 holds`. */
export function unknownText({ kind, name }: Unknown): string {
  switch (kind) {
    case 'members':
      return `who is in ${name}`;
    case 'addresses':
    case 'services':
      return `what ${name} holds`;
    case 'rules':
      return `the rules of ${name}`;
    case 'text':
      return `what "${name}" means`;
  }
}

function unreadText(unread: readonly Unknown[], { groups }: TextOptions): string {
  return unread
    .map(({ name }) => {
      const rules = groups?.get(name);
      const why = rules !== undefined && 'unreadable' in rules ? ` (${rules.unreadable})` : '';
      return `rules of ${name} could not be read${why}`;
    })
    .join('; ');
}

function servicesText(services: TextSet, most?: number): string {
  if (!('except' in services)) return listed(services, most);
  return services.except.length === 0 ? 'all' : `all but ${listed(services.except, most)}`;
}

function addressesText({ family, addresses, within, anyFamily }: Shown, most?: number): string {
  const everything = family === 'ipv4' ? '0.0.0.0/0' : '::/0';
  const texts =
    'except' in addresses
      ? `${everything} except ${listed(addresses.except, most)}`
      : listed(addresses, most);
  if (within === undefined || within.kind === 'services' || within.kind === 'text') {
    return anyFamily ? 'anywhere (IPv4 and IPv6)' : texts;
  }
  const holder = within.kind === 'members' ? `members of ${within.name}` : within.name;
  if (anyFamily) return holder;
  return texts === everything
    ? `${holder} (${family === 'ipv4' ? 'IPv4' : 'IPv6'})`
    : `${holder} in ${texts}`;
}

/** Of many the first ones, and how many more. */
export function listed(texts: readonly string[], most = MOST_WORDS): string {
  const rest = texts.length - most;
  return rest > 1 ? `${texts.slice(0, most).join(', ')} and ${rest} more` : texts.join(', ');
}

function instancesText(instances: number): string {
  return `${instances} ${instances === 1 ? 'instance' : 'instances'}`;
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const width = (column: number) =>
    Math.max(0, ...rows.map((row) => (row.length > column + 1 ? (row[column]?.length ?? 0) : 0)));
  const widths = rows.length === 0 ? [] : [0, 1, 2, 3].map(width);
  return rows.map((row) =>
    row
      .map((text, column) =>
        column < row.length - 1 ? text.padEnd(Math.min(widths[column] ?? 0, 40)) : text,
      )
      .join('  '),
  );
}

/**
 * One sentence a change, for a log line or an Event: `opens tcp/22 from 0.0.0.0/0`. It tells neither instances nor rules.
 * @param options.past what somebody did: `opened`, `may have closed`.
 */
export function trafficSentences(
  changes: readonly TrafficChange[],
  options: TextOptions & { readonly past?: boolean } = {},
): string[] {
  const { most = MOST_LINES, past = false } = options;
  const rows = bothFamilies(changes);
  const rest = rows.length - most;
  const shown = rows.slice(0, most).map((change) => {
    const unread = change.dependsOn.filter(({ kind }) => kind === 'rules');
    const way = change.direction === 'ingress' ? 'from' : 'to';
    const what = `${past ? pastVerb(change) : verb(change)} ${servicesText(change.services)} ${way} ${addressesText(change)}`;
    return unread.length === 0 ? what : `${what} (${unreadText(unread, options)})`;
  });
  return rest > 0 ? [...shown, `${rest} more`] : shown;
}

function pastVerb({ effect, may = 'open' }: TrafficChange): string {
  switch (effect) {
    case 'opens':
      return 'opened';
    case 'closes':
      return 'closed';
    case 'conditional':
      return `may have ${may.replaceAll('open', 'opened').replaceAll('close', 'closed')}`;
  }
}
