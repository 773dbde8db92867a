/** Where statuses are told. */
import type { Condition, ConditionReason } from '../api/conditions.ts';
import type { BindingKey, InstanceId } from '../api/ids.ts';
import type { InstanceStatus } from '../core/instance-status.ts';
import type { Binding, GroupList, Origin, Scope } from '../core/model.ts';
import type { RestorationEnd } from '../core/restoration.ts';

/** The status over one binding. */
export interface BindingStatus {
  readonly key: BindingKey;
  readonly scope: Scope;
  readonly origin: Origin;
  readonly sgIds: GroupList;
  /** What is done about drift at present, such as `Enforce` or `Suspended until …`; absent for one that is being deleted. */
  readonly mode?: string;
  readonly conditions: readonly Condition[];
  readonly instanceCount: number;
  readonly inSyncCount: number;
  /** Sorted by instance id. */
  readonly instances: readonly InstanceStatus[];
  readonly lastWriteMs?: number;
  /** What the declared groups, and those that were read, are called; absent when nobody has looked. */
  readonly groupNames?: Readonly<Record<string, string>>;
  /** Rules of exposure that forbid what instances are open to already; absent: none is known. */
  readonly exposure?: readonly ExposureStatus[];
  /** The newest request to reconcile that was handled. */
  readonly lastHandledReconcileAt?: string;
  /** The text of the binding's own approval once it was taken up. */
  readonly lastHandledApproval?: string;
  /** Plans that wait for an approval, each once; absent when there is none. */
  readonly pendingPlans?: readonly PendingPlan[];
  /** Instances that left the binding and get their original lists back; absent when there are none. */
  readonly restoring?: readonly RestoringStatus[];
}

/** A plan of which something waits for an approval. */
export interface PendingPlan {
  readonly digest: string;
  readonly reason: ConditionReason;
  /** Why it waits, and how to approve it. */
  readonly message: string;
  /** Instances of the binding that wait for it; 0 for a change of members. */
  readonly instanceCount: number;
}

/** A rule of the policy, and how many instances of a binding have a list that allows what it forbids. */
export interface ExposureStatus {
  readonly rule: string;
  readonly instanceCount: number;
}

/** An instance that left its binding and gets its original list back. */
export interface RestoringStatus {
  readonly instanceId: InstanceId;
  readonly original: GroupList;
  /** What that waits for; absent while it goes on. */
  readonly waits?: Pick<InstanceStatus, 'reason' | 'message' | 'approvable'>;
}

/** Writes statuses where the users of a source look. */
export interface Sink {
  publish(statuses: readonly BindingStatus[]): void;
  /** Bindings that are not declared any more. */
  remove(keys: readonly BindingKey[]): void;
  /** The conditions that were published last, so that transition times survive a restart. */
  previous(key: BindingKey): readonly Condition[];
}

/** A sink whose statuses stand in the objects of a cluster, where other replicas and other people write too. */
export interface ObjectSink extends Sink {
  /** This process speaks for these bindings from now on; another one may have done so meanwhile. */
  gained(keys: readonly BindingKey[]): void;
  /** Tells of bindings whose status somebody else has changed where it stands: they are published again. */
  onAltered(listener: (keys: readonly BindingKey[]) => void): void;
  /** The original list of an instance was put back, or it was let go without. */
  restored(end: RestorationEnd): void;
  /** Calls for these bindings go to another generation of the API from now on; Ready's message ends with the note too. */
  apiMoved(bindings: readonly Binding[], note: string): void;
}
