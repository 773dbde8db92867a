/**
 * What the engine knows of one claimed instance, and what can happen to it. The record is facts only: what to do
 * (`decide.ts`) and what users read (`instance-status.ts`) are derived from it, so the two never disagree. It changes in one place,
 * `transition.ts`, and is read-only to everybody else.
 *
 * | phase         | what is known                                                        |
 * |---------------|----------------------------------------------------------------------|
 * | `unread`      | nothing: no read has answered yet                                    |
 * | `missing`     | the last read answered without it                                    |
 * | `observed`    | its list, and every write of it was read back                        |
 * | `sending`     | a write is under way: a read that overlaps it is not believed        |
 * | `unconfirmed` | a write ended, accepted or nobody knows how, and was not read back   |
 *
 * Beside the phase stand what failed (`failure`, `readFailure`), whether a difference is drift (`wasInSync`), and whether
 * somebody fights about the list (`rewrites`).
 */
import type { InstanceId } from '../api/ids.ts';
import type { Claim } from './claim.ts';
import type { CloudError } from './cloud-error.ts';
import { NO_REWRITES, type Rewrites } from './fight.ts';
import type { GroupList, ObservedInstance } from './model.ts';
import { sameSequence } from './plan.ts';
import type { FightRules } from './policy.ts';

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

/** Reads that failed in a row, and why. */
export interface ReadFailure {
  readonly error: CloudError;
  readonly attempts: number;
}

export interface InstanceRecord {
  readonly id: InstanceId;
  readonly observed: ObservedInstance | undefined;
  readonly observedAtMs: number;
  /** When the list that was in sync was last read before it changed; 0 while it is in sync, or when none was read. */
  readonly inSyncUntilMs: number;
  /** The last read answered, without this instance. */
  readonly missing: boolean;
  /** Undefined after a read that succeeded. */
  readonly readFailure: ReadFailure | undefined;
  /** Moves when a write starts or ends: a read that spans a move is not believed. */
  readonly epoch: number;
  readonly writing: boolean;
  readonly unconfirmed: UnconfirmedWrite | undefined;
  /**
   * How the list that was read differed from an accepted write of the present declaration: the write is not in force, or
   * somebody has changed the list since. Undefined as long as it did not.
   */
  readonly mismatch: 'not-in-force' | 'overwritten' | undefined;
  readonly failure: Failure | undefined;
  /** Instances whose reads failed together and are being bisected share a group; '' for the healthy. */
  readonly readGroup: string;
  /** The same for writes. */
  readonly writeGroup: string;
  /** Whether it was in sync with the present declaration before, or a write of it was accepted: a difference is then drift. */
  readonly wasInSync: boolean;
  /** Seen for the first time by this process, rather than declared while it ran. */
  readonly firstSeen: boolean;
  /** How often drift was rewritten, and whether that has become a fight. */
  readonly rewrites: Rewrites;
  readonly lastWrite: LastWrite | undefined;
  /** Its original list has to stand where the next process finds it before it is written. */
  readonly awaitsOriginal: boolean;
  /** Journal entries of an earlier process that the next read settles. */
  readonly openIntents: readonly number[];
}

export interface LastWrite {
  readonly atMs: number;
  readonly requestId: string;
}

/** A write that may have taken effect, and was not read back. */
export interface SentWrite {
  readonly journalId: number;
  /** The list before it, as it was read or believed. */
  readonly before: GroupList;
  readonly after: GroupList;
  readonly accepted: boolean;
  /** When it ended. */
  readonly atMs: number;
}

