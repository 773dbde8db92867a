/**
 * What the engine knows of one claimed instance, and what follows from it. The record is facts only;
 * the state that users read is derived from it, so the two never disagree.
 */
import type { InstanceId } from '../api/ids.ts';
import type { Claim } from './claim-index.ts';
import type { CloudError } from './cloud-error.ts';
import { NO_REWRITES, type Rewrites, rewriteNotBeforeMs } from './fight.ts';
import { guard } from './guard.ts';
import type { GuardRules, GuardVerdict } from './guard-port.ts';
import type { GroupList, ObservedInstance } from './model.ts';
import { plan, type Step, sameSequence } from './plan.ts';

/** A write that was sent and not yet read back. */
export interface UnconfirmedWrite {
  /** The journal's id of the write. */
  readonly journalId: number;
  readonly after: GroupList;
  /** Lists that a read may still show although the write took effect. */
  readonly stale: readonly GroupList[];
  readonly sinceMs: number;
  /** True when the cloud accepted it; false when nobody knows. */
  readonly accepted: boolean;
}

export interface Failure {
  readonly error: CloudError;
  /** In a row. */
  readonly attempts: number;
  /** No further attempt before this, unless the instance's state or the declaration changes. */
  readonly nextAtMs: number;
  readonly terminal: boolean;
  /** The instance's state when it failed; a different one is a reason to try again. */
  readonly stateSeen: string;
}

export interface InstanceRecord {
  readonly id: InstanceId;
  observed: ObservedInstance | undefined;
  observedAtMs: number;
  /** The last read answered, without this instance. */
  missing: boolean;
  /** Reads that failed in a row, and why; undefined after one that succeeded. */
  readFailure: { readonly error: CloudError; readonly attempts: number } | undefined;
  /** Moves when a write starts or ends: a read that spans a move is not believed. */
  epoch: number;
  writing: boolean;
  unconfirmed: UnconfirmedWrite | undefined;
  failure: Failure | undefined;
  /** Instances whose reads failed together and are being bisected share a cohort; '' for the healthy. */
  readCohort: string;
  /** The same for writes. */
  writeCohort: string;
  /** Whether it was in sync with the present declaration before: a difference is then drift. */
  settled: boolean;
  /** Seen for the first time by this process, rather than declared while it ran. */
  firstSeen: boolean;
  /** How often drift was rewritten, and whether that has become a fight. */
  rewrites: Rewrites;
  lastWrite: { readonly atMs: number; readonly requestId: string } | undefined;
  /** Its original list has to stand where the next process finds it before it is written. */
  awaitsKeeping: boolean;
  /** Journal entries of an earlier process that the next read settles. */
  openIntents: readonly number[];
}

/** Most records have none, so they share the one list that is empty. */
export const NO_INTENTS: readonly number[] = Object.freeze([]);

/** A record of which nothing is known yet. */
export function newRecord(id: InstanceId): InstanceRecord {
  return {
    id,
    observed: undefined,
    observedAtMs: 0,
    missing: false,
    readFailure: undefined,
    epoch: 0,
    writing: false,
    unconfirmed: undefined,
    failure: undefined,
    readCohort: '',
    writeCohort: '',
    settled: false,
    firstSeen: false,
    rewrites: NO_REWRITES,
    lastWrite: undefined,
    awaitsKeeping: false,
    openIntents: NO_INTENTS,
  };
}

/** How long a read may show an older list after an accepted write before that counts as drift. */
export const STALE_READ_MS = 60_000;

/** The state of an instance that can forbid a write, as one comparable word. */
export function stateWord(observed: ObservedInstance): string {
  return `${observed.state}/${observed.restrictState}/${observed.latestOperationState}`;
}

/**
 * What an observation calls for.
 * - `in-sync`      nothing to do
 * - `await`        a read may be stale: read again
 * - `held`         a guard spoke
 * - `write`        the list has to be written, not before `notBeforeMs`
 */
export type Assessment =
  | { readonly kind: 'in-sync' }
  | { readonly kind: 'await' }
  | { readonly kind: 'held'; readonly steps: readonly Step[]; readonly verdict: GuardVerdict }
  | { readonly kind: 'write'; readonly steps: readonly Step[]; readonly notBeforeMs: number };

