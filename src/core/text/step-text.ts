/** The steps of a plan as people read them. */
import type { Step } from '../plan.ts';
import { groupText, ordinal } from './words.ts';

/** `move sg-b (web) 2nd -> 1st`, `add sg-c 3rd`, `remove sg-d (was 4th)`; with the names that are known. */
export function stepText(step: Step, names: ReadonlyMap<string, string> = new Map()): string {
  return `${step.op} ${groupText(step.sgId, names)} ${placesText(step)}`;
}

/** `2nd -> 1st`, `3rd`, `(was 4th)`. */
export function placesText(step: Step): string {
  switch (step.op) {
    case 'move':
      return `${ordinal(step.from)} -> ${ordinal(step.to)}`;
    case 'add':
      return ordinal(step.to);
    case 'remove':
      return `(was ${ordinal(step.from)})`;
    default:
      return step satisfies never;
  }
}
