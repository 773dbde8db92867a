import type { Claim } from '../../core/claim.ts';
import type { InstanceRecord } from '../../core/instance-record.ts';
import type { GroupList, ObservedInstance } from '../../core/model.ts';

/** One instance's part of a batch, decided when the token was free. */
export interface BatchEntry {
  readonly record: InstanceRecord & { observed: ObservedInstance };
  readonly claim: Claim;
  /** The list that the cloud is believed to hold before the write. */
  readonly before: GroupList;
  readonly after: GroupList;
  /** What let it pass a guard; empty for the ordinary way. */
  readonly authority: string;
}
