/** Writes a batch: the intent is on disk before the call leaves, the outcome after it came back. */

import type { InstanceId } from '../../api/ids.ts';
import { messageOf } from '../../api/message-of.ts';
import type { Permit } from '../../api/permit.ts';
import { decide } from '../../core/decide.ts';
import { isObserved } from '../../core/instance.ts';
import { type Binding, scopeKey } from '../../core/model.ts';
import { sameSequence } from '../../core/plan.ts';
import { believed } from '../../core/stale-read.ts';
import { transition } from '../../core/transition.ts';
import type { GroupListWrite } from '../../ports/cloud.ts';
import { JournalBehind, type WriteIntent } from '../../ports/journal.ts';
import type { CallEnd } from '../../runtime/batch-dispatcher.ts';
import { untilStopped } from './cloud-call.ts';
import { concludeWrite } from './conclude-write.ts';
import type { DispatcherHealth } from './dispatcher-health.ts';
import type { BatchEntry } from './instance-change.ts';
import { changeExposure, writeCause } from './instance-change.ts';
import { withPersistedOriginals } from './persist-originals.ts';
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
  const decision = decide(record, {
    claim,
    rules: parts.guards.rules(),
    nowMs: parts.clock.now(),
    wallMs: parts.clock.wall(),
  });
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
