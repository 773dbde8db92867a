/** Decisions by number, and how they differ. */
import type { ConditionId, Conditions } from './conditions.ts';
import { type Choice, conditionOf, type Decision, type DecisionChange, shortest } from './decision.ts';
import { exactChange } from './exact-change.ts';
import { listedChange } from './listed-change.ts';

/** A decision by its number: equal numbers that were made in one place are equal decisions. */
export type DecisionId = number;

export const DROP: DecisionId = 0;
export const ACCEPT: DecisionId = 1;

/** The decisions of one question; whoever asks makes one, so that nothing outlives the answer. */
export class Decisions {
  readonly #conditions: Conditions;
  /** Up to how many unknowns changes are told exactly. */
  readonly #mostExact: number;
  readonly #decisions: Decision[] = [
    { choices: [], otherwise: false },
    { choices: [], otherwise: true },
  ];
  readonly #known = new Map<string, DecisionId>();

  constructor(conditions: Conditions, mostExact: number) {
    this.#conditions = conditions;
    this.#mostExact = mostExact;
  }

  /** What these rules decide, one after the other, and `otherwise` when none of them does. */
  idOf(choices: readonly Choice[], otherwise: boolean): DecisionId {
    const decision = shortest({ choices, otherwise }, this.#conditions);
    if (decision.choices.length === 0) return otherwise ? ACCEPT : DROP;
    const key = `${otherwise} ${decision.choices.join()}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const id = this.#decisions.push(decision) - 1;
    this.#known.set(key, id);
    return id;
  }

  /** Undefined when nothing changes, whatever the unknowns hold. */
  change(before: DecisionId, after: DecisionId): DecisionChange | undefined {
    if (before === after) return undefined;
    const [was, is] = [this.#decisions[before], this.#decisions[after]];
    if (was === undefined || is === undefined)
      throw new RangeError('Expected decisions that were made here.');
    const conditions = new Set<ConditionId>([...was.choices, ...is.choices].map(conditionOf));
    const variables = new Set([...conditions].flatMap((condition) => this.#conditions.variables(condition)));
    return variables.size > this.#mostExact
      ? listedChange(was, is, this.#conditions)
      : exactChange(was, is, this.#conditions);
  }
}
