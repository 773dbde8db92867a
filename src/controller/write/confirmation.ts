/** Tells the journal what was read back after a write. */
import { messageOf } from '../../api/message-of.ts';
import { type InstanceRecord, isObserved, NO_INTENTS } from '../../core/instance-record.ts';
import { sameSequence } from '../../core/plan.ts';
import { mayBeStale } from '../../core/stale-read.ts';
import type { ScopeContext } from '../scope/scope-context.ts';

/** Completes the journal entries that the last observation answers. An entry that cannot be written stays open. */
export function confirmWrite(context: ScopeContext, record: InstanceRecord): void {
  // What a late read may show settles nothing.
  if (!isObserved(record) || record.writing || mayBeStale(record)) return;
  const { sgIds } = record.observed;
  try {
    for (const id of record.openIntents) context.journal.verified(id, sgIds);
    record.openIntents = NO_INTENTS;
    const { unconfirmed } = record;
    if (unconfirmed === undefined) return;
    context.journal.verified(unconfirmed.journalId, sgIds);
    record.unconfirmed = undefined;
    if (record.settled && sameSequence(sgIds, unconfirmed.after)) context.telemetry.drift('repaired');
  } catch (error) {
    context.log.error(
      { instance: record.id, error: messageOf(error) },
      'the journal cannot be written; the entry is settled later',
    );
  }
}