export interface AssessContext {
  readonly claim: Claim;
  readonly rules: GuardRules;
  readonly nowMs: number;
}

/** Compares what was observed with what is declared. The record must have been observed. */
export function assess(
  record: InstanceRecord & { observed: ObservedInstance },
  context: AssessContext,
): Assessment {
  const { claim, rules, nowMs } = context;
  const desired = claim.winner.sgIds;
  const { unconfirmed, failure } = record;
  const doubted = mayBeStale(record);
  if (doubted && unconfirmed !== undefined) {
    if (unconfirmed.accepted && sameSequence(unconfirmed.after, desired)) return { kind: 'await' };
    // Only a read can tell whether a write of unknown end has to be repeated or taken back.
    if (!unconfirmed.accepted && record.observedAtMs < unconfirmed.sinceMs) return { kind: 'await' };
  }
  const steps = plan(believed(record), desired);
  // A list that may be stale and looks right proves nothing.
  if (steps.length === 0) return doubted ? { kind: 'await' } : { kind: 'in-sync' };
  const verdict = guard({ binding: claim.winner, observed: record.observed, steps, rules, nowMs });
  if (verdict !== undefined) return { kind: 'held', steps, verdict };
  const waits = failure !== undefined && failure.stateSeen === stateWord(record.observed);
  const politeMs = rewriteNotBeforeMs(record.rewrites, { rules: rules.policy.fights, nowMs });
  return { kind: 'write', steps, notBeforeMs: Math.max(waits ? failure.nextAtMs : 0, politeMs) };
}

/**
 * Whether what was observed may be older than a write that was sent: read before it, or a list that a late read still
 * shows. Only the time of the read counts: an observation does not become truer by waiting.
 */
export function mayBeStale(record: InstanceRecord & { observed: ObservedInstance }): boolean {
  const { unconfirmed, observed, observedAtMs } = record;
  if (unconfirmed === undefined) return false;
  if (observedAtMs < unconfirmed.sinceMs) return true;
  if (observedAtMs - unconfirmed.sinceMs >= STALE_READ_MS) return false;
  return unconfirmed.stale.some((list) => sameSequence(list, observed.sgIds));
}

/** The list that the cloud is believed to hold: what was read, or an accepted write that a stale read does not show yet. */
export function believed(record: InstanceRecord & { observed: ObservedInstance }): GroupList {
  const { unconfirmed, observed } = record;
  return unconfirmed?.accepted && mayBeStale(record) ? unconfirmed.after : observed.sgIds;
}

const REMEMBERED_LISTS = 8;

/**
 * The lists that a late read may still show after `after` was written, oldest first: those of the write before that was
 * not read back, and those that the instance had or was believed to have. `after` itself is one of them when another
 * list may have followed it: a revert cannot be told from a read that is too late.
 */
export function staleLists(
  earlier: UnconfirmedWrite | undefined,
  before: readonly GroupList[],
  after: GroupList,
): readonly GroupList[] {
  const lists: GroupList[] = earlier === undefined ? [] : [...earlier.stale, earlier.after];
  for (const list of before) {
    if (!lists.some((known) => sameSequence(known, list))) lists.push(list);
  }
  while (lists.length > 0 && sameSequence(lists[lists.length - 1] as GroupList, after)) lists.pop();
  return lists.slice(-REMEMBERED_LISTS);
}

/**
 * Whether all is well with an instance and nothing is under way: reading the declared list once more then changes
 * nothing that anybody could see or has to do.
 */
export function isCalm(record: InstanceRecord, { winner, restores }: Claim): boolean {
  return (
    record.settled &&
    restores === undefined &&
    record.observed !== undefined &&
    sameSequence(record.observed.sgIds, winner.sgIds) &&
    !record.writing &&
    record.failure === undefined &&
    record.readFailure === undefined &&
    record.unconfirmed === undefined &&
    record.openIntents.length === 0 &&
    record.rewrites.fight === undefined
  );
}

/** Narrows a record to one that has been observed. */
export function isObserved(
  record: InstanceRecord,
): record is InstanceRecord & { observed: ObservedInstance } {
  return record.observed !== undefined;
}
