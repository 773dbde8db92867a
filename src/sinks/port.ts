/** What the controller tells the world: verdicts to the users, and every write to the journal. */
import type { Approval } from '../api/approval.ts';
import type { Condition } from '../api/conditions.ts';
import type { BindingKey, InstanceId } from '../api/ids.ts';
import type { ApiGeneration } from '../core/cloud-error.ts';
import type { InstanceVerdict } from '../core/instance-verdict.ts';
import type { Binding, GroupList, Origin, Scope } from '../core/model.ts';
import type { PlanChange } from '../core/plan-change.ts';
import type { Pledge, RestorationEnd } from '../core/restoration.ts';

/** The verdict over one binding. */
export interface BindingVerdict {
  readonly key: BindingKey;
  readonly scope: Scope;
  readonly origin: Origin;
  readonly sgIds: GroupList;
  readonly conditions: readonly Condition[];
  readonly instanceCount: number;
  readonly inSyncCount: number;
  /** Sorted by instance id. */
  readonly instances: readonly InstanceVerdict[];
  readonly lastWriteMs?: number;
  /** What the declared groups, and those that were read, are called; absent when nobody has looked. */
  readonly groupNames?: Readonly<Record<string, string>>;
  /** The newest request to reconcile that was handled. */
  readonly lastHandledReconcileAt?: string;
  /** The text of the binding's own approval once it was taken up. */
  readonly lastHandledApproval?: string;
  /** Instances that left the binding and get their original lists back; absent when there are none. */
  readonly restoring?: readonly RestoringVerdict[];
}

/** An instance that left its binding and gets its original list back. */
export interface RestoringVerdict {
  readonly instanceId: InstanceId;
  readonly original: GroupList;
  /** What that waits for; absent while it goes on. */
  readonly waits?: Pick<InstanceVerdict, 'reason' | 'message'>;
}

/** Writes verdicts where the users of a source look. */
export interface Sink {
  publish(verdicts: readonly BindingVerdict[]): void;
  /** Bindings that are not declared any more. */
  retire(keys: readonly BindingKey[]): void;
  /** This process speaks for these bindings from now on; another one may have done so meanwhile. */
  gained?(keys: readonly BindingKey[]): void;
  /** Tells of bindings whose verdict somebody else has changed where it stands: they are published again. */
  onAltered?(listener: (keys: readonly BindingKey[]) => void): void;
  /** The conditions that were published last, so that transition times survive a restart. */
  previous(key: BindingKey): readonly Condition[];
  /** The original list of an instance was put back, or it was let go without. */
  restored?(end: RestorationEnd): void;
  /** Calls for these bindings go to another generation of the API from now on; Ready's message ends with the note too. */
  apiMoved?(bindings: readonly Binding[], note: string): void;
}

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
  /** What let the write pass a guard, such as `approved sha256:… by alice at …`; absent for an ordinary write. */
  readonly authority?: string;
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
  /** What let it pass a guard; empty for an ordinary write. */
  readonly authority: string;
  /** Undefined while it is not known; the last two were settled by reading the instance. */
  readonly outcome: WriteOutcome | 'settled-applied' | 'settled-not-applied' | undefined;
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
  /** Intents without an outcome, and writes that since `sinceMs` were accepted or ended nobody knows how and were not read back; oldest first. */
  open(sinceMs: number): readonly OpenIntent[];
  /** Writes that were intended since then, oldest first. */
  recent(sinceMs: number): readonly RecentWrite[];
}

/** An approved plan of one scope, from the moment at which its digest was that of what the scope refuses. */
export interface HeldApproval extends Approval {
  /** `account@region`. */
  readonly scope: string;
  /** True when it covers every binding of the scope; otherwise only those that name it themselves. */
  readonly everyBinding: boolean;
  readonly heldMs: number;
  /** What may change, and has not yet. */
  readonly changes: Map<InstanceId, Pick<PlanChange, 'from' | 'to'>>;
}

/** Remembers approved plans across restarts. */
export interface ApprovalStore {
  approvals(): readonly HeldApproval[];
  holdApproval(held: HeldApproval): void;
  dropApproval(held: HeldApproval): void;
}

/** Remembers nothing. */
export const noApprovals: ApprovalStore = {
  approvals: () => [],
  holdApproval: () => {},
  dropApproval: () => {},
};

/** What is remembered of instances across restarts. */
export interface Inventory {
  owners(): ReadonlyMap<InstanceId, BindingKey>;
  /** Records owners (undefined: released). */
  own(changes: Iterable<readonly [InstanceId, BindingKey | undefined]>): void;
  /** Remembers the list that an instance had before it was first written; later calls for the same owner change nothing. */
  keepOriginal(originals: Iterable<readonly [InstanceId, GroupList]>): void;
  /** The list that an instance had before it was first written; undefined when it never was since somebody owns it. */
  original(id: InstanceId): GroupList | undefined;
  /** What bindings owe their instances. */
  pledges(): readonly Pledge[];
  /** Records what is owed (undefined: fulfilled or given up). */
  pledge(changes: Iterable<readonly [InstanceId, Pledge | undefined]>): void;
}

/** Where original lists outlive the process when its own state does not. */
export interface Safekeeping {
  /** Whether the original list of the instance is kept for this owner. When it is not, it is kept with the owner's next verdict. */
  has(owner: Binding, id: InstanceId): boolean;
  /** Tells of instances whose lists were asked for and are kept now. */
  onKept(listener: (ids: readonly InstanceId[]) => void): void;
}
