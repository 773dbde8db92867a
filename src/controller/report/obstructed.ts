/** The conditions of a binding whose account and region are not served. */
import type { Condition } from '../../api/conditions.ts';
import type { Draft } from '../../core/instance-conditions.ts';
import { withTransitions } from '../../core/report.ts';
import type { ScopeObstacle } from '../scope/scope-obstacle.ts';

const REPLACED = new Set<string>(['Ready', 'Reconciling', 'Stalled']);

/** @param conditions what would be said if it were served: what else they tell stands. */
export function obstructed(
  conditions: readonly Condition[],
  { reason, message, isFinal }: ScopeObstacle,
  before: Parameters<typeof withTransitions>[1],
): Condition[] {
  const drafts: Draft[] = [
    { type: 'Ready', status: 'False', reason, message },
    isFinal
      ? { type: 'Stalled', status: 'True', reason, message }
      : { type: 'Reconciling', status: 'True', reason: 'ProgressingWithRetry', message },
    ...conditions.filter(({ type }) => !REPLACED.has(type)),
  ];
  return withTransitions(drafts, before);
}
