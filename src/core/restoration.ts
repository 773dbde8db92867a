/**
 * The end of a binding's care for an instance: with `deletionPolicy: Restore` the list from before comes back. Pure.
 *
 * | what is known of the instance           | what becomes of the restoration |
 * |-----------------------------------------|---------------------------------|
 * | read back with the original list        | restored                        |
 * | the cloud knows no such instance        | gone                            |
 * | a guard refuses it                      | refused                         |
 * | a guard defers it, or an approval helps | it waits                        |
 * | the cloud refuses the write for good    | failed                          |
 * | another binding claims it               | taken over                      |
 * | differs, and its binding says Retain now | refused                        |
 * | its credentials do not exist any more   | failed, if its binding goes too |
 * | none of these for ten minutes           | late                            |
 */
import type { InstanceId } from '../api/ids.ts';
import type { Claim } from './claim.ts';
import { CREDENTIALS_NOT_FOUND } from './cloud-error.ts';
import { type DecideContext, decide } from './decide.ts';
import type { GuardResult } from './guard-port.ts';
import { type InstanceRecord, isObserved } from './instance.ts';
import type { ScopeProblem } from './instance-status.ts';
import type { Binding, GroupList } from './model.ts';

/** What a binding owes an instance. */
export interface PendingRestore {
  readonly instanceId: InstanceId;
  /** The binding as it was last declared. */
  readonly binding: Binding;
  /** The list to put back; absent while the binding still owns the instance. */
  readonly original?: GroupList;
  /** When the binding let the instance go; absent while it still owns it. */
  readonly releasedMs?: number;
}

export type RestorationOutcome = 'restored' | 'gone' | 'refused' | 'failed' | 'taken-over' | 'late';

export interface RestorationEnd {
  readonly instanceId: InstanceId;
  readonly binding: Binding;
  readonly original: GroupList;
  readonly outcome: RestorationOutcome;
  /** A sentence for people. */
  readonly message: string;
}

/** The claim of a binding that is gone on an instance that gets its original list back. */
export function restoringClaim(
  instanceId: InstanceId,
  { binding, original, isDeleting }: { binding: Binding; original: GroupList; isDeleting: boolean },
): Claim {
  // The instance has left the binding whatever its selector fits, and the list is known whatever its document says.
  const { selection: _, inForce: __, ...rest } = binding;
  const owner = { ...rest, instanceIds: [instanceId], sgIds: original };
  return { owner, contenders: [], holds: true, restores: true, ...(isDeleting ? { isDeleting } : {}) };
}

/** How a restoration ends with what is known now; undefined while it goes on. */
export function restorationEnd(
  record: InstanceRecord,
  context: DecideContext & { readonly problem: ScopeProblem },
): Pick<RestorationEnd, 'outcome' | 'message'> | undefined {
  if (record.missing) return { outcome: 'gone', message: 'the cloud knows no such instance any more' };
  if (record.writing) return undefined;
  const { cloud } = context.problem;
  // Somebody who deletes both together, such as a whole namespace, does not bring the credentials back for the binding.
  if (context.claim.isDeleting && cloud?.code === CREDENTIALS_NOT_FOUND) {
    return { outcome: 'failed', message: `its credentials went with the binding: ${cloud.message}` };
  }
  if (!isObserved(record)) return undefined;
  const decision = decide(record, context);
  switch (decision.kind) {
    case 'in-sync':
      return { outcome: 'restored', message: 'the list from before is back' };
    case 'held':
      if (isUnwanted(context.claim)) return NOT_WANTED;
      if (mayPass(decision.result)) return undefined;
      return { outcome: 'refused', message: decision.result.message };
    case 'await':
    case 'write': {
      if (decision.kind === 'write' && isUnwanted(context.claim)) return NOT_WANTED;
      const { failure } = record;
      if (failure === undefined || !failure.terminal) return undefined;
      return { outcome: 'failed', message: `${failure.error.code}: ${failure.error.message}` };
    }
    default:
      return decision satisfies never;
  }
}

/** Its binding wants nothing put back any more. */
export const NOT_WANTED = {
  outcome: 'refused',
  message: 'spec.deletionPolicy is not Restore any more',
} as const;

function isUnwanted({ owner }: Claim): boolean {
  return owner.deletionPolicy !== 'Restore';
}

/** Whether what a guard says can end within the time of a restoration: the groups or their rules are being read, a window opens, somebody approves. */
function mayPass({ reason, outcome, approvable }: GuardResult): boolean {
  const isRead = reason === 'GroupsUnverified' || (reason === 'TrafficUnknown' && outcome === 'waiting');
  return isRead || outcome === 'deferred' || approvable !== undefined;
}
