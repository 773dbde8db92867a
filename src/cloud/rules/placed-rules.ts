/** Rules in the order of their own indices. A list with a gap is refused: what is missing could have decided. */
import type { Rule } from '../../core/firewall/rules.ts';
import { isRecord } from '../reply.ts';

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
