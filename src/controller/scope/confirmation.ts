/** Tells the journal what was read back after a write. */

import { messageOf } from '../../api/message-of.ts';
import { type InstanceRecord, isObserved } from '../../core/instance.ts';
import { type GroupList, type ObservedInstance, scopeKey } from '../../core/model.ts';
import { sameSequence } from '../../core/plan.ts';
import { mayBeStale } from '../../core/stale-read.ts';
import { transition } from '../../core/transition.ts';
import type { ScopeParts } from './scope-parts.ts';

/** Completes the journal entries that the last observation answers. An entry that cannot be written stays open. */
export function confirmWrite(parts: ScopeParts, record: InstanceRecord): void {
  // What a late read may show settles nothing.
  if (!isObserved(record) || record.writing || mayBeStale(record)) return;
  const { sgIds } = record.observed;
  try {
    for (const id of record.openIntents) parts.journal.verified(id, sgIds);
    transition(record, { kind: 'intents-settled' });
    const { unconfirmed } = record;
    if (unconfirmed === undefined) return;
    parts.journal.verified(unconfirmed.journalId, sgIds);
    const { wasInSync, mismatch } = record;
    const claim = parts.claimed.of(record.id);
    transition(record, { kind: 'read-back', desired: claim?.owner.sgIds });
    if (mismatch === undefined && record.mismatch === 'not-in-force')
      warnNotInForce(parts, record, unconfirmed.after);
    const repaired = wasInSync && !claim?.restores && sameSequence(sgIds, unconfirmed.after);
    if (repaired) parts.telemetry.drift('repaired');
  } catch (error) {
    parts.log.error(
      { instance: record.id, error: messageOf(error) },
      'the journal cannot be written; the entry is settled later',
    );
  }
}

function warnNotInForce(
  parts: ScopeParts,
  { id, observed }: InstanceRecord & { observed: ObservedInstance },
  written: GroupList,
): void {
  const { sgIds, latestOperationState, latestOperationError } = observed;
  parts.log.warn(
    {
      instance: id,
      scope: scopeKey(parts.scope),
      written,
      read: sgIds,
      latestOperationState,
      ...(latestOperationError === undefined ? {} : { latestOperationError }),
    },
    'a write was accepted and is not in force',
  );
}
