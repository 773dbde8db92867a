/** An object of the API server in the words in which a state tells a binding: what it declares, and what its status says. */
import type { Condition, ConditionReason } from '../api/conditions.ts';
import { bindingKey, type InstanceId } from '../api/ids.ts';
import { INSTANCE_STATES, type InstanceState, type InstanceStatus } from '../core/instance-status.ts';
import type { GroupList } from '../core/model.ts';
import { type BindingObject, scopeOfObject } from '../kubernetes/source/binding-object.ts';
import { readBindingObject } from '../kubernetes/source/read-object.ts';
import type { PendingPlan } from '../ports/status.ts';
import type { StoredBinding } from './stored-state.ts';

type ObjectInstance = NonNullable<NonNullable<BindingObject['status']>['instances']>[number];

/** @returns what the status tells; a new object without one has no condition and no instance. */
export function objectStatus(object: BindingObject): StoredBinding {
  const { metadata, spec, status } = object;
  const { namespace = 'default', name, uid = '', generation = 0 } = metadata;
  const instances = (status?.instances ?? []).flatMap((one) => instanceStatusOf(one) ?? []);
  const { lastWriteTime, lastHandledReconcileAt, lastHandledApproval, mode } = status ?? {};
  const declared = readBindingObject(object);
  return {
    updatedMs: 0,
    declared,
    status: {
      key: bindingKey(namespace, name),
      scope: scopeOfObject(object),
      origin: { kind: 'kubernetes', uid, generation },
      sgIds: (spec.sgIds ?? []) as unknown as GroupList,
      conditions: (status?.conditions ?? []) as unknown as readonly Condition[],
      ...(mode === undefined ? {} : { mode }),
      instanceCount: status?.instanceCount ?? declared.instanceIds.length,
      inSyncCount: status?.inSyncCount ?? 0,
      instances,
      ...(lastWriteTime === undefined ? {} : { lastWriteMs: Date.parse(lastWriteTime) }),
      ...(status?.groups === undefined ? {} : { groupNames: groupNames(status.groups) }),
      ...(status?.pendingPlans === undefined ? {} : { pendingPlans: status.pendingPlans.map(pendingPlan) }),
      ...(status?.exposure === undefined ? {} : { exposure: status.exposure }),
      ...(lastHandledReconcileAt === undefined ? {} : { lastHandledReconcileAt }),
      ...(lastHandledApproval === undefined ? {} : { lastHandledApproval }),
    },
  };
}

type ObjectPlan = NonNullable<NonNullable<BindingObject['status']>['pendingPlans']>[number];

function pendingPlan({ reason, message = '', ...plan }: ObjectPlan): PendingPlan {
  return { ...plan, reason: reason as PendingPlan['reason'], message };
}

/** The list of an instance before the first write, where the object keeps it. */
export function originalIn(object: BindingObject | undefined, id: InstanceId): readonly string[] | undefined {
  return object?.status?.instances?.find(({ instanceId }) => instanceId === id)?.originalSgIds;
}

/** Instances that a status does not list, because it would be too large. */
export function omittedInstances({ status }: BindingObject): number {
  return status?.omittedInstances ?? 0;
}

function groupNames(groups: readonly { sgId: string; name?: string | undefined }[]): Record<string, string> {
  return Object.fromEntries(groups.map(({ sgId, name = '' }) => [sgId, name]));
}

/** Undefined for one that left the binding, whose original list is put back. */
function instanceStatusOf(instance: ObjectInstance): InstanceStatus | undefined {
  const { instanceId, state, sgIds, reason = state, message = '', requestId, lastWriteTime } = instance;
  if (!(INSTANCE_STATES as readonly string[]).includes(state)) return undefined;
  return {
    instanceId: instanceId as InstanceId,
    state: state as InstanceState,
    ...(sgIds === undefined ? {} : { sgIds: sgIds as unknown as GroupList }),
    reason: reason as ConditionReason,
    message,
    ...(requestId === undefined ? {} : { requestId }),
    ...(lastWriteTime === undefined ? {} : { lastWriteMs: Date.parse(lastWriteTime) }),
  };
}
