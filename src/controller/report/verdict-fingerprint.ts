/** Tells whether a verdict says something new. */
import { hash } from 'node:crypto';
import type { BindingVerdict } from '../../sinks/port.ts';

/** Digest of everything users read except transition times, which follow from the rest. The text itself would fill the heap. */
export function verdictFingerprint(verdict: BindingVerdict): string {
  const conditions = verdict.conditions.map(({ type, status, reason, message }) => [
    type,
    status,
    reason,
    message,
  ]);
  const { instances, origin, sgIds, restoring, groupNames } = verdict;
  const handled = [verdict.lastHandledReconcileAt, verdict.lastHandledApproval];
  const told = [conditions, instances, origin, sgIds, handled, restoring, groupNames];
  const text = JSON.stringify(told);
  return hash('sha256', text, 'base64');
}
