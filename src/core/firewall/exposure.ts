/** What of a change, or of a list, a rule of the policy forbids to open: exact, service by service and address by address. */
import type { GroupList } from '../model.ts';
import type { ExposureRule } from '../policy.ts';
import { FAMILY_END, parseAddresses, prefixesOf } from './address-text.ts';
import type { ListEffects } from './list-effects.ts';
import { decidePacket } from './packet.ts';
import type { Direction, Family, RuleRef, Unknown } from './rules.ts';
import { parseServiceWords, SERVICES_END, serviceTexts } from './service-text.ts';
import type { TextSet, TrafficChange, TrafficReport } from './traffic-changes.ts';
import { listed, unknownText } from './traffic-text.ts';

/** Traffic that opens although a rule forbids it. */
export interface Opening {
  readonly direction: Direction;
  readonly family: Family;
  readonly services: readonly string[];
  readonly addresses: TextSet;
  /** What it depends on whether it opens; none: it does. */
  readonly dependsOn: readonly Unknown[];
  /** The rule that lets the first address of the first service in, or may. */
  readonly because?: RuleRef;
}

/** Both ends included; sorted, and without an overlap. */
interface Range {
  readonly first: bigint;
  readonly last: bigint;
}
type Ranges = readonly Range[];
type PerFamily = Readonly<Record<Family, Ranges>>;

/** Of each comparison: the rules that were asked about it. */
const ANSWERS = new WeakMap<TrafficReport, Map<ExposureRule, readonly Opening[]>>();

/**
 * What a change of lists opens and the rule forbids; what was open before is none of it. What depends on the rules of a group
 * that cannot be read is none of it either: nobody can tell that.
 */
export function forbiddenOpenings(
  effects: ListEffects,
  { before, after }: { readonly before: GroupList; readonly after: GroupList },
  rule: ExposureRule,
): readonly Opening[] {
  return forbidden(effects.change(before, after), { effects, after }, rule);
}

/** What a list allows and the rule forbids. */
export function forbiddenTraffic(
  effects: ListEffects,
  list: GroupList,
  rule: ExposureRule,
): readonly Opening[] {
  return forbidden(effects.allows(list), { effects, after: list }, rule);
}

function forbidden(
  report: TrafficReport,
  lists: { readonly effects: ListEffects; readonly after: GroupList },
  rule: ExposureRule,
): readonly Opening[] {
  const answers = ANSWERS.get(report) ?? new Map<ExposureRule, readonly Opening[]>();
  ANSWERS.set(report, answers);
  const known = answers.get(rule);
  if (known !== undefined) return known;
  const found = report.changes.flatMap((change) => openingOf(change, rule, lists));
  answers.set(rule, found);
  return found;
}

/** `opens tcp/22 from 0.0.0.0/0, because sg-web00001 ingress #0`. */
export function openingText(opening: Opening): string {
  return `${opening.dependsOn.length === 0 ? 'opens' : 'may open'} ${openText(opening)}`;
}

/** The same as a state: `tcp/22 from 0.0.0.0/0, because sg-web00001 ingress #0`. */
export function openText({ direction, services, addresses, dependsOn, because, family }: Opening): string {
  const depends = dependsOn.length === 0 ? '' : `, which depends on ${listed(dependsOn.map(unknownText))}`;
  const rule = because === undefined ? '' : `, because ${because.sgId} ${direction} #${because.index}`;
  const preposition = direction === 'ingress' ? 'from' : 'to';
  const everything = family === 'ipv4' ? '0.0.0.0/0' : '::/0';
  const where =
    'except' in addresses ? `${everything} except ${listed(addresses.except)}` : listed(addresses);
  return `${listed(services)} ${preposition} ${where}${depends}${rule}`;
}

function openingOf(
  change: TrafficChange,
  rule: ExposureRule,
  lists: { readonly effects: ListEffects; readonly after: GroupList },
): Opening[] {
  const { direction, family, dependsOn } = change;
  if (direction !== rule.direction || !mayOpen(change, rule)) return [];
  const never = compiled(rule);
  const services = intersection(serviceRanges(change.services, family), never.services[family]);
  if (services.length === 0) return [];
  const addresses = intersection(addressRanges(change.addresses, family), never.addresses[family]);
  if (addresses.length === 0) return [];
  const because = decider({ direction, family, services, addresses }, lists);
  return [
    {
      direction,
      family,
      services: serviceWords(family, services),
      addresses: addressWords(family, addresses),
      dependsOn,
      ...(because === undefined ? {} : { because }),
    },
  ];
}

function mayOpen({ effect, may, dependsOn }: TrafficChange, { conditional }: ExposureRule): boolean {
  if (effect !== 'conditional') return effect === 'opens';
  return conditional === 'deny' && may !== 'close' && dependsOn.every(({ kind }) => kind !== 'rules');
}

