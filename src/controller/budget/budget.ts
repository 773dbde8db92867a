/** What lets the changes of one scope through, as its reconciler sees it. */
import type { InstanceId } from '../../api/ids.ts';
import type { GuardVerdict } from '../../core/guard-port.ts';
import type { Binding, GroupList } from '../../core/model.ts';
import type { PlanChange } from '../../core/plan-change.ts';
import type { WriteCause } from '../../sinks/port.ts';
import type { Grant } from './grants.ts';

/** A change that wants to be made. */
export interface BudgetRequest {
  readonly id: InstanceId;
  readonly binding: Binding;
  readonly from: GroupList;
  readonly cause: WriteCause;
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
  grant(id: InstanceId, change: Pick<PlanChange, 'from' | 'to'>): Grant | undefined;
  /** The write leaves. */
  sent(id: InstanceId): void;
  /** The write that has left changed nothing. @param terminal when it is not tried again for now. */
  failed(id: InstanceId, terminal: boolean): void;
  /** The instance was read back with the declared list. */
  made(id: InstanceId): void;
  /** Nothing is to be changed any more. */
  withdraw(id: InstanceId): void;
  /** Why a change waits or is refused. */
  result(id: InstanceId): GuardVerdict | undefined;
  /** Decides now with all that is known; otherwise it does so when the present turn of the event loop ends. */
  decide(): void;
  /** An approval may have come. */
  reconsider(): void;
  close(): void;
}
