/** Writes a batch: the intent is on disk before the call leaves, the outcome after it came back. */
import type { InstanceId } from '../../api/ids.ts';
import { messageOf } from '../../api/message-of.ts';
import type { Permit } from '../../api/permit.ts';
import { type CloudError, isRepeated } from '../../core/cloud-error.ts';
import { decide } from '../../core/decide.ts';
import { isObserved, type LastWrite, stateWord } from '../../core/instance.ts';
import { type Binding, scopeKey } from '../../core/model.ts';
import { sameSequence } from '../../core/plan.ts';
import { restorationEnd } from '../../core/restoration.ts';
import { decideRetry } from '../../core/retry.ts';
import { believed } from '../../core/stale-read.ts';
import { transition } from '../../core/transition.ts';
import type { CloudResult, GroupListWrite } from '../../ports/cloud.ts';
import { JournalBehind, type WriteConclusion, type WriteIntent } from '../../ports/journal.ts';
import type { CallEnd } from '../../runtime/batch-dispatcher.ts';
import { isPassing, untilStopped } from './cloud-call.ts';
import type { DispatcherHealth } from './dispatcher-health.ts';
import { type BatchEntry, changeExposure, writeCause } from './instance-change.ts';
import { reconcile } from './reconciler.ts';
import type { ScopeParts } from './scope-parts.ts';

/** Pause before the journal is tried again; and before one that is only behind. */
const JOURNAL_RETRY_MS = 5_000;
const JOURNAL_BEHIND_MS = 20;

/** Writes these instances. Undefined when none of them has to be written, or nothing may be. */
export function apply(
  parts: ScopeParts,
  keys: readonly InstanceId[],
  health: DispatcherHealth,
): Promise<CallEnd> | undefined {
  const wanted = oneCall(
    parts,
    keys.flatMap((id) => prepare(parts, id) ?? []),
  );
  let entries = wanted;
  let journalIds: readonly number[];
  try {
    entries = withPersistedOriginals(parts, wanted);
    if (entries.length === 0) return undefined;
    parts.inventory.keepOriginal(
      entries.flatMap(({ record, claim, before }) => (claim.restores ? [] : [[record.id, before] as const])),
    );
    journalIds = parts.journal.intend(entries.map((entry) => intent(parts, entry)));
  } catch (error) {
    if (error instanceof JournalBehind) return postpone(parts, wanted, JOURNAL_BEHIND_MS);
    return refuse(parts, wanted, error);
  }
  parts.state.setJournalProblem(undefined);
  return send(parts, entries, { journalIds, health });
}

interface SendOptions {
  readonly journalIds: readonly number[];
  readonly health: DispatcherHealth;
}

async function send(
  parts: ScopeParts,
  entries: readonly BatchEntry[],
  { journalIds, health }: SendOptions,
): Promise<CallEnd> {
  const nowMs = parts.clock.now();
  const caused = entries.map((entry) => writeCause(entry.record, entry.claim));
  parts.traffic?.written(
    entries.map((entry, index) => ({
      ...entry,
      journalId: journalIds[index] as number,
      repairs: caused[index] === 'drift',
    })),
  );
  for (const [index, { record, cannotTell }] of entries.entries()) {
    if (cannotTell !== undefined && record.failure === undefined) {
      parts.log.warn(
        { instance: record.id, scope: scopeKey(parts.scope) },
        `written although nobody can tell whether it opens what the policy forbids: ${cannotTell}`,
      );
    }
    const repairs = caused[index] === 'drift';
    if (repairs && record.failure === undefined) parts.telemetry.drift('found');
    transition(record, { kind: 'sent', repairs, fights: parts.settings.policy.fights, atMs: nowMs });
    parts.guards.budget.sent(record.id);
    parts.statuses.enqueueInstance(record.id);
  }
  const startedAtMs = parts.clock.now();
  const writes: GroupListWrite[] = entries.map(({ record, after }) => ({
    instanceId: record.id,
    sgIds: after,
  }));
  const result = await untilStopped(parts.client.writeSecurityGroups(writes, parts.signal), parts.signal);
  if (result === undefined) {
    // Stopped in mid-call: the intents stay open and the next start settles them.
    for (const { record } of entries) transition(record, { kind: 'abandoned' });
    return { throttled: false };
  }
  concludeWrite(parts, entries, { result, journalIds, health, startedAtMs });
  return { throttled: !result.ok && result.error.kind === 'throttled' };
}

/** The present truth about an instance that was queued for a write; undefined when it does not need one now. */
function prepare(parts: ScopeParts, id: InstanceId): BatchEntry | undefined {
  const record = parts.records.get(id);
  const claim = parts.claimed.of(id);
  if (record === undefined || claim === undefined || !isObserved(record) || record.writing) return undefined;
  // Another replica may have written since: the read that is asked for then decides.
  if (record.observedAtMs < parts.state.actingSinceMs) return undefined;
  const asked = { claim, rules: parts.guards.rules(), nowMs: parts.clock.now(), wallMs: parts.clock.wall() };
  if (claim.restores && restorationEnd(record, { ...asked, problem: parts.state.problem }) !== undefined)
    return undefined;
  const decision = decide(record, asked);
  const after = claim.owner.sgIds;
  const before = believed(record);
  if (decision.kind !== 'write' || !parts.guards.need(id, [record.observed.sgIds, before])) return undefined;
  const { needsApproval, cannotTell } = changeExposure(parts.guards.rules(), record, claim);
  const grant = parts.guards.budget.grant(id, { from: before, to: after, needsApproval });
  if (grant === undefined) return undefined;
  const permit = { ...grant.permit, ...emergencyPart(claim.owner, parts) };
  return {
    ...{ record, claim, before, after },
    ...(Object.keys(permit).length === 0 ? {} : { permit }),
    ...(cannotTell === undefined ? {} : { cannotTell }),
  };
}

