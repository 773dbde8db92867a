/** One line of a plan: what would be done to one instance, and what stands between. */

import type { BindingKey, InstanceId } from '../api/ids.ts';
import type { Claim } from './claim.ts';
import { failureText } from './cloud-error.ts';
import { guard } from './guard.ts';
import type { GuardResult, GuardRules } from './guard-port.ts';
import type { InstanceRecord } from './instance.ts';
import type { Binding, GroupList, Origin, Scope } from './model.ts';
import { plan, type Step } from './plan.ts';

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

/** The plan for one claimed instance, from its last observation. */
export function planRow(
  record: InstanceRecord | undefined,
  claim: Claim,
  context: {
    readonly instanceId: InstanceId;
    readonly rules: GuardRules;
    readonly wallMs: number;
  },
): PlanRow {
  const { owner } = claim;
  const observed = record?.observed;
  const base = {
    instanceId: context.instanceId,
    binding: owner.key,
    origin: owner.origin,
    scope: owner.scope,
    desired: owner.sgIds,
  };
  if (observed === undefined) {
    const failure = record?.readFailure?.error;
    const problem = record?.missing
      ? `the cloud knows no such instance in ${owner.scope.region} (credentials ${owner.scope.account})`
      : failure === undefined
        ? 'not read yet'
        : failureText(failure, owner.scope.region);
    return { ...base, steps: [], problem };
  }
  const steps = plan(observed.sgIds, owner.sgIds);
  const { rules, wallMs } = context;
  const result = steps.length === 0 ? undefined : guard({ binding: owner, observed, steps, rules, wallMs });
  return {
    ...base,
    ...(observed.name === undefined ? {} : { instanceName: observed.name }),
    observed: observed.sgIds,
    steps,
    ...(result === undefined ? {} : { guard: result }),
  };
}
