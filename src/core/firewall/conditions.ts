/** Conditions of rules: what nobody has read has to hold the packet. */
import type { Unknown } from './rules.ts';

/** That one unknown holds the packet. */
export interface Holding {
  readonly unknown: Unknown;
  /** What is equal for the same question about the same unknown. */
  readonly variable: string;
}

/** A condition by its number. */
export type ConditionId = number;

/** The condition of a rule that holds every packet of its addresses and services. */
export const ALWAYS: ConditionId = 0;

/** Hands out numbers for conditions; the same unknowns are the same condition. */
export class Conditions {
  readonly #unknowns: Unknown[] = [];
  readonly #variables = new Map<string, number>();
  readonly #conditions: (readonly number[])[] = [[]];
  readonly #byKey = new Map<string, ConditionId>();

  /** All of these have to hold the packet. */
  of(holdings: readonly Holding[]): ConditionId {
    const variables = [...new Set(holdings.map((holding) => this.#variable(holding)))].sort((a, b) => a - b);
    if (variables.length === 0) return ALWAYS;
    const key = variables.join();
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    const id = this.#conditions.push(variables) - 1;
    this.#byKey.set(key, id);
    return id;
  }

  /** One number for each question that has to be answered with yes; sorted. */
  variables(id: ConditionId): readonly number[] {
    return this.#conditions[id] ?? [];
  }

  /** The other conditions that are met wherever this one is; a condition over one unknown has none. */
  parts(id: ConditionId): readonly ConditionId[] {
    const variables = this.variables(id);
    return variables.length < 2
      ? []
      : variables.flatMap((variable) => this.#byKey.get(String(variable)) ?? []);
  }

  /** Whether what meets `specific` meets `general` in every case. */
  implies(specific: ConditionId, general: ConditionId): boolean {
    const has = this.variables(specific);
    return this.variables(general).every((variable) => has.includes(variable));
  }

  /** The unknowns of variables: sorted, each once. */
  unknowns(variables: Iterable<number>): Unknown[] {
    const found = new Map<string, Unknown>();
    for (const variable of variables) {
      const unknown = this.#unknowns[variable];
      if (unknown !== undefined) found.set(`${unknown.kind}:${unknown.name}`, unknown);
    }
    return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, unknown]) => unknown);
  }

  #variable({ unknown, variable: key }: Holding): number {
    const known = this.#variables.get(key);
    if (known !== undefined) return known;
    const variable = this.#unknowns.push(unknown) - 1;
    this.#variables.set(key, variable);
    return variable;
  }
}
