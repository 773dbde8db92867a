/** The steps of a plan as people read them. */
import type { Step } from '../../core/plan.ts';
import { ordinal } from './words.ts';

/** `move sg-b 2nd -> 1st`, `add sg-c 3rd`, `remove sg-d (was 4th)`. */
export function stepText(step: Step): string {
  switch (step.op) {
    case 'move':
      return `move ${step.sgId} ${ordinal(step.from)} -> ${ordinal(step.to)}`;
    case 'add':
      return `add ${step.sgId} ${ordinal(step.to)}`;
    case 'remove':
      return `remove ${step.sgId} (was ${ordinal(step.from)})`;
    default:
      return step satisfies never;
  }
}