/** What can happen to an instance. The table of what each event does stands in `transition.ts`. */
export type InstanceEvent =
  /** Something new is declared for it, or by another owner. */
  | { readonly kind: 'declared'; readonly wasInSync: boolean; readonly firstSeen: boolean }
  /** A read has answered. @param epoch that of the record when the call left. */
  | {
      readonly kind: 'read';
      readonly seen: ObservedInstance | undefined;
      readonly epoch: number;
      readonly atMs: number;
    }
  /** A read has failed. Without `failure` the reason says nothing of the instance. */
  | { readonly kind: 'read-failed'; readonly failure: ReadFailure | undefined; readonly group: string }
  /** The list that was observed is this very one: a fleet in sync keeps each list once. */
  | { readonly kind: 'interned'; readonly sgIds: GroupList }
  /** A write leaves. @param repairs whether it puts drift right. */
  | { readonly kind: 'sent'; readonly repairs: boolean; readonly fights: FightRules; readonly atMs: number }
  /** The process stops while the write is under way: the next one finds out how it ended. */
  | { readonly kind: 'abandoned' }
  | { readonly kind: 'accepted'; readonly write: SentWrite; readonly lastWrite: LastWrite }
  /** A write has failed. With `write` nobody knows whether it took effect; without `failure` the reason says nothing of the instance. */
  | {
      readonly kind: 'write-failed';
      readonly write: SentWrite | undefined;
      readonly failure: Failure | undefined;
      readonly group: string;
      readonly lastWrite: LastWrite;
    }
  /** An earlier process did not see this write through. */
  | { readonly kind: 'recovered'; readonly write: SentWrite }
  /** The journal has what was read after the writes of earlier processes. */
  | { readonly kind: 'intents-settled' }
  /** The journal has what was read after the last write. @param desired what is declared now. */
  | { readonly kind: 'read-back'; readonly desired: GroupList | undefined }
  /** What was read is what is declared. */
  | { readonly kind: 'found-in-sync'; readonly fights: FightRules; readonly atMs: number }
  /** What was read is no more what is declared. */
  | { readonly kind: 'found-drift'; readonly fights: FightRules; readonly atMs: number }
  /** Somebody asks for another attempt. */
  | { readonly kind: 'retry' }
  /** Every call met one failure, and none does so any more. */
  | { readonly kind: 'outage-ended'; readonly calls: 'reads' | 'writes' }
  | { readonly kind: 'original-awaited' }
  | { readonly kind: 'original-persisted' };

/** Most records have none, so they share the one list that is empty. */
export const NO_INTENTS: readonly number[] = Object.freeze([]);

/** A record of which nothing is known yet. */
export function newRecord(id: InstanceId): InstanceRecord {
  return {
    id,
    observed: undefined,
    observedAtMs: 0,
    inSyncUntilMs: 0,
    missing: false,
    readFailure: undefined,
    epoch: 0,
    writing: false,
    unconfirmed: undefined,
    mismatch: undefined,
    failure: undefined,
    readGroup: '',
    writeGroup: '',
    wasInSync: false,
    firstSeen: false,
    rewrites: NO_REWRITES,
    lastWrite: undefined,
    awaitsOriginal: false,
    openIntents: NO_INTENTS,
  };
}

export type Phase = 'unread' | 'missing' | 'observed' | 'sending' | 'unconfirmed';

/** Where an instance stands between a read and the next; see the table above. */
export function phaseOf({ writing, unconfirmed, missing, observed }: InstanceRecord): Phase {
  if (writing) return 'sending';
  if (unconfirmed !== undefined) return 'unconfirmed';
  if (missing) return 'missing';
  return observed === undefined ? 'unread' : 'observed';
}

/** Whether a write began or ended since the record had this epoch. */
export function spansWrite(record: InstanceRecord, epoch: number): boolean {
  return record.writing || record.epoch !== epoch;
}

/** The state of an instance that can forbid a write, as one comparable word. */
export function stateWord(observed: ObservedInstance): string {
  return `${observed.state}/${observed.restrictState}/${observed.latestOperationState}`;
}

/**
 * Whether all is well with an instance and nothing is under way: reading the declared list once more then changes
 * nothing that anybody could see or has to do.
 */
export function isCalm(record: InstanceRecord, { owner, restores }: Claim): boolean {
  return (
    record.wasInSync &&
    restores === undefined &&
    record.observed !== undefined &&
    sameSequence(record.observed.sgIds, owner.sgIds) &&
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