/** An emergency that lets a write pass the change windows. */
function emergencyPart(
  { emergency }: Binding,
  { settings, clock }: Pick<ScopeParts, 'settings' | 'clock'>,
): Pick<Permit, 'emergency'> {
  const declared = emergency !== undefined && clock.wall() < emergency.untilMs;
  if (!declared || settings.policy.windows.length === 0) return {};
  const { untilMs, reason } = emergency;
  return { emergency: { until: new Date(untilMs).toISOString(), reason } };
}

/** The entries that one call can carry; the others are asked for again. */
function oneCall(parts: ScopeParts, entries: readonly BatchEntry[]): readonly BatchEntry[] {
  const { maxInstances, oneListPerCall } = parts.client.writeLimits;
  const first = entries[0];
  if (first === undefined) return entries;
  const fitting: BatchEntry[] = [];
  for (const entry of entries) {
    const fits = !oneListPerCall || sameSequence(entry.after, first.after);
    if (fits && fitting.length < maxInstances) fitting.push(entry);
    else parts.dispatchers.requestWrite(entry.record, {});
  }
  return fitting;
}

function intent(parts: ScopeParts, { record, claim, before, after, permit }: BatchEntry): WriteIntent {
  return {
    instanceId: record.id,
    scope: parts.scope,
    binding: claim.owner.key,
    origin: claim.owner.origin,
    cause: writeCause(record, claim),
    api: parts.client.api,
    before,
    after,
    attempt: (record.failure?.attempts ?? 0) + 1,
    ...(permit === undefined ? {} : { permit }),
  };
}

/** Nothing is written that the journal cannot record first. */
function refuse(parts: ScopeParts, entries: readonly BatchEntry[], error: unknown): undefined {
  const detail = messageOf(error);
  const message = `nothing is written to the cloud, because the journal cannot be written: ${detail}`;
  parts.log.error({ scope: scopeKey(parts.scope), instances: entries.length }, message);
  parts.state.setJournalProblem(message);
  return postpone(parts, entries, JOURNAL_RETRY_MS);
}

function postpone(parts: ScopeParts, entries: readonly BatchEntry[], byMs: number): undefined {
  const notBeforeMs = parts.clock.now() + byMs;
  for (const { record } of entries) parts.dispatchers.requestWrite(record, { notBeforeMs });
  return undefined;
}

// What a finished write call means for its instances: read back, try again, or wait.

interface FinishedWrite {
  readonly result: CloudResult<null>;
  readonly journalIds: readonly number[];
  readonly health: DispatcherHealth;
  readonly startedAtMs: number;
}

/** Records the outcome and asks for what comes next. The records are not being written any more. */
function concludeWrite(parts: ScopeParts, entries: readonly BatchEntry[], finished: FinishedWrite): void {
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

// With `deletionPolicy: Restore` the list from before is a promise: where the state file dies with the process, it
// has to stand where the next process finds it before the first write of the instance leaves.

/** A list that was not kept by then is asked for again. */
const ASK_AGAIN_MS = 5_000;

/** The entries that may be written now; the others are written as soon as their lists are persisted. @throws when the inventory cannot be written. */
function withPersistedOriginals(parts: ScopeParts, entries: readonly BatchEntry[]): readonly BatchEntry[] {
  const waiting = entries.filter((entry) => !isPersisted(parts, entry));
  if (waiting.length > 0) ask(parts, waiting);
  const ready = entries.filter((entry) => !waiting.includes(entry));
  for (const { record } of ready) transition(record, { kind: 'original-persisted' });
  return ready;
}

function isPersisted({ persistedOriginals }: ScopeParts, { record, claim }: BatchEntry): boolean {
  if (persistedOriginals === undefined || claim.restores || claim.owner.deletionPolicy !== 'Restore')
    return true;
  return persistedOriginals.has(claim.owner, record.id);
}

function ask(parts: ScopeParts, waiting: readonly BatchEntry[]): void {
  const { inventory, clock, log, scope } = parts;
  inventory.keepOriginal(waiting.map(({ record }) => [record.id, believed(record)]));
  const late = waiting.filter(({ record }) => record.awaitsOriginal).length;
  if (late > 0) {
    log.warn(
      { scope: scopeKey(scope), instances: late },
      'not written yet: the lists from before, which deletionPolicy Restore promises, are not kept yet in the status and by the finalizer',
    );
  }
  for (const { record } of waiting) {
    transition(record, { kind: 'original-awaited' });
    parts.dispatchers.requestWrite(record, { notBeforeMs: clock.now() + ASK_AGAIN_MS });
  }
  parts.statuses.enqueueNow(new Set(waiting.map(({ claim }) => claim.owner.key)));
}
