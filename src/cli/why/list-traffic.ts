/** What the list of an instance allows, and what it opens and closes compared with the declared one. */
import { CompiledRules } from '../../core/firewall/compiled-rules.ts';
import { type ShadowedRule, shadowedRules } from '../../core/firewall/list-review.ts';
import { neverMatches, type PlacedRule, placedRules } from '../../core/firewall/placed-rules.ts';
import { DIRECTIONS, type Direction } from '../../core/firewall/rules.ts';
import { placedRuleText } from '../../core/firewall/traffic-text.ts';
import type { GroupList } from '../../core/model.ts';
import { visible } from '../../core/text/visible.ts';
import { count } from '../../core/text/words.ts';
import type { RuleReading } from '../../ports/rules.ts';
import type { Palette } from '../output/palette.ts';
import { type ChangeAnswer, changeAnswer, changeData, changeLines } from '../traffic/change-answer.ts';
import { unreadableGroups } from '../wiring/change-rules.ts';
import { line } from './explanation-text.ts';

/** Of each direction, in one explanation; the data has all. */
const MOST_RULES = 20;

export interface ListTraffic {
  readonly region: string;
  readonly observed: GroupList;
  readonly reading: Extract<RuleReading, { readonly ok: true }>;
  readonly shadowed: readonly ShadowedRule[];
  /** Absent: the observed list is the declared one, or nothing is declared. */
  readonly drift?: {
    readonly declared: GroupList;
    readonly difference: ChangeAnswer;
    readonly repair: ChangeAnswer;
  };
}

/** What is known of the rules, or why they were not read. */
export type Traffic = ListTraffic | { readonly notRead: string };

/** @param reading holds the groups of both lists. */
export function listTraffic(
  reading: ListTraffic['reading'],
  { region, observed, declared = observed }: Pick<ListTraffic, 'region' | 'observed'> & Declared,
): ListTraffic {
  const { book } = reading;
  const rules = new CompiledRules(book);
  const change = (before: GroupList, after: GroupList) =>
    changeAnswer({ book, groups: book.groups, unread: [] }, { before, after });
  return {
    region,
    observed,
    reading,
    shadowed: shadowedRules(rules, observed),
    ...(declared.join() === observed.join()
      ? {}
      : {
          drift: {
            declared,
            difference: change(declared, observed),
            repair: change(observed, declared),
          },
        }),
  };
}

interface Declared {
  readonly declared?: GroupList | undefined;
}

/** For programs, in the form of `cvmsg traffic`: every rule, address and service. */
export function trafficData(traffic: Traffic): Readonly<Record<string, unknown>> {
  if ('notRead' in traffic) return traffic;
  const { region, observed, reading, drift } = traffic;
  const { book, unread } = reading;
  return {
    region,
    list: observed,
    rules: DIRECTIONS.flatMap((direction) =>
      rulesOf(traffic, direction).flatMap(({ ref, shadowedBy }) => {
        const group = ref === undefined ? undefined : book.groups.get(ref.sgId);
        if (ref === undefined || group === undefined || 'unreadable' in group) return [];
        const shadowed = shadowedBy === undefined ? {} : { shadowedBy };
        return [{ direction, ...ref, ...group[direction][ref.index], ...shadowed }];
      }),
    ),
    ...(drift === undefined
      ? {}
      : {
          difference: { list: drift.declared, after: observed, ...changeData(drift.difference) },
          repair: { list: observed, after: drift.declared, ...changeData(drift.repair) },
        }),
    unreadable: unreadableGroups(book.groups),
    unread,
  };
}

/** Lines for the end of an explanation, each with its end. */
export function trafficText(traffic: Traffic, palette: Palette): string {
  const lines = 'notRead' in traffic ? [notReadLine(traffic.notRead)] : readLines(traffic, palette);
  return lines.map((text) => `${text}\n`).join('');
}

function notReadLine(why: string): string {
  return line('rules', `not read: ${visible(why)}`);
}

function readLines(traffic: ListTraffic, palette: Palette): string[] {
  const { observed, reading, drift } = traffic;
  const unreadable = Object.entries(unreadableGroups(reading.book.groups));
  const [first] = unreadable;
  if (first !== undefined && unreadable.length === reading.book.groups.size) {
    const rest = unreadable.length - 1;
    const others = rest === 0 ? '' : `; and ${count(rest, 'group')} more`;
    return [notReadLine(`${first[0]}: ${first[1]}${others}`)];
  }
  return [
    ...(observed.length === 0 ? [line('rules', 'none: everything is refused')] : ruleLines(traffic, palette)),
    ...reading.unread.map(({ what, reason }) =>
      line('not read', `${what}, so what they hold is not known: ${visible(reason)}`),
    ),
    ...(drift === undefined
      ? []
      : [
          line('difference', 'compared with the declared list, the observed one'),
          ...changeLines(drift.difference).map(indented),
          line('repair', 'writing the declared list'),
          ...changeLines(drift.repair).map(indented),
        ]),
  ];
}

function indented(text: string): string {
  return `  ${text}`;
}

function ruleLines(traffic: ListTraffic, palette: Palette): string[] {
  const { book } = traffic.reading;
  const shown = DIRECTIONS.map((direction) => {
    const rules = rulesOf(traffic, direction);
    return { direction, rules, rest: rules.length - MOST_RULES };
  });
  const counts = shown.map(
    ({ direction, rules }) => `${rules.filter(({ ref }) => ref !== undefined).length} ${direction}`,
  );
  const never = traffic.shadowed.length === 0 ? '' : `; ${traffic.shadowed.length} can never match`;
  return [
    line('rules', `${counts.join(', ')}; the first that holds a packet decides${never}`),
    ...shown.flatMap(({ direction, rules, rest }) => [
      ...rules.slice(0, MOST_RULES).map((rule) => `    ${ruleLine(rule, { direction, book, palette })}`),
      ...(rest > 0 ? [`    and ${rest} more of ${direction}; -o json has all`] : []),
    ]),
  ];
}

function ruleLine(
  rule: PlacedRule,
  {
    direction,
    book,
    palette,
  }: {
    readonly direction: Direction;
    readonly book: ListTraffic['reading']['book'];
    readonly palette: Palette;
  },
): string {
  const text = visible(placedRuleText(rule, { direction, groups: book.groups }));
  if (rule.ref === undefined) return palette.changed(text);
  if (rule.shadowedBy === undefined) return text;
  return palette.faint(`${text}  (never matches: ${neverMatches(rule.shadowedBy)})`);
}

function rulesOf({ observed, reading, shadowed }: ListTraffic, direction: Direction): PlacedRule[] {
  return placedRules(observed, { groups: reading.book.groups, shadowed, direction });
}
