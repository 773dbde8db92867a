/** What has to outlive the process, beside the journal. */
import type { Approval } from '../api/approval.ts';
import type { BindingKey, InstanceId } from '../api/ids.ts';
import type { Binding, GroupList } from '../core/model.ts';
import type { PlanChange } from '../core/plan.ts';
import type { PendingRestore } from '../core/restoration.ts';

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

/** Owners of one page of {@link Inventory.ownerPages}. */
export const OWNERS_OF_PAGE = 1_000;

/** What is remembered of instances across restarts. */
export interface Inventory {
  owners(): ReadonlyMap<InstanceId, BindingKey>;
  /** The same, a page at a time where it has to be read; what changes meanwhile may be missing. */
  ownerPages(): Iterable<ReadonlyMap<InstanceId, BindingKey>>;
  /** Records owners (undefined: released). */
  own(changes: Iterable<readonly [InstanceId, BindingKey | undefined]>): void;
  /** Remembers the list that an instance had before it was first written; later calls for the same owner change nothing. */
  keepOriginal(originals: Iterable<readonly [InstanceId, GroupList]>): void;
  /** The list that an instance had before it was first written; undefined when it never was since somebody owns it. */
  original(id: InstanceId): GroupList | undefined;
  /** The restores that are pending. */
  pendingRestores(): readonly PendingRestore[];
  /** Records pending restores (undefined: done or given up). */
  setPendingRestores(changes: Iterable<readonly [InstanceId, PendingRestore | undefined]>): void;
}

/** Where original lists outlive the process when its own state does not. */
export interface PersistedOriginals {
  /** Whether the original list of the instance is persisted for this owner. When it is not, the owner's next status persists it. */
  has(owner: Binding, id: InstanceId): boolean;
  /** Tells of instances whose lists were asked for and are persisted now. */
  onPersisted(listener: (ids: readonly InstanceId[]) => void): void;
}
