/** Reads a batch of instances and hands each observation to the reconciler. */
import type { InstanceId } from '../../api/ids.ts';
import type { CloudError } from '../../core/cloud-error.ts';
import { type InstanceRecord, isCalm, isObserved, stateWord } from '../../core/instance-record.ts';
import type { GroupList, ObservedInstance } from '../../core/model.ts';
import { scopeKey } from '../../core/model.ts';
import { sameSequence } from '../../core/plan.ts';
import { decideRetry } from '../../core/retry.ts';
import type { CallEnd } from '../../runtime/lane.ts';
import { isPassing } from '../write/passing-failure.ts';
import type { LaneHealth } from './lane-health.ts';
import type { ScopeContext } from './scope-context.ts';
import { untilStopped } from './until-stopped.ts';

/** Reads these instances. Undefined when none of them has to be read any more. */
export function observe(
  context: ScopeContext,
  keys: readonly InstanceId[],
  health: LaneHealth,
): Promise<CallEnd> | undefined {
  // An instance in the middle of a write is read again when the write ends.
  const records = keys.flatMap((id) => context.records.get(id) ?? []).filter((record) => !record.writing);
  if (records.length === 0) return undefined;
  return read(context, records, health);
}

async function read(
  context: ScopeContext,
  records: readonly InstanceRecord[],
  health: LaneHealth,
): Promise<CallEnd> {
  const epochs = records.map((record) => record.epoch);
  const startedAtMs = context.clock.now();
  const ids = records.map((record) => record.id);
  const result = await untilStopped(context.client.describeInstances(ids, context.signal), context.signal);
  if (result === undefined) return { throttled: false };
  if (!result.ok) {
    failed(context, records, { error: result.error, startedAtMs, health });
    return { throttled: result.error.kind === 'throttled' };
  }
  health.succeeded();
  const found = new Map(result.value.map((observed) => [observed.instanceId, observed]));
  const undecided: InstanceRecord[] = [];
  const believed = records.filter((record, index) => {
    const calm = staysCalm(context, record, found.get(record.id));
    record.readFailure = undefined;
    record.readCohort = '';
    if (record.epoch !== epochs[index] || record.writing) return false;
    if (!calm) undecided.push(record);
    else context.telemetry.reconciled('success', 0);
    return true;
  });
  const since = context.actingSinceMs;
  const first = believed.filter(({ observedAtMs }) => observedAtMs === 0 || observedAtMs < since);
  const news = believed.filter((record) => note(context, record, found.get(record.id)));
  // Before anything is decided: what was read may tell whose an instance is.
  if (news.length > 0) context.instancesRead(news.map(({ id }) => id));
  for (const record of undecided) adopt(context, record);
  for (const record of first) rememberChange(context, record);
  for (const { id } of believed) context.observed(id, startedAtMs);
  return { throttled: false };
}

/**
 * What an earlier process wrote and did not live to tell counts against the budget too: an instance that has what is
 * declared, and had something else when its source was last told.
 */
function rememberChange(
  { budget, claims, clock, claimOf, sources }: ScopeContext,
  record: InstanceRecord,
): void {
  const winner = claimOf(record.id)?.winner;
  if (winner === undefined || !isObserved(record)) return;
  const { sgIds } = record.observed;
  if (!sameSequence(sgIds, winner.sgIds)) return;
  if (!sources.some((source) => source.wasChanged?.(winner.key, record.id, sgIds))) return;
  budget.remember(record.id, claims.tenancy.tenantOf(winner), clock.now());
}

/** Whether a sweep has found nothing new: most of a fleet, most of the time. */
function staysCalm(
  context: ScopeContext,
  record: InstanceRecord,
  seen: ObservedInstance | undefined,
): boolean {
  const claim = context.claimOf(record.id);
  if (seen === undefined || claim === undefined || !isObserved(record) || !isCalm(record, claim))
    return false;
  return sameSequence(seen.sgIds, claim.winner.sgIds) && stateWord(seen) === stateWord(record.observed);
}

/** Whether two readings of an instance say the same. */
function sameReading(a: ObservedInstance, b: ObservedInstance): boolean {
  if (!sameSequence(a.sgIds, b.sgIds) || stateWord(a) !== stateWord(b)) return false;
  if (a.name !== b.name || a.vpcId !== b.vpcId) return false;
  if (a.tags === b.tags) return true;
  if (a.tags === undefined || b.tags === undefined) return false;
  const [tags, others] = [Object.entries(a.tags), b.tags];
  return tags.length === Object.keys(others).length && tags.every(([key, text]) => others[key] === text);
}

/** Notes what was read. Returns whether it tells anything new. */
function note(context: ScopeContext, record: InstanceRecord, seen: ObservedInstance | undefined): boolean {
  const { observed } = record;
  record.observedAtMs = context.clock.now();
  // What says the same stays: thousands of new copies a minute would fill the heap.
  if (observed !== undefined && seen !== undefined && sameReading(observed, seen)) return false;
  record.observed = seen && { ...seen, instanceId: record.id };
  record.missing = seen === undefined;
  if (seen === undefined) context.cancelWrite(record);
  return true;
}

/** Decides about an instance that was read. */
export function adopt(context: ScopeContext, record: InstanceRecord): void {
  const { observed } = record;
  const sgIds = observed && shared(context, observed);
  if (observed !== undefined && sgIds !== undefined && sgIds !== observed.sgIds) {
    record.observed = { ...observed, sgIds };
  }
  context.reconcile(record);
}

/** The declared list itself where it is what was observed: a fleet in sync keeps each list once. */
function shared(context: ScopeContext, { instanceId, sgIds }: ObservedInstance): GroupList {
  const desired = context.claimOf(instanceId)?.winner.sgIds;
  return desired !== undefined && sameSequence(desired, sgIds) ? desired : sgIds;
}

interface FailedRead {
  readonly error: CloudError;
  readonly startedAtMs: number;
  readonly health: LaneHealth;
}

function failed(
  context: ScopeContext,
  records: readonly InstanceRecord[],
  { error: reported, startedAtMs, health }: FailedRead,
): void {
  const isolated = records.length === 1 && records[0]?.readFailure !== undefined;
  const error = health.failed(reported, { startedAtMs, isolated, batchSize: records.length });
  context.log.warn(
    {
      scope: scopeKey(context.scope),
      api: error.api,
      action: error.action,
      code: error.code,
      instances: records.length,
    },
    `a read failed: ${error.message}`,
  );
  const passing = isPassing(error, context.client);
  const attempts =
    Math.max(...records.map((record) => record.readFailure?.attempts ?? 0)) + (passing ? 0 : 1);
  const decision = decideRetry(error, { batchSize: records.length, attempts, jitter: context.random.next() });
  const cohort = health.regroup(decision.regroup, records.length);
  for (const [index, record] of records.entries()) {
    if (!passing) record.readFailure = { error, attempts };
    record.readCohort = cohort(index, record.readCohort);
    if (!passing) context.budget.unreadable(record.id);
    context.telemetry.retried('read');
    const notBeforeMs = context.clock.now() + decision.afterMs;
    const urgent = !record.settled || context.isSighted(record.id);
    context.requestRead(record, { priority: urgent ? 'change' : 'resync', notBeforeMs });
    context.touched(record.id);
  }
}
