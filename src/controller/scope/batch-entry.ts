import type { Permit } from '../../api/permit.ts';
import type { Claim } from '../../core/claim.ts';
import type { InstanceRecord } from '../../core/instance.ts';
import type { GroupList, ObservedInstance } from '../../core/model.ts';

/** One instance's part of a batch, decided when the token was free. */
export interface BatchEntry {
  readonly record: InstanceRecord & { observed: ObservedInstance };
  readonly claim: Claim;
  /** The list that the cloud is believed to hold before the write. */
  readonly before: GroupList;
  readonly after: GroupList;
  /** What let it pass a guard; absent for the ordinary way. */
  readonly permit?: Permit;
  /** Why nobody can tell whether it opens what the policy forbids; absent: somebody can. */
  readonly cannotTell?: string;
}
