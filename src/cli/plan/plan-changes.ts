/** What of a plan would be written, or would be as soon as somebody approves it. */
import type { PlanChange } from '../../core/plan-change.ts';
import { rowKind } from '../../core/plan-outcome.ts';
import type { PlanRow } from '../../core/plan-row.ts';

/** The changes that the plan's digest is about. What a guard refuses that no approval helps is none of them. */
export function planChanges(rows: readonly PlanRow[]): PlanChange[] {
  return rows.flatMap((row) => {
    const { scope, instanceId, observed, desired } = row;
    return observed !== undefined && canBeWritten(row)
      ? [{ scope, instanceId, from: observed, to: desired }]
      : [];
  });
}

function canBeWritten(row: PlanRow): boolean {
  const kind = rowKind(row);
  return kind === 'change' || kind === 'waiting' || isForApproval(row);
}

/** Whether an approval of the plan would let the change pass. */
export function isForApproval({ steps, guard }: PlanRow): boolean {
  return steps.length > 0 && (guard?.guard === 'blast-radius' || guard?.approvable !== undefined);
}
