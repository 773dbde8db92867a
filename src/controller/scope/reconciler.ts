/**
 * The reconciler: one observed instance in, one request out. It is level-driven: it asks what is true now and never
 * what happened before.
 */

import { messageOf } from '../../api/message-of.ts';
import type { Claim } from '../../core/claim.ts';
import { decide } from '../../core/decide.ts';
import type { GuardResult } from '../../core/guard-port.ts';
import { type InstanceRecord, isObserved } from '../../core/instance.ts';
import { type ObservedInstance, scopeKey } from '../../core/model.ts';
import { restorationEnd } from '../../core/restoration.ts';
import { believed } from '../../core/stale-read.ts';
import { suspensionMessage } from '../../core/suspension.ts';
import { transition } from '../../core/transition.ts';
import type { ReconcileResult } from '../../runtime/telemetry.ts';
import { confirmWrite } from './confirmation.ts';
import { changeExposure, writeCause } from './instance-change.ts';
import type { ScopeParts } from './scope-parts.ts';

/** Pace of re-reads after a write, doubling from the first to the last. */
const FIRST_REREAD_MS = 500;
const LONGEST_REREAD_MS = 8_000;

/** Decides what an instance needs and asks for it. */
export function reconcile(parts: ScopeParts, record: InstanceRecord): void {
  const startedMs = parts.clock.now();
  const result = request(parts, record);
  parts.telemetry.reconciled(result, parts.clock.now() - startedMs);
}

/** Decides what an instance needs, from its last observation and its present claim. */
function request(parts: ScopeParts, record: InstanceRecord): ReconcileResult {
  parts.statuses.enqueueInstance(record.id);
  confirmWrite(parts, record);
  const claim = parts.claimed.of(record.id);
  // Granted or not, nothing is left to change; for one that comes back the change is asked for anew.
  if (record.missing) parts.guards.budget.withdraw(record.id);
  count(parts, record, claim);
  if (claim === undefined) {
    release(parts, record);
    return 'success';
  }
  const asked = { claim, rules: parts.guards.rules(), nowMs: parts.clock.now(), wallMs: parts.clock.wall() };
  if (claim.restores) {
    const end = restorationEnd(record, { ...asked, problem: parts.state.problem });
    // Its end lets the instance go, which comes back here without a claim.
    if (end !== undefined) parts.restorations.end(record.id, end);
    if (end !== undefined) return 'success';
  }
  const turn = parts.claims.tenancy.turnOf(claim.owner);
  parts.groupRules?.look(claim.owner.sgIds, turn);
  if (!isObserved(record) || record.writing) return 'requeue';
  parts.groupRules?.look(record.observed.sgIds, turn);
  const decision = decide(record, asked);
  const differs = decision.kind === 'held' || decision.kind === 'write';
  if (differs && writeCause(record, claim) === 'drift') parts.traffic?.drifted(record, claim);
  switch (decision.kind) {
    case 'in-sync':
      if (!record.wasInSync) keepOriginal(parts, record, claim);
      noteInSync(parts, record);
      parts.guards.budget.made(record.id);
      parts.traffic?.forget(record.id);
      parts.dispatchers.cancelWrite(record);
      return 'success';
    case 'await':
      parts.dispatchers.cancelWrite(record);
      parts.dispatchers.requestRead(record, {
        priority: 'verify',
        notBeforeMs: asked.nowMs + rereadMs(record, asked.nowMs),
      });
      return 'requeue_after';
    case 'held':
      parts.dispatchers.cancelWrite(record);
      return whenHeld(parts, record, { claim, result: decision.result });
    case 'write':
      return whenDifferent(parts, record, { claim, notBeforeMs: decision.notBeforeMs });
    default:
      return decision satisfies never;
  }
}

type ObservedRecord = InstanceRecord & { readonly observed: ObservedInstance };

/** A guard has spoken: asks for what may change its mind. */
function whenHeld(
  parts: ScopeParts,
  record: ObservedRecord,
  { claim, result }: { readonly claim: Claim; readonly result: GuardResult },
): ReconcileResult {
  if (result.guard === 'blast-radius' || result.approvable !== undefined) {
    // What waits for an approval goes on asking for it, and may need none any more.
    return ask(parts, record, claim) ? request(parts, record) : 'success';
  }
  // What is not known yet stays a part of the set that it was expected in.
  const wantsRules = result.reason === 'TrafficUnknown';
  if (!wantsRules || result.outcome !== 'waiting') parts.guards.budget.withdraw(record.id);
  if (wantsRules || result.guard === 'real-groups') needGroups(parts, record);
  return 'success';
}

