/** The single calls that read rules and templates; each is made once and never repeated. */
import type { SecurityGroupId } from '../../api/ids.ts';
import type { GroupRules, Rule, TemplateKind } from '../../core/firewall/rules.ts';
import type { CloudResult, Page, UnnamedRow } from '../../ports/cloud.ts';
import { isRecord } from '../reply.ts';

/** Rules that were read. */
export type KnownRules = Exclude<GroupRules, { readonly unreadable: string }>;

/** A template, or a group of templates; `members` are texts of the cloud or ids. */
export interface Template {
  readonly id: string;
  readonly members: readonly string[];
}

export interface GroupRulesCall {
  /** The vendor's name of the call, which the quota counts by. */
  readonly action: string;
  /** All rules of one group, in order. */
  read(sgId: SecurityGroupId, signal: AbortSignal): Promise<CloudResult<KnownRules>>;
}

export interface TemplatesCall {
  readonly action: string;
  /** One page of all templates of a region, from `offset` on. */
  page(offset: number, signal: AbortSignal): Promise<CloudResult<Page<Template | UnnamedRow>>>;
}

/** By the group that is named. */
export type Referrers = ReadonlyMap<SecurityGroupId, readonly SecurityGroupId[]>;

export interface ReferrersCall {
  readonly action: string;
  /** The groups whose rules name these ones, at most {@link MAX_REFERRED}; a group that is not there fails all. */
  read(sgIds: readonly SecurityGroupId[], signal: AbortSignal): Promise<CloudResult<Referrers>>;
}

/** No document limits how many groups one call may ask about; this is the limit of its siblings. */
export const MAX_REFERRED = 100;

export interface RuleCalls {
  readonly groupRules: GroupRulesCall;
  readonly referrers: ReferrersCall;
  readonly templates: Readonly<Record<TemplateKind, TemplatesCall>>;
}

// Rules in the order of their own indices. A list with a gap is refused: what is missing could have decided.

/** How one generation writes a rule. */
export interface RuleShape {
  /** The field of the index, which counts from 0. */
  readonly index: string;
  readonly action: string;
  /** All of the rule but its action. @throws UnreadableRule for a field that is no text. */
  read(row: Readonly<Record<string, unknown>>): Omit<Rule, 'action'>;
}

/** Why a rule cannot be used. */
export class UnreadableRule extends Error {
  override readonly name = 'UnreadableRule';
}

/** @throws UnreadableRule when a row is no rule, and when the indices are not 0, 1, 2 … without a gap. */
export function placedRules(rows: unknown, list: string, shape: RuleShape): Rule[] {
  if (!Array.isArray(rows)) throw new UnreadableRule(`the answer has no list "${list}"`);
  const placed = (rows as readonly unknown[]).map((row) => {
    if (!isRecord(row)) throw new UnreadableRule(`"${list}" holds something that is no object`);
    return {
      index: row[shape.index],
      rule: { action: actionOf(row[shape.action], list), ...shape.read(row) },
    };
  });
  placed.sort((a, b) => Number(a.index) - Number(b.index));
  if (placed.some(({ index }, place) => index !== place)) {
    throw new UnreadableRule(`the rules of "${list}" are not numbered from 0 without a gap`);
  }
  return placed.map(({ rule }) => rule);
}

function actionOf(value: unknown, list: string): Rule['action'] {
  const action = typeof value === 'string' ? value.toUpperCase() : '';
  if (action === 'ACCEPT' || action === 'DROP') return action;
  throw new UnreadableRule(`"${list}" holds a rule that neither accepts nor drops`);
}

/** The texts of a row under other names; what is absent, null or empty is left out. @throws UnreadableRule for anything but a text. */
export function textsOf<Name extends string>(
  row: Readonly<Record<string, unknown>>,
  fields: Readonly<Record<Name, string>>,
): Partial<Record<Name, string>> {
  const texts: Partial<Record<Name, string>> = {};
  for (const [name, field] of Object.entries(fields) as [Name, string][]) {
    const value = row[field] ?? '';
    if (typeof value !== 'string') throw new UnreadableRule(`a rule has a ${field} that is no text`);
    if (value !== '') texts[name] = value;
  }
  return texts;
}
