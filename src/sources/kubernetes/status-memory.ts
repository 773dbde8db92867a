/** What the status of an object remembers for the process that comes next. */
import { type BindingKey, bindingKey, type InstanceId } from '../../api/ids.ts';
import type { GroupList } from '../../core/model.ts';
import type { BindingObject } from './binding-object.ts';

/** Whether an instance, or every one without an id, was in sync with the object's present spec when its status was last written. */
export function wasInSync({ metadata, status }: BindingObject, id?: InstanceId): boolean {
  if (status === undefined || status.observedGeneration !== metadata.generation) return false;
  if (status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True')) return true;
  return status.instances?.some(({ instanceId, state }) => instanceId === id && state === 'InSync') ?? false;
}

/** All instances of an object when its status was last written; undefined when the status does not list them all. */
export function membersFromStatus({ status }: BindingObject): readonly InstanceId[] | undefined {
  const { instances, omittedInstances = 0 } = status ?? {};
  if (instances === undefined || omittedInstances > 0) return undefined;
  const members = instances
    .filter(({ state }) => state !== 'Restoring')
    .map(({ instanceId }) => instanceId as InstanceId);
  return members.length === 0 ? undefined : members.sort();
}

/** The instances that the status of an object lists as its own. */
export function ownedInStatus({ status }: BindingObject): InstanceId[] {
  return (status?.instances ?? []).flatMap(({ instanceId, state }) =>
    state === 'Conflicted' || state === 'Restoring' ? [] : [instanceId as InstanceId],
  );
}

/** Who owned which instance when the statuses were last written. */
export function ownersFromStatus(objects: Iterable<BindingObject>): Map<InstanceId, BindingKey> {
  const owners = new Map<InstanceId, BindingKey>();
  for (const object of objects) {
    const { namespace = 'default', name } = object.metadata;
    for (const id of ownedInStatus(object)) owners.set(id, bindingKey(namespace, name));
  }
  return owners;
}

/** The original lists in the status of an object. */
export function originalsFromStatus({ status }: BindingObject): [InstanceId, GroupList][] {
  return (status?.instances ?? []).flatMap(({ instanceId, state, originalSgIds }) =>
    state === 'Conflicted' || originalSgIds === undefined
      ? []
      : [[instanceId as InstanceId, originalSgIds as readonly string[] as GroupList]],
  );
}
