/** A claim on an instance, and the order among those who claim one. */
import type { InstanceId } from '../api/ids.ts';
import type { Binding, ObservedInstance } from './model.ts';

/** Who shall set an instance's list, and who wanted to as well. */
export interface Claim {
  readonly owner: Binding;
  /** Other claimants, in the total order. */
  readonly contenders: readonly Binding[];
  /** Whether the owner holds the instance; until then it makes nobody conflicted. */
  readonly holds: boolean;
  /** The binding has let the instance go, and its original list is put back. */
  readonly restores?: true;
  /** Because it is being deleted. */
  readonly isDeleting?: true;
}

/** What was read last of an instance through one account and region. */
export interface Observations {
  /** Null when the cloud does not know it there; undefined when it was not read. @param scope `account@region`. */
  seen(scope: string, id: InstanceId): ObservedInstance | null | undefined;
}

/** Total order among claimants: older first, a binding without a creation time last, then by key. */
export function compareClaimants(a: Binding, b: Binding): number {
  if (a.createdAt !== b.createdAt) {
    if (a.createdAt === undefined) return 1;
    if (b.createdAt === undefined) return -1;
    return a.createdAt < b.createdAt ? -1 : 1;
  }
  return a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
}
