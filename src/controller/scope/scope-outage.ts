/** A failure that every call of a scope meets: what is said of it while it lasts, and what goes on afterwards. */

import type { CloudError } from '../../core/cloud-error.ts';
import { transition } from '../../core/transition.ts';
import { reconcile } from './reconciler.ts';
import type { ScopeParts } from './scope-parts.ts';

export function outageBegan(parts: ScopeParts, error: CloudError): void {
  parts.state.setCloudProblem(error);
  // A list that is put back may have to be given up for it.
  for (const record of [...parts.records.values()]) {
    if (parts.claimed.of(record.id)?.restores) reconcile(parts, record);
  }
}

/** What lost its replies in it shares batches again. What the cloud refused goes on being bisected: one instance of the batch may be the reason. */
export function outageEnded(parts: ScopeParts, calls: 'reads' | 'writes'): void {
  parts.state.setCloudProblem(undefined);
  for (const record of parts.records.values()) {
    const failure = calls === 'writes' ? record.failure : record.readFailure;
    if (failure?.error.kind !== 'network') continue;
    transition(record, { kind: 'outage-ended', calls });
    if (calls === 'writes') reconcile(parts, record);
  }
}
