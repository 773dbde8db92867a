/** Writes a batch: the intent is on disk before the call leaves, the outcome after it came back. */

import type { InstanceId } from '../../api/ids.ts';
import { messageOf } from '../../api/message-of.ts';
import type { GroupListWrite } from '../../cloud/port.ts';
import { assess } from '../../core/assess.ts';
import { rewritten } from '../../core/fight.ts';
import { isObserved } from '../../core/instance-record.ts';
import { type Binding, scopeKey } from '../../core/model.ts';
import { sameSequence } from '../../core/plan.ts';
import { believed } from '../../core/stale-read.ts';
import type { CallEnd } from '../../runtime/lane.ts';
import type { WriteIntent } from '../../sinks/port.ts';
import { safelyKept } from '../restoration/safekeeping.ts';
import type { LaneHealth } from '../scope/lane-health.ts';
import type { ScopeContext } from '../scope/scope-context.ts';
import { untilStopped } from '../scope/until-stopped.ts';
import type { BatchEntry } from './batch-entry.ts';
import { concludeWrite } from './conclude-write.ts';
import { writeCause } from './write-cause.ts';

/** Pause before the journal is tried again. */
const JOURNAL_RETRY_MS = 5_000;

/** Writes these instances. Undefined when none of them has to be written, or nothing may be. */
export function apply(
  context: ScopeContext,
  keys: readonly InstanceId[],
  health: LaneHealth,
): Promise<CallEnd> | undefined {
  const wanted = oneCall(
    context,
    keys.flatMap((id) => prepare(context, id) ?? []),
  );
  let entries = wanted;
  let journalIds: readonly number[];
  try {
    entries = safelyKept(context, wanted);
    if (entries.length === 0) return undefined;
    context.inventory.keepOriginal(
      entries.flatMap(({ record, claim, before }) => (claim.restores ? [] : [[record.id, before] as const])),
    );
    journalIds = context.journal.intend(entries.map((entry) => intent(context, entry)));
  } catch (error) {
    return refuse(context, wanted, error);
  }
  if (context.problem.journal !== undefined) {
    const { journal: _, ...rest } = context.problem;
    context.problem = rest;
    context.scopeTouched();
  }
  return send(context, entries, { journalIds, health });
}

interface SendOptions {
  readonly journalIds: readonly number[];
  readonly health: LaneHealth;
}

async function send(
  context: ScopeContext,
  entries: readonly BatchEntry[],
  { journalIds, health }: SendOptions,
): Promise<CallEnd> {
  const nowMs = context.clock.now();
  for (const { record, claim } of entries) {
    if (record.settled && record.failure === undefined) context.telemetry.drift('found');
    if (writeCause(record, claim) === 'drift' && record.failure === undefined) {
      record.rewrites = rewritten(record.rewrites, context.settings.policy.fights, nowMs);
    }
    context.budget.sent(record.id);
    record.writing = true;
    record.epoch++;
    context.touched(record.id);
  }
  const startedAtMs = context.clock.now();
  const writes: GroupListWrite[] = entries.map(({ record, after }) => ({
    instanceId: record.id,
    sgIds: after,
  }));
  const result = await untilStopped(
    context.client.writeSecurityGroups(writes, context.signal),
    context.signal,
  );
  for (const { record } of entries) {
    record.writing = false;
    record.epoch++;
  }
  // Stopped in mid-call: the intents stay open and the next start settles them.
  if (result === undefined) return { throttled: false };
  concludeWrite(context, entries, { result, journalIds, health, startedAtMs });
  return { throttled: !result.ok && result.error.kind === 'throttled' };
}

/** The present truth about an instance that was queued for a write; undefined when it does not need one now. */
function prepare(context: ScopeContext, id: InstanceId): BatchEntry | undefined {
  const record = context.records.get(id);
  const claim = context.claimOf(id);
  if (record === undefined || claim === undefined || !isObserved(record) || record.writing) return undefined;
  // Another replica may have written since: the read that is asked for then decides.
  if (record.observedAtMs < context.actingSinceMs) return undefined;
  const assessment = assess(record, {
    claim,
    rules: context.rules(),
    nowMs: context.clock.now(),
    wallMs: context.clock.wall(),
  });
  if (assessment.kind !== 'write' || !context.needGroups(id)) return undefined;
  const after = claim.winner.sgIds;
  const before = believed(record);
  const grant = context.budget.grant(id, { from: before, to: after });
  if (grant === undefined) return undefined;
  const authority = [grant.authority, emergencyText(claim.winner, context)].filter(Boolean).join('; ');
  return { record, claim, before, after, authority };
}

/** An emergency that lets a write pass the change windows. */
function emergencyText({ emergency }: Binding, { settings, clock }: ScopeContext): string {
  const declared = emergency !== undefined && clock.wall() < emergency.untilMs;
  if (!declared || settings.policy.windows.length === 0) return '';
  return `emergency until ${new Date(emergency.untilMs).toISOString()}: ${emergency.reason}`;
}

/** The entries that one call can carry; the others are asked for again. */
function oneCall(context: ScopeContext, entries: readonly BatchEntry[]): readonly BatchEntry[] {
  const { maxInstances, oneListPerCall } = context.client.writeLimits;
  const first = entries[0];
  if (first === undefined) return entries;
  const fitting: BatchEntry[] = [];
  for (const entry of entries) {
    const fits = !oneListPerCall || sameSequence(entry.after, first.after);
    if (fits && fitting.length < maxInstances) fitting.push(entry);
    else context.requestWrite(entry.record, {});
  }
  return fitting;
}

function intent(context: ScopeContext, { record, claim, before, after, authority }: BatchEntry): WriteIntent {
  return {
    instanceId: record.id,
    scope: context.scope,
    binding: claim.winner.key,
    origin: claim.winner.origin,
    cause: writeCause(record, claim),
    api: context.client.api,
    before,
    after,
    attempt: (record.failure?.attempts ?? 0) + 1,
    ...(authority === '' ? {} : { authority }),
  };
}

/** Nothing is written that the journal cannot record first. */
function refuse(context: ScopeContext, entries: readonly BatchEntry[], error: unknown): undefined {
  const detail = messageOf(error);
  const message = `nothing is written to the cloud, because the journal cannot be written: ${detail}`;
  context.log.error({ scope: scopeKey(context.scope), instances: entries.length }, message);
  context.problem = { ...context.problem, journal: message };
  context.scopeTouched();
  const notBeforeMs = context.clock.now() + JOURNAL_RETRY_MS;
  for (const { record } of entries) context.requestWrite(record, { notBeforeMs });
  return undefined;
}
