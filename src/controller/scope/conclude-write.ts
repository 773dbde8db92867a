/** What a finished write call means for its instances: read back, try again, or wait. */

import { messageOf } from '../../api/message-of.ts';
import type { CloudError } from '../../core/cloud-error.ts';
import { isRepeated } from '../../core/cloud-error.ts';
import { type LastWrite, stateWord } from '../../core/instance.ts';
import { scopeKey } from '../../core/model.ts';
import { decideRetry } from '../../core/retry.ts';
import { transition } from '../../core/transition.ts';
import type { CloudResult } from '../../ports/cloud.ts';
import type { WriteConclusion } from '../../ports/journal.ts';
import { isPassing } from './cloud-call.ts';
import type { DispatcherHealth } from './dispatcher-health.ts';
import type { BatchEntry } from './instance-change.ts';
import { reconcile } from './reconciler.ts';
import type { ScopeParts } from './scope-parts.ts';

export interface FinishedWrite {
  readonly result: CloudResult<null>;
  readonly journalIds: readonly number[];
  readonly health: DispatcherHealth;
  readonly startedAtMs: number;
}

/** Records the outcome and asks for what comes next. The records are not being written any more. */
export function concludeWrite(
  parts: ScopeParts,
  entries: readonly BatchEntry[],
  finished: FinishedWrite,
): void {
  const { result, journalIds } = finished;
  const conclusion = conclude(result, entries.length);
  try {
    parts.journal.conclude(journalIds, conclusion);
  } catch (error) {
    // The intents stay open; the re-read below completes them.
    const detail = messageOf(error);
    parts.log.error(
      { scope: scopeKey(parts.scope), error: detail },
      'the outcome of a write could not be recorded',
    );
  }
  // One for the whole batch.
  const lastWrite = { atMs: parts.clock.wall(), requestId: conclusion.requestId };
  for (const { record } of entries) parts.statuses.enqueueInstance(record.id);
  if (result.ok) return accepted(parts, entries, { ...finished, lastWrite });
  const { outcome } = conclusion;
  failed(parts, entries, { ...finished, lastWrite, error: result.error, outcome });
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
  if (isRepeated(error)) return false;
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

function accepted(
  parts: ScopeParts,
  entries: readonly BatchEntry[],
  { journalIds, health, lastWrite }: EndedWrite,
): void {
  for (const [index, { record, before, after }] of entries.entries()) {
    const journalId = journalIds[index] as number;
    const write = { journalId, before, after, accepted: true, atMs: parts.clock.now() };
    transition(record, { kind: 'accepted', write, lastWrite });
    parts.dispatchers.requestRead(record, { priority: 'verify' });
  }
  health.succeeded();
}

interface EndedWrite extends FinishedWrite {
  readonly lastWrite: LastWrite;
}

interface FailedWrite extends EndedWrite {
  readonly error: CloudError;
  readonly outcome: WriteConclusion['outcome'];
}

function failed(parts: ScopeParts, entries: readonly BatchEntry[], finished: FailedWrite): void {
  const { error, health, outcome, journalIds, lastWrite } = finished;
  const isolated = entries.every(({ record }) => record.failure !== undefined);
  health.failed(error, { startedAtMs: finished.startedAtMs, isolated });
  const passing = isPassing(error, parts.client);
  const earlier = Math.max(...entries.map(({ record }) => record.failure?.attempts ?? 0));
  const attempts = earlier + (passing ? 0 : 1);
  const decision = decideRetry(error, { batchSize: entries.length, attempts, jitter: parts.random.next() });
  const group = health.split(decision.split, entries.length);
  const nowMs = parts.clock.now();
  for (const [index, entry] of entries.entries()) {
    const { record, before, after } = entry;
    const journalId = journalIds[index] as number;
    const isUnknown = outcome === 'unknown';
    const nextAtMs = nowMs + decision.afterMs;
    const { terminal } = decision;
    transition(record, {
      kind: 'write-failed',
      group: group(index, record.writeGroup),
      failure: passing
        ? undefined
        : { error, attempts, nextAtMs, terminal, stateSeen: stateWord(record.observed) },
      write: isUnknown ? { journalId, before, after, accepted: false, atMs: nowMs } : undefined,
      lastWrite,
    });
    parts.telemetry.retried('write');
    if (outcome === 'rejected') parts.guards.budget.failed(record.id, decision.terminal);
    if (isUnknown) {
      parts.dispatchers.requestRead(record, { priority: record.wasInSync ? 'repair' : 'change' });
    } else if (parts.claimed.of(record.id) === undefined || (decision.terminal && entry.claim.restores)) {
      reconcile(parts, record);
    } else {
      const notBeforeMs = record.failure?.nextAtMs ?? 0;
      // A re-check after a long wait looks before it writes.
      if (decision.terminal) parts.dispatchers.requestRead(record, { priority: 'resync', notBeforeMs });
      else parts.dispatchers.requestWrite(record, { notBeforeMs });
    }
  }
}