/** The rule that decides the first packet of an opening. */
function decider(
  {
    direction,
    family,
    services,
    addresses,
  }: Pick<Opening, 'direction' | 'family'> & Record<'services' | 'addresses', Ranges>,
  { effects, after }: { readonly effects: ListEffects; readonly after: GroupList },
): RuleRef | undefined {
  const [service = { first: 0n }] = services;
  const [address = { first: 0n }] = addresses;
  const [word = ''] = serviceWords(family, [{ first: service.first, last: service.first }]);
  const [protocol = '', port] = word.split('/');
  const [text = ''] = prefixesOf({ family, first: address.first, last: address.first });
  const { rule, mayDecide } = decidePacket(effects.rules, after, {
    direction,
    address: text.split('/')[0] ?? '',
    protocol,
    ...(port === undefined ? {} : { port: Number(port) }),
  });
  const first = mayDecide.find(({ accepts }) => accepts);
  if (first?.index === undefined) return rule;
  return { sgId: first.sgId, index: first.index };
}

interface CompiledRule {
  readonly services: PerFamily;
  readonly addresses: PerFamily;
}

const COMPILED = new WeakMap<ExposureRule, CompiledRule>();

function compiled(rule: ExposureRule): CompiledRule {
  const known = COMPILED.get(rule);
  if (known !== undefined) return known;
  const { services = ['all'], addresses, except } = rule;
  const of = (family: Family) => ({
    services: serviceRanges(services, family),
    addresses: intersection(
      addressRanges(addresses, family),
      rest(addressRanges(except, family), FAMILY_END[family]),
    ),
  });
  const [ipv4, ipv6] = [of('ipv4'), of('ipv6')];
  const made = {
    services: { ipv4: ipv4.services, ipv6: ipv6.services },
    addresses: { ipv4: ipv4.addresses, ipv6: ipv6.addresses },
  };
  COMPILED.set(rule, made);
  return made;
}

function serviceRanges(set: TextSet, family: Family): Ranges {
  return rangesOf(set, BigInt(SERVICES_END), (text) =>
    (parseServiceWords(text)?.[family] ?? []).map(({ first, last }) => ({
      first: BigInt(first),
      last: BigInt(last),
    })),
  );
}

function addressRanges(set: TextSet, family: Family): Ranges {
  return rangesOf(set, FAMILY_END[family], (text) => {
    const range = parseAddresses(text);
    return range?.family === family ? [range] : [];
  });
}

function rangesOf(set: TextSet, end: bigint, parse: (text: string) => Ranges): Ranges {
  return 'except' in set ? rest(joined(set.except.flatMap(parse)), end) : joined(set.flatMap(parse));
}

function serviceWords(family: Family, ranges: Ranges): string[] {
  return serviceTexts(
    family,
    ranges.map(({ first, last }) => ({ first: Number(first), last: Number(last) })),
  );
}

/** Prefixes, or all but some, whichever is shorter. */
function addressWords(family: Family, ranges: Ranges): TextSet {
  const prefixes = (of: Ranges) => of.flatMap((range) => prefixesOf({ family, ...range }));
  const words = prefixes(ranges);
  const except = prefixes(rest(ranges, FAMILY_END[family]));
  return words.length <= except.length + 1 ? words : { all: true, except };
}

function joined(ranges: Ranges): Ranges {
  const sorted = [...ranges].sort((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0));
  const all: Range[] = [];
  for (const range of sorted) {
    const before = all.at(-1);
    if (before === undefined || range.first > before.last + 1n) all.push(range);
    else if (range.last > before.last) all[all.length - 1] = { first: before.first, last: range.last };
  }
  return all;
}

/** What of `[0, end)` is not in them. */
function rest(ranges: Ranges, end: bigint): Ranges {
  const gaps: Range[] = [];
  let next = 0n;
  for (const { first, last } of ranges) {
    if (first > next) gaps.push({ first: next, last: first - 1n });
    next = last + 1n;
  }
  return next < end ? [...gaps, { first: next, last: end - 1n }] : gaps;
}

function intersection(a: Ranges, b: Ranges): Ranges {
  const both: Range[] = [];
  let [inA, inB] = [0, 0];
  for (;;) {
    const [one, other] = [a[inA], b[inB]];
    if (one === undefined || other === undefined) return both;
    const first = larger(one.first, other.first);
    const last = -larger(-one.last, -other.last);
    if (first <= last) both.push({ first, last });
    if (one.last < other.last) inA++;
    else inB++;
  }
}

function larger(a: bigint, b: bigint): bigint {
  if (a > b) return a;
  return b;
}
