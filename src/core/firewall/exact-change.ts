/** How two decisions differ, by decision diagrams: exact, for few unknowns. */
import type { Conditions } from './conditions.ts';
import { accepts, conditionOf, type Decision, type DecisionChange } from './decision.ts';
import { DecisionDiagrams, type Diagram, FALSE, TRUE } from './decision-diagrams.ts';

/** Undefined when they are equal. Each unknown that is named matters: without it something else would happen. */
export function exactChange(
  before: Decision,
  after: Decision,
  conditions: Conditions,
): DecisionChange | undefined {
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
