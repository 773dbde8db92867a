/** Decisions by number, and how they differ. */
import type { ConditionId, Conditions } from './conditions.ts';
import { DecisionDiagrams, type Diagram, FALSE, TRUE } from './decision-diagrams.ts';
import type { Unknown } from './rules.ts';

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

// How two decisions differ, by decision diagrams: exact, for few unknowns.

/** Undefined when they are equal. Each unknown that is named matters: without it something else would happen. */
function exactChange(before: Decision, after: Decision, conditions: Conditions): DecisionChange | undefined {
  const diagrams = new DecisionDiagrams();
  const [was, is] = [before, after].map((decision) => diagramOf(decision, diagrams, conditions));
  if (was === undefined || is === undefined || was === is) return undefined;
  const opens = diagrams.unless(is, was);
  const closes = diagrams.unless(was, is);
  const variables = new Set([...diagrams.variables(opens), ...diagrams.variables(closes)]);
  const dependsOn = conditions.unknowns(variables);
  const [only = 0] = variables;
  const [unknown] = dependsOn;
  const within = variables.size === 1 && diagrams.either(opens, closes) === diagrams.variable(only);
  return {
    opens: opens !== FALSE,
    closes: closes !== FALSE,
    dependsOn,
    ...(within && unknown !== undefined && unknown.kind !== 'rules' ? { within: unknown } : {}),
  };
}

function diagramOf(
  { choices, otherwise }: Decision,
  diagrams: DecisionDiagrams,
  conditions: Conditions,
): Diagram {
  let diagram = otherwise ? TRUE : FALSE;
  for (const choice of choices.toReversed()) {
    const holds = conditions
      .variables(conditionOf(choice))
      .reduce<Diagram>((all, variable) => diagrams.both(all, diagrams.variable(variable)), TRUE);
    diagram = accepts(choice) ? diagrams.either(diagram, holds) : diagrams.unless(diagram, holds);
  }
  return diagram;
}

// How two decisions in their shortest forms differ, rule by rule: cheap for any number of unknowns. A condition over several
// unknowns counts as independent of all others, so what depends on such may be said to change where it does not; no change is
// missed. What is told depends on no other unknowns than those that are named, and perhaps not on all of them.

/** Of decisions that are not the same. */
function listedChange(before: Decision, after: Decision, conditions: Conditions): DecisionChange {
  const [was, is] = [placed(before), placed(after)];
  const held = [...was.places.keys(), ...is.places.keys()];
  return {
    opens: mayBecome(was, is, true),
    closes: mayBecome(was, is, false),
    dependsOn: conditions.unknowns(new Set(held.flatMap((condition) => conditions.variables(condition)))),
  };
}

/** A decision with the place of each condition. */
interface Placed extends Decision {
  readonly places: ReadonlyMap<ConditionId, number>;
}

function placed(decision: Decision): Placed {
  return {
    ...decision,
    places: new Map(decision.choices.map((choice, place) => [conditionOf(choice), place])),
  };
}

/**
 * Whether a packet may be decided otherwise before and in this way after. If so, it may with at most two conditions that
 * hold: the one that decides before and the one that decides after.
 */
function mayBecome(before: Placed, after: Placed, accepted: boolean): boolean {
  const others = deciding(after, accepted);
  return deciding(before, !accepted).some((one) =>
    others.some((other) => isFirst(before, one, other) && isFirst(after, other, one)),
  );
}

/** The conditions that decide in this way; undefined stands for none at all. */
function deciding({ choices, otherwise }: Decision, accepted: boolean): (ConditionId | undefined)[] {
  const found: (ConditionId | undefined)[] = choices.flatMap((choice) =>
    accepts(choice) === accepted ? conditionOf(choice) : [],
  );
  return otherwise === accepted ? [...found, undefined] : found;
}

/** Whether `one` decides when it and `other` hold, and nothing else does. */
function isFirst(decision: Placed, one: ConditionId | undefined, other: ConditionId | undefined): boolean {
  return other === undefined || placeOf(decision, one) <= placeOf(decision, other);
}

/** Of what is in no rule: behind all of them. */
function placeOf({ places, choices }: Placed, condition: ConditionId | undefined): number {
  return (condition === undefined ? undefined : places.get(condition)) ?? choices.length;
}

// What rules decide for a packet when some depend on what nobody has read: the first that holds it decides.

/** A rule that may decide: its condition, and whether it accepts. */
export type Choice = number;

export const choiceOf = (condition: ConditionId, accepts: boolean): Choice => condition * 2 + Number(accepts);
const conditionOf = (choice: Choice): ConditionId => choice >> 1;
export const accepts = (choice: Choice): boolean => (choice & 1) === 1;
/** Whether it decides whatever nobody has read. */
export const isCertain = (choice: Choice): boolean => choice < 2;

/** Whether a packet is accepted: rules that may decide, one after the other, and what decides when none of them does. */
interface Decision {
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
function shortest({ choices, otherwise }: Decision, conditions: Conditions): Decision {
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
