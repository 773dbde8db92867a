/** What bindings and writes tell of one instance, as `why` and the page explain it. */
import type { BindingKey, InstanceId } from '../api/ids.ts';
import type { InstanceStatus } from './instance-status.ts';
import type { GroupList, Origin, Scope } from './model.ts';
import type { Step } from './plan.ts';

/** What the bindings that name an instance tell of it. */
export interface ClaimFacts {
  /** The binding that owns it, or owned it; absent when nothing but the journal knows it. */
  readonly binding?: BindingKey;
  readonly scope?: Scope;
  readonly origin?: Origin;
  readonly desired?: GroupList;
  /** What groups are called, as far as it is known. */
  readonly groupNames: Readonly<Record<string, string>>;
  readonly status?: InstanceStatus;
  readonly steps: readonly Step[];
  readonly otherClaimants: readonly BindingKey[];
}

export interface InstanceFacts extends ClaimFacts {
  readonly instanceId: InstanceId;
  /** The list before the first write. */
  readonly original?: readonly string[];
  readonly checkEveryMs?: number;
}
