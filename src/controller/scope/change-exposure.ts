import type { Claim } from '../../core/claim.ts';
import type { GuardRules } from '../../core/guard-port.ts';
import { type ChangeExposure, exposureOfChange } from '../../core/guards/exposure.ts';
import type { InstanceRecord } from '../../core/instance.ts';
import type { ObservedInstance } from '../../core/model.ts';
import { believed } from '../../core/stale-read.ts';
import { writeCause } from './write-cause.ts';

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
