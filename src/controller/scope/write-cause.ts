import type { Claim } from '../../core/claim.ts';
import type { InstanceRecord } from '../../core/instance.ts';
import type { WriteCause } from '../../ports/journal.ts';

/** Why an instance would be written now. */
export function writeCause(record: InstanceRecord, claim: Claim): WriteCause {
  if (claim.restores) return 'restored';
  if (record.wasInSync) return 'drift';
  return record.firstSeen ? 'first-seen' : 'declared';
}
