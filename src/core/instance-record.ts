/**
 * What the engine knows of one claimed instance. The record is facts only; what to do (`assess.ts`) and the state that
 * users read (`judge.ts`) are derived from it, so the two never disagree.
 */
import type { InstanceId } from '../api/ids.ts';
import type { Claim } from './claim.ts';
import type { CloudError } from './cloud-error.ts';
import { NO_REWRITES, type Rewrites } from './fight.ts';
import type { GroupList, ObservedInstance } from './model.ts';
import { sameSequence } from './plan.ts';

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

/** The state of an instance that can forbid a write, as one comparable word. */
export function stateWord(observed: ObservedInstance): string {
  return `${observed.state}/${observed.restrictState}/${observed.latestOperationState}`;
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
