/**
 * How two decisions in their shortest forms differ, rule by rule: cheap for any number of unknowns. A condition over several
 * unknowns counts as independent of all others, so what depends on such may be said to change where it does not; no change is
 * missed. What is told depends on no other unknowns than those that are named, and perhaps not on all of them.
 */
import type { ConditionId, Conditions } from './conditions.ts';
import { accepts, conditionOf, type Decision, type DecisionChange } from './decision.ts';

/** Of decisions that are not the same. */
export function listedChange(before: Decision, after: Decision, conditions: Conditions): DecisionChange {
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
