/** The record of every write to the cloud: who, why, before, after. */
import type { BindingKey, InstanceId } from '../api/ids.ts';
import type { Permit } from '../api/permit.ts';
import type { ApiGeneration } from '../core/cloud-error.ts';
import type { GroupList, Origin, Scope } from '../core/model.ts';

/** Why a list was written. */
export type WriteCause = 'declared' | 'drift' | 'first-seen' | 'restored' | 'rolled-back';

/** One instance's part of a write that is about to be sent. */
export interface WriteIntent {
  readonly instanceId: InstanceId;
  readonly scope: Scope;
  readonly binding: BindingKey;
  readonly origin: Origin;
  readonly cause: WriteCause;
  readonly api: ApiGeneration;
  /** The list as it was last read, or as it was last written when the read is older. */
  readonly before: GroupList;
  readonly after: GroupList;
  readonly attempt: number;
  /** What let the write pass a guard; absent for an ordinary write. */
  readonly permit?: Permit;
}

/**
 * How a write ended.
 * - `accepted`  the cloud said yes
 * - `rejected`  the cloud said no, or the request never arrived
 * - `unknown`   no reply, or a partial one: only a re-read can tell
 */
export type WriteOutcome = 'accepted' | 'rejected' | 'unknown';

export interface WriteConclusion {
  readonly outcome: WriteOutcome;
  readonly requestId: string;
  /** The vendor's code and text of a failure; empty for an accepted write. */
  readonly code: string;
  readonly message: string;
}

/** A write that an earlier process did not see through: without an outcome, or perhaps applied and not read back. */
export interface OpenIntent {
  readonly id: number;
  /** When it ended, or else when it was intended. */
  readonly atMs: number;
  readonly accepted: boolean;
  readonly instanceId: InstanceId;
  readonly scope: Scope;
  readonly binding: BindingKey;
  readonly before: GroupList;
  readonly after: GroupList;
}

/** A write as far as it matters to who writes how often. */
export interface RecentWrite {
  readonly instanceId: InstanceId;
  readonly scope: Scope;
  readonly binding: BindingKey;
  readonly origin: Origin;
  readonly cause: WriteCause;
  readonly intendedMs: number;
  /** What let it pass a guard; absent for an ordinary write. */
  readonly permit?: Permit;
  /** Undefined while it is not known; the last three were settled by reading the instance. */
  readonly outcome: WriteOutcome | 'settled-applied' | 'settled-not-applied' | 'settled-unknown' | undefined;
}

/** What declares a write is still being stored, in steps: the write follows within moments. */
export class JournalBehind extends Error {
  constructor() {
    super('what declares the write is still being stored');
  }
}

/** Is told of every write that goes through a journal. */
export interface JournalListener {
  /** These stand in the journal, and are sent next. @param ids of the intents, in their order. */
  intended(ids: readonly number[], intents: readonly WriteIntent[]): void;
  /** These have ended, whether the journal can record that or not. */
  concluded(ids: readonly number[], conclusion: WriteConclusion): void;
  /** The list that was read back after a write stands in the journal. */
  readBack(id: number, observed: GroupList): void;
}

/** The append-only record of every write to the cloud, bounded by age and size: the oldest that need no settling go. */
export interface Journal {
  /**
   * Records what is about to be sent, durably, and gives each intent an id.
   * @throws when it cannot be recorded; nothing may be sent then.
   */
  intend(intents: readonly WriteIntent[]): readonly number[];
  /** Records how the writes ended. @throws when it cannot be recorded; the intents then stay open and are settled later. */
  conclude(ids: readonly number[], conclusion: WriteConclusion): void;
  /** Records the list that was read back after a write. @throws when it cannot be recorded. */
  verified(id: number, observed: GroupList): void;
  /**
   * Intents without an outcome, and writes that since `sinceMs` were accepted or ended nobody knows how and were not read back, nor was a
   * later write of the instance; oldest first.
   */
  open(sinceMs: number): readonly OpenIntent[];
  /** Writes that were intended since then, oldest first. */
  recent(sinceMs: number): readonly RecentWrite[];
}
