/** One line of a plan: what would be done to one instance, and what stands between. */

import type { BindingKey, InstanceId } from '../api/ids.ts';
import { failureText } from './cloud-error.ts';
import { type DecideContext, decide } from './decide.ts';
import type { GuardResult } from './guard-port.ts';
import { type InstanceRecord, isObserved } from './instance.ts';
import type { Binding, GroupList, Origin, Scope } from './model.ts';
import type { Step } from './plan.ts';

export interface PlanRow {
  readonly instanceId: InstanceId;
  readonly instanceName?: string;
  readonly binding: BindingKey;
  readonly origin: Origin;
  readonly scope: Scope;
  /** Absent when the instance could not be read, or the binding may not name it. */
  readonly observed?: GroupList;
  readonly desired: GroupList;
  /** Empty when nothing has to be done, or the instance could not be read. */
  readonly steps: readonly Step[];
  /** Why the steps would not be done. */
  readonly guard?: GuardResult;
  /** Why the instance could not be read: the cloud does not know it, or the read failed. */
  readonly problem?: string;
  /** The cloud does not know the instance: reading it again would not help. */
  readonly missing?: true;
}

/** Why nothing is done about an instance, or nothing is told of what it has; empty when nothing stands between. */
export function obstacleText({ guard, problem }: PlanRow): string {
  return guard?.message ?? problem ?? '';
}

/** What a binding names and tenancy refuses: nothing is told of the instance that was read. */
export function refusedRow(instanceId: InstanceId, binding: Binding, message: string): PlanRow {
  const { key, origin, scope, sgIds } = binding;
  const result = { guard: 'tenancy', outcome: 'refused', reason: 'NotAllowed', message } as const;
  return { instanceId, binding: key, origin, scope, desired: sgIds, steps: [], guard: result };
}

/** The plan for one claimed instance, from its last observation; a write that was sent and is not read back leaves nothing to do. */
export function planRow(
  record: InstanceRecord | undefined,
  context: DecideContext & { readonly instanceId: InstanceId },
): PlanRow {
  const { owner } = context.claim;
  const base = {
    instanceId: context.instanceId,
    binding: owner.key,
    origin: owner.origin,
    scope: owner.scope,
    desired: owner.sgIds,
  };
  if (record === undefined || !isObserved(record)) {
    const failure = record?.readFailure?.error;
    if (record?.missing) {
      const { region, account } = owner.scope;
      const problem = `the cloud knows no such instance in ${region} (credentials ${account})`;
      return { ...base, steps: [], problem, missing: true };
    }
    const problem = failure === undefined ? 'not read yet' : failureText(failure, owner.scope.region);
    return { ...base, steps: [], problem };
  }
  const { observed } = record;
  const decision = decide(record, context);
  const result = decision.kind === 'held' ? decision.result : undefined;
  return {
    ...base,
    ...(observed.name === undefined ? {} : { instanceName: observed.name }),
    observed: observed.sgIds,
    steps: decision.kind === 'held' || decision.kind === 'write' ? decision.steps : [],
    ...(result === undefined ? {} : { guard: result }),
  };
}
