/** What rules decide for a packet when some depend on what nobody has read: the first that holds it decides. */
import type { ConditionId, Conditions } from './conditions.ts';
import type { Unknown } from './rules.ts';

/** A rule that may decide: its condition, and whether it accepts. */
export type Choice = number;

export const choiceOf = (condition: ConditionId, accepts: boolean): Choice => condition * 2 + Number(accepts);
export const conditionOf = (choice: Choice): ConditionId => choice >> 1;
export const accepts = (choice: Choice): boolean => (choice & 1) === 1;
/** Whether it decides whatever nobody has read. */
export const isCertain = (choice: Choice): boolean => choice < 2;

/** Whether a packet is accepted: rules that may decide, one after the other, and what decides when none of them does. */
export interface Decision {
  readonly choices: readonly Choice[];
  readonly otherwise: boolean;
}

/** How two decisions differ. */
export interface DecisionChange {
  /** Something is accepted after and not before. */
  readonly opens: boolean;
  /** Something is accepted before and not after. */
  readonly closes: boolean;
  readonly dependsOn: readonly Unknown[];
  /** It happens where this one holds the packet, and nowhere else. */
  readonly within?: Unknown;
}

/**
 * The same decision with as few rules as can be: none after one that it needs, none at the end that decides as what follows,
 * and those that decide alike, one after the other, sorted. For conditions over one unknown each, equal decisions have one
 * such form: its first rules that decide alike are exactly the conditions that force this, and so on with the rest.
 */
export function shortest({ choices, otherwise }: Decision, conditions: Conditions): Decision {
  const kept: Choice[] = [];
  const held = new Set<ConditionId>();
  for (const choice of choices) {
    const condition = conditionOf(choice);
    if (held.has(condition) || conditions.parts(condition).some((part) => held.has(part))) continue;
    held.add(condition);
    kept.push(choice);
  }
  while (kept.length > 0 && accepts(kept.at(-1) ?? 0) === otherwise) kept.pop();
  return { choices: sortedRuns(kept), otherwise };
}

function sortedRuns(choices: readonly Choice[]): Choice[] {
  const sorted: Choice[] = [];
  for (let start = 0; start < choices.length; ) {
    let end = start + 1;
    while (end < choices.length && accepts(choices[end] ?? 0) === accepts(choices[start] ?? 0)) end++;
    sorted.push(...choices.slice(start, end).sort((a, b) => a - b));
    start = end;
  }
  return sorted;
}
