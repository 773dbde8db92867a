/** The steps of a plan as people read them. */
import type { Step } from '../plan.ts';
import { groupText, ordinal } from './words.ts';

/** `move sg-b (web) 2nd -> 1st`, `add sg-c 3rd`, `remove sg-d (was 4th)`; with the names that are known. */
export function stepText(step: Step, names: ReadonlyMap<string, string> = new Map()): string {
  const group = groupText(step.sgId, names);
  switch (step.op) {
    case 'move':
      return `move ${group} ${ordinal(step.from)} -> ${ordinal(step.to)}`;
    case 'add':
      return `add ${group} ${ordinal(step.to)}`;
    case 'remove':
      return `remove ${group} (was ${ordinal(step.from)})`;
    default:
      return step satisfies never;
  }
}
