/** The change that would be made of one instance, from what is known of it. */
import type { Permit } from '../../api/permit.ts';
import type { Claim } from '../../core/claim.ts';
import type { GuardRules } from '../../core/guard-port.ts';
import { type ChangeExposure, exposureOfChange } from '../../core/guards/exposure.ts';
import type { InstanceRecord } from '../../core/instance.ts';
import type { GroupList, ObservedInstance } from '../../core/model.ts';
import { believed } from '../../core/stale-read.ts';
import type { WriteCause } from '../../ports/journal.ts';

/** What rules of exposure say of the change to the declared list. */
export function changeExposure(
  rules: GuardRules,
  record: InstanceRecord & { observed: ObservedInstance },
  claim: Claim,
): ChangeExposure & {
  /** Somebody has opened what a rule forbids, and this closes it. */
  readonly urgent: boolean;
} {
  const { observed } = record;
  const found = exposureOfChange({ binding: claim.owner, observed, believed: believed(record), rules });
  const urgent = found.closes && found.needsApproval === undefined && writeCause(record, claim) === 'drift';
  return { ...found, urgent };
}

/** Why an instance would be written now. */
export function writeCause(record: InstanceRecord, claim: Claim): WriteCause {
  if (claim.restores) return 'restored';
  if (record.wasInSync) return 'drift';
  return record.firstSeen ? 'first-seen' : 'declared';
}

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
