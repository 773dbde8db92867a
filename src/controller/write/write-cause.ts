import type { Claim } from '../../core/claim.ts';
import type { InstanceRecord } from '../../core/instance-record.ts';
import type { WriteCause } from '../../sinks/port.ts';

/** Why an instance would be written now. */
export function writeCause(record: InstanceRecord, claim: Claim): WriteCause {
  if (claim.restores) return 'restored';
  if (record.settled) return 'drift';
  return record.firstSeen ? 'first-seen' : 'declared';
}
