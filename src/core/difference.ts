/** What an instance has otherwise than declared, for a condition: enough to see what it is about, and no whole list. */
import type { GroupList } from './model.ts';
import { changeKind, type Step } from './plan.ts';

const NAMED = 2;

/**
 * `the order differs: sg-b is at place 1, declared at 2`, or which groups are missing and which are not declared.
 * @param steps from what was observed to `desired`; at least one.
 */
export function differenceText(steps: readonly Step[], desired: GroupList): string {
  if (changeKind(steps) === 'order') {
    const moves = steps.flatMap((step) =>
      step.op === 'move' ? `${step.sgId} is at place ${step.from + 1}, declared at ${step.to + 1}` : [],
    );
    return `the order differs: ${some(moves)}`;
  }
  const missing = steps.flatMap(({ op, sgId }) => (op === 'add' ? sgId : []));
  const removed = steps.flatMap(({ op, sgId }) => (op === 'remove' ? sgId : []));
  const parts = [
    clause(missing, 'missing'),
    clause(
      removed.filter((sgId) => !desired.includes(sgId)),
      'not declared',
    ),
    clause(
      removed.filter((sgId) => desired.includes(sgId)),
      'there twice',
    ),
  ];
  return `the groups differ: ${parts.filter(Boolean).join('; ')}`;
}

function clause(groups: readonly string[], state: string): string {
  return groups.length === 0 ? '' : `${some(groups)} ${groups.length === 1 ? 'is' : 'are'} ${state}`;
}

function some(texts: readonly string[]): string {
  const rest = texts.length - NAMED;
  return rest > 0 ? `${texts.slice(0, NAMED).join(', ')} and ${rest} more` : texts.join(', ');
}
