/** What a finished write call means for its instances: read back, try again, or wait. */
import { messageOf } from '../../api/message-of.ts';
import type { CloudResult } from '../../cloud/port.ts';
import type { CloudError } from '../../core/cloud-error.ts';
import { stateWord } from '../../core/instance-record.ts';
import { scopeKey } from '../../core/model.ts';
import { decideRetry } from '../../core/retry.ts';
import { staleLists } from '../../core/stale-read.ts';
import type { WriteConclusion } from '../../sinks/port.ts';
import type { LaneHealth } from '../scope/lane-health.ts';
import type { ScopeContext } from '../scope/scope-context.ts';
import type { BatchEntry } from './batch-entry.ts';
import { isPassing } from './passing-failure.ts';

export interface FinishedWrite {
  readonly result: CloudResult<null>;
  readonly journalIds: readonly number[];
  readonly health: LaneHealth;
  readonly startedAtMs: number;
}

/** Records the outcome and asks for what comes next. The records are not being written any more. */
export function concludeWrite(
  context: ScopeContext,
  entries: readonly BatchEntry[],
  finished: FinishedWrite,
): void {
  const { result, journalIds } = finished;
  const conclusion = conclude(result, entries.length);
  try {
    context.journal.conclude(journalIds, conclusion);
  } catch (error) {
    // The intents stay open; the re-read below completes them.
    const detail = messageOf(error);
    context.log.error(
      { scope: scopeKey(context.scope), error: detail },
      'the outcome of a write could not be recorded',
    );
  }
  for (const { record } of entries) {
    record.lastWrite = { atMs: context.clock.wall(), requestId: conclusion.requestId };
    context.touched(record.id);
  }
  if (result.ok) return accepted(context, entries, finished);
  failed(context, entries, { ...finished, error: result.error, outcome: conclusion.outcome });
}

function conclude(result: CloudResult<null>, batchSize: number): WriteConclusion {
  if (result.ok) return { outcome: 'accepted', requestId: result.requestId, code: '', message: '' };
  const { error } = result;
  return {
    outcome: changedNothing(error, batchSize) ? 'rejected' : 'unknown',
    requestId: error.requestId,
    code: error.code,
    message: error.message,
  };
}

/** Whether a failed call certainly changed no instance. Whether a batch is all or nothing no document says. */
function changedNothing(error: CloudError, batchSize: number): boolean {
  if (!error.sent) return true;
  switch (error.kind) {
    case 'throttled':
    case 'credential':
    case 'clock':
    case 'retired':
      return true;
    case 'region':
      return true;
    case 'denied':
    case 'invalid':
    case 'not-found':
    case 'quota':
    case 'blocked':
      return batchSize === 1;
    case 'network':
    case 'transient':
    case 'partial':
      return false;
    default:
      return error.kind satisfies never;
  }
}

function accepted(context: ScopeContext, entries: readonly BatchEntry[], finished: FinishedWrite): void {
  for (const [index, entry] of entries.entries()) {
    entry.record.failure = undefined;
    entry.record.writeCohort = '';
    remember(context, entry, { journalId: finished.journalIds[index] as number, accepted: true });
    context.requestRead(entry.record, { priority: 'verify' });
  }
  finished.health.succeeded();
}

interface FailedWrite extends FinishedWrite {
  readonly error: CloudError;
  readonly outcome: WriteConclusion['outcome'];
}

function failed(context: ScopeContext, entries: readonly BatchEntry[], finished: FailedWrite): void {
  const { error, health, outcome, journalIds } = finished;
  const isolated = entries.length === 1 && entries[0]?.record.failure !== undefined;
  health.failed(error, { startedAtMs: finished.startedAtMs, isolated });
  const passing = isPassing(error, context.client);
  const earlier = Math.max(...entries.map(({ record }) => record.failure?.attempts ?? 0));
  const attempts = earlier + (passing ? 0 : 1);
  const decision = decideRetry(error, { batchSize: entries.length, attempts, jitter: context.random.next() });
  const cohort = health.regroup(decision.regroup, entries.length);
  for (const [index, entry] of entries.entries()) {
    const { record } = entry;
    record.writeCohort = cohort(index, record.writeCohort);
    context.telemetry.retried('write');
    if (!passing) {
      record.failure = {
        error,
        attempts,
        nextAtMs: context.clock.now() + decision.afterMs,
        terminal: decision.terminal,
        stateSeen: stateWord(record.observed),
      };
    }
    if (outcome === 'rejected') context.budget.failed(record.id, decision.terminal);
    if (outcome === 'unknown') {
      remember(context, entry, { journalId: journalIds[index] as number, accepted: false });
      context.requestRead(record, { priority: record.settled ? 'repair' : 'change' });
    } else if (context.claimOf(record.id) === undefined || (decision.terminal && entry.claim.restores)) {
      context.reconcile(record);
    } else {
      const notBeforeMs = record.failure?.nextAtMs ?? 0;
      // A re-check after a long wait looks before it writes.
      if (decision.terminal) context.requestRead(record, { priority: 'resync', notBeforeMs });
      else context.requestWrite(record, { notBeforeMs });
    }
  }
}

/** Remembers that reads may still show the list from before, and every one that an earlier unconfirmed write left. */
function remember(
  context: ScopeContext,
  { record, before, after }: BatchEntry,
  write: { readonly journalId: number; readonly accepted: boolean },
): void {
  const stale = staleLists(record.unconfirmed, [record.observed.sgIds, before], after);
  // The older entry is answered by the next read as well.
  if (record.unconfirmed !== undefined) {
    record.openIntents = [...record.openIntents, record.unconfirmed.journalId];
  }
  record.unconfirmed = {
    ...write,
    after,
    stale,
    sinceMs: context.clock.now(),
  };
}