/** The list has to be written: asks the budget, for fresh knowledge of the groups, and for a write. */
function whenDifferent(
  parts: ScopeParts,
  record: ObservedRecord,
  { claim, notBeforeMs }: { readonly claim: Claim; readonly notBeforeMs: number },
): ReconcileResult {
  // What its owner is about to declare may be this very list, or a third one.
  if (parts.prefetches.has(record.id)) return 'requeue';
  if (record.wasInSync) noteDrift(parts, record);
  if (record.failure?.terminal && notBeforeMs > parts.clock.now()) {
    parts.dispatchers.requestRead(record, { priority: 'resync', notBeforeMs });
    return 'error';
  }
  if (!ask(parts, record, claim) || !needGroups(parts, record)) return 'requeue';
  parts.dispatchers.requestWrite(record, { notBeforeMs });
  return record.failure === undefined ? 'requeue' : 'error';
}

/** What counts for the budget of a tenant: an instance that was read, and would be written if it differed. */
function count(
  { sizes, scope, claims, clock }: Pick<ScopeParts, 'sizes' | 'scope' | 'claims' | 'clock'>,
  record: InstanceRecord,
  claim: Claim | undefined,
): void {
  const { owner } = claim ?? {};
  const counts =
    owner !== undefined &&
    isObserved(record) &&
    owner.mode === 'Enforce' &&
    suspensionMessage(owner, clock.wall()) === undefined;
  sizes.count(scopeKey(scope), record.id, counts ? claims.tenancy.tenantOf(owner) : undefined);
}

/** Whether the change may be made at once; otherwise the budget has it reconciled again. */
function ask(parts: ScopeParts, record: ObservedRecord, claim: Claim): boolean {
  const cause = writeCause(record, claim);
  const { needsApproval, urgent } = changeExposure(parts.guards.rules(), record, claim);
  const from = believed(record);
  return parts.guards.budget.request({
    id: record.id,
    binding: claim.owner,
    from,
    cause,
    needsApproval,
    urgent,
  });
}

function needGroups(parts: ScopeParts, record: ObservedRecord): boolean {
  return parts.guards.need(record.id, [record.observed.sgIds, believed(record)]);
}

function noteDrift(parts: ScopeParts, record: ObservedRecord): void {
  const { log, clock, settings } = parts;
  const before = record.rewrites.fight;
  const rules = settings.policy.fights;
  transition(record, { kind: 'found-drift', fights: rules, atMs: clock.now() });
  if (before !== undefined || record.rewrites.fight === undefined) return;
  log.warn(
    { instance: record.id, scope: scopeKey(parts.scope), foreign: record.observed.sgIds },
    `contested: somebody else has changed the instance back ${rules.rewrites} times; it is rewritten at a polite pace`,
  );
}

function noteInSync(parts: ScopeParts, record: InstanceRecord): void {
  const { log, clock, settings } = parts;
  const before = record.rewrites.fight;
  transition(record, { kind: 'found-in-sync', fights: settings.policy.fights, atMs: clock.now() });
  if (before === undefined || record.rewrites.fight !== undefined) return;
  log.info({ instance: record.id, scope: scopeKey(parts.scope) }, 'not contested any more');
}

/** What is right from the start is the list to come back to, whoever changes it later. */
function keepOriginal(
  { inventory, log, clock }: Pick<ScopeParts, 'inventory' | 'log' | 'clock'>,
  { id, observed }: InstanceRecord & { observed: ObservedInstance },
  { owner, restores }: Claim,
): void {
  const writes = owner.mode === 'Enforce' && suspensionMessage(owner, clock.wall()) === undefined;
  if (owner.deletionPolicy !== 'Restore' || restores || !writes) return;
  try {
    if (inventory.original(id) === undefined) inventory.keepOriginal([[id, observed.sgIds]]);
  } catch (error) {
    const detail = messageOf(error);
    log.error({ instance: id, error: detail }, 'the original list could not be recorded');
  }
}

/** Nobody claims the instance: its list stays as it is, and it is forgotten once the journal waits for nothing. */
function release(parts: ScopeParts, record: InstanceRecord): void {
  if (parts.prefetches.has(record.id)) return;
  parts.dispatchers.cancelWrite(record);
  parts.guards.budget.withdraw(record.id);
  parts.traffic?.forget(record.id);
  // Whose it is may be another's after a later read.
  if (parts.claimed.mayBeClaimed(record.id)) return;
  const isOpen = record.openIntents.length > 0 || record.unconfirmed !== undefined;
  if (record.writing || (isOpen && !record.missing)) return;
  parts.records.delete(record.id);
}

/** As long as the wait has lasted already, within bounds. */
function rereadMs(record: InstanceRecord, nowMs: number): number {
  const waitedMs = nowMs - (record.unconfirmed?.sinceMs ?? nowMs);
  return Math.min(Math.max(waitedMs, FIRST_REREAD_MS), LONGEST_REREAD_MS);
}
