/** What lets the changes of one scope through, as its reconciler sees it. */
import type { InstanceId } from '../../api/ids.ts';
import type { GuardResult } from '../../core/guard-port.ts';
import type { Binding, GroupList } from '../../core/model.ts';
import type { WriteCause } from '../../ports/journal.ts';
import type { Grant, GrantedChange } from './grants.ts';

/** A change that wants to be made. */
export interface BudgetRequest {
  readonly id: InstanceId;
  readonly binding: Binding;
  readonly from: GroupList;
  readonly cause: WriteCause;
  /** What it opens that only an approval lets pass; undefined: nothing. */
  readonly needsApproval?: string | undefined;
  /** It closes what somebody has opened although the policy forbids it: it counts, and waits for nothing. */
  readonly urgent?: boolean;
}

export interface Budget {
  /** Learns what an earlier process changed without an approval. */
  remember(id: InstanceId, tenant: string, atMs: number): void;
  /** These are declared anew and will be read. */
  expect(ids: readonly InstanceId[]): void;
  /** Nothing more is learned of an expected instance for now. */
  unreadable(id: InstanceId): void;
  /** Asks for a change. True when it may be made at once; otherwise the instance is reconciled again when that is decided. */
  request(request: BudgetRequest): boolean;
  /** Whether the change may be made; asked again right before it is. */
  grant(id: InstanceId, change: GrantedChange): Grant | undefined;
  /** The write leaves. */
  sent(id: InstanceId): void;
  /** The write that has left changed nothing. @param terminal when it is not tried again for now. */
  failed(id: InstanceId, terminal: boolean): void;
  /** The instance was read back with the declared list. */
  made(id: InstanceId): void;
  /** Nothing is to be changed any more. */
  withdraw(id: InstanceId): void;
  /** Why a change waits or is refused. */
  result(id: InstanceId): GuardResult | undefined;
  /** Decides now, however long that takes. Without this call it decides when the present turn of the event loop ends. */
  decide(): void;
  /** Everything that is declared is known: decides about the changes that waited for that, in steps when there are many. */
  resume(): void;
  /** An approval may have come. */
  reconsider(): void;
  close(): void;
}
