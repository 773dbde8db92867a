/** Reads a batch of instances and hands each observation to the reconciler. */

import type { InstanceId } from '../../api/ids.ts';
import { type CloudError, UNREADABLE } from '../../core/cloud-error.ts';
import { type InstanceRecord, isCalm, isObserved, spansWrite, stateWord } from '../../core/instance.ts';
import { type GroupList, isReadable, type ObservedInstance, scopeKey } from '../../core/model.ts';
import { sameSequence } from '../../core/plan.ts';
import { decideRetry } from '../../core/retry.ts';
import { transition } from '../../core/transition.ts';
import type { CallEnd } from '../../runtime/batch-dispatcher.ts';
import { portionsOf } from '../../runtime/portions.ts';
import { isPassing, untilStopped } from './cloud-call.ts';
import type { DispatcherHealth } from './dispatcher-health.ts';
import { reconcile } from './reconciler.ts';
import type { ScopeParts } from './scope-parts.ts';

/** Bindings that name what is decided about before other work may go on. */
const CLAIMANTS_AT_ONCE = 10_000;

/** Reads these instances. Undefined when none of them has to be read any more. */
export function observe(
  parts: ScopeParts,
  keys: readonly InstanceId[],
  health: DispatcherHealth,
): Promise<CallEnd> | undefined {
  // An instance in the middle of a write is read again when the write ends.
  const records = keys.flatMap((id) => parts.records.get(id) ?? []).filter((record) => !record.writing);
  if (records.length === 0) return undefined;
  return read(parts, records, health);
}

async function read(
  parts: ScopeParts,
  records: readonly InstanceRecord[],
  health: DispatcherHealth,
): Promise<CallEnd> {
  const epochs = new Map(records.map((record) => [record, record.epoch]));
  const startedAtMs = parts.clock.now();
  const ids = records.map((record) => record.id);
  const result = await untilStopped(parts.client.describeInstances(ids, parts.signal), parts.signal);
  if (result === undefined) return { throttled: false };
  if (!result.ok) {
    const error = await health.explain(result.error);
    if (parts.signal.aborted) return { throttled: false };
    failed(parts, records, { error, startedAtMs, health });
    return { throttled: result.error.kind === 'throttled' };
  }
  health.succeeded();
  const found = new Map<InstanceId, ObservedInstance>();
  const unreadable = new Map<InstanceId, string>();
  for (const one of result.value) {
    if (isReadable(one)) found.set(one.instanceId, one);
    else unreadable.set(one.instanceId, one.unreadable);
  }
  const spoilt = records.filter(({ id }) => unreadable.has(id));
  for (const record of spoilt) {
    const { api, requestId } = result;
    readOtherwise(parts, record, { api, requestId, message: unreadable.get(record.id) ?? '' });
  }
  const answered = spoilt.length === 0 ? records : records.filter(({ id }) => !unreadable.has(id));
  const portions = portionsOf(answered, {
    things: answered.length,
    size: CLAIMANTS_AT_ONCE,
    sizeOf: ({ id }) => parts.claims.naming(id).length,
  });
  let isFirst = true;
  for (const portion of portions) {
    // Finding the owner of an instance takes as long as there are bindings that name it.
    if (!isFirst && !(await turn(parts))) break;
    isFirst = false;
    takeIn(parts, portion, { found, epochs, startedAtMs });
  }
  return { throttled: false };
}

/** Gives other work a turn. False when the scope was stopped meanwhile. */
async function turn({ clock, signal }: Pick<ScopeParts, 'clock' | 'signal'>): Promise<boolean> {
  await clock.sleep(0, signal).catch(() => {});
  return !signal.aborted;
}

interface Answer {
  readonly found: ReadonlyMap<InstanceId, ObservedInstance>;
  /** Of the records, when the call left. */
  readonly epochs: ReadonlyMap<InstanceRecord, number>;
  readonly startedAtMs: number;
}

/** Notes what was read of some instances, and decides about them. */
function takeIn(
  parts: ScopeParts,
  records: readonly InstanceRecord[],
  { found, epochs, startedAtMs }: Answer,
): void {
  const undecided: InstanceRecord[] = [];
  const believed: InstanceRecord[] = [];
  const first: InstanceRecord[] = [];
  const changed: InstanceId[] = [];
  const atMs = parts.clock.now();
  for (const record of records) {
    const seen = found.get(record.id);
    const epoch = epochs.get(record) ?? record.epoch;
    const calm = staysCalm(parts, record, seen);
    const overlaps = spansWrite(record, epoch);
    const { observed, observedAtMs } = record;
    transition(record, { kind: 'read', seen, epoch, atMs });
    if (overlaps) continue;
    believed.push(record);
    if (calm) parts.telemetry.reconciled('success', 0);
    else undecided.push(record);
    if (observedAtMs === 0 || observedAtMs < parts.state.actingSinceMs) first.push(record);
    if (record.observed !== observed || record.missing) changed.push(record.id);
    if (record.missing) parts.dispatchers.cancelWrite(record);
  }
  // This comes before any decision, because what was read may change the owner.
  if (changed.length > 0) parts.events.onRead(changed);
  for (const record of undecided) adopt(parts, record);
  for (const record of first) rememberChange(parts, record);
  for (const { id } of believed) {
    const handled = parts.reconcileRequests.observed(id, startedAtMs);
    if (handled !== undefined) parts.statuses.enqueueBinding(handled);
  }
}

/**
 * What an earlier process wrote and did not live to tell counts against the budget too: an instance that has what is
 * declared, and had something else when its source was last told.
 */
function rememberChange(
  { guards, claims, clock, claimed, sources }: ScopeParts,
  record: InstanceRecord,
): void {
  const owner = claimed.of(record.id)?.owner;
  if (owner === undefined || !isObserved(record)) return;
  const { sgIds } = record.observed;
  if (!sameSequence(sgIds, owner.sgIds)) return;
  if (!sources.some((source) => source.memory.wasChanged(owner.key, record.id, sgIds))) return;
  guards.budget.remember(record.id, claims.tenancy.tenantOf(owner), clock.now());
}

/** Whether a sweep has found nothing new: most of a fleet, most of the time. */
function staysCalm(parts: ScopeParts, record: InstanceRecord, seen: ObservedInstance | undefined): boolean {
  const claim = parts.claimed.of(record.id);
  if (seen === undefined || claim === undefined || !isObserved(record) || !isCalm(record, claim))
    return false;
  return sameSequence(seen.sgIds, claim.owner.sgIds) && stateWord(seen) === stateWord(record.observed);
}

/** Decides about an instance that was read. */
export function adopt(parts: ScopeParts, record: InstanceRecord): void {
  const { observed } = record;
  const sgIds = observed && shared(parts, observed);
  if (observed !== undefined && sgIds !== undefined && sgIds !== observed.sgIds) {
    transition(record, { kind: 'interned', sgIds });
  }
  reconcile(parts, record);
}

/** The declared list itself where it is what was observed: a fleet in sync keeps each list once. */
function shared(parts: ScopeParts, { instanceId, sgIds }: ObservedInstance): GroupList {
  const desired = parts.claimed.of(instanceId)?.owner.sgIds;
  return desired !== undefined && sameSequence(desired, sgIds) ? desired : sgIds;
}

/** The answer holds something about this instance that cannot be used, and is good for the others: only this one is read again. */
function readOtherwise(
  parts: ScopeParts,
  record: InstanceRecord,
  { api, requestId, message }: Pick<CloudError, 'api' | 'requestId' | 'message'>,
): void {
  const attempts = (record.readFailure?.attempts ?? 0) + 1;
  const sent = { api, requestId, action: 'DescribeInstances', sent: true } as const;
  const error: CloudError = { ...sent, kind: 'transient', code: UNREADABLE, message };
  // Said once: it stays so until somebody looks.
  if (record.readFailure?.error.message !== message) {
    const { id } = record;
    parts.log.warn({ scope: scopeKey(parts.scope), instance: id, requestId }, `not read: ${message}`);
  }
  const { afterMs } = decideRetry(error, { batchSize: 1, attempts, jitter: parts.random.next() });
  transition(record, { kind: 'read-failed', failure: { error, attempts }, group: '' });
  parts.guards.budget.unreadable(record.id);
  parts.telemetry.retried('read');
  parts.dispatchers.requestRead(record, {
    priority: record.wasInSync ? 'resync' : 'change',
    notBeforeMs: parts.clock.now() + afterMs,
  });
  parts.statuses.enqueueInstance(record.id);
}

interface FailedRead {
  readonly error: CloudError;
  readonly startedAtMs: number;
  readonly health: DispatcherHealth;
}

function failed(
  parts: ScopeParts,
  records: readonly InstanceRecord[],
  { error, startedAtMs, health }: FailedRead,
): void {
  const isolated = records.every(({ readFailure }) => readFailure !== undefined);
  health.failed(error, { startedAtMs, isolated });
  parts.log.warn(
    {
      scope: scopeKey(parts.scope),
      api: error.api,
      action: error.action,
      code: error.code,
      instances: records.length,
    },
    `a read failed: ${error.message}`,
  );
  const passing = isPassing(error, parts.client);
  const attempts =
    Math.max(...records.map((record) => record.readFailure?.attempts ?? 0)) + (passing ? 0 : 1);
  const decision = decideRetry(error, { batchSize: records.length, attempts, jitter: parts.random.next() });
  const group = health.split(decision.split, records.length);
  for (const [index, record] of records.entries()) {
    const failure = passing ? undefined : { error, attempts };
    transition(record, { kind: 'read-failed', failure, group: group(index, record.readGroup) });
    if (!passing) parts.guards.budget.unreadable(record.id);
    parts.telemetry.retried('read');
    const notBeforeMs = parts.clock.now() + decision.afterMs;
    const urgent = !record.wasInSync || parts.prefetches.has(record.id);
    parts.dispatchers.requestRead(record, { priority: urgent ? 'change' : 'resync', notBeforeMs });
    parts.statuses.enqueueInstance(record.id);
  }
}
