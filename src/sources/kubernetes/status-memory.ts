/** What the status of an object remembers for the process that comes next. */
import { type BindingKey, bindingKey, type InstanceId } from '../../api/ids.ts';
import type { Binding, GroupList } from '../../core/model.ts';
import type { Pledge } from '../../core/restoration.ts';
import type { RememberedMembers } from '../port.ts';
import type { BindingObject } from './binding-object.ts';

/** Whether an instance, or every one without an id, was in sync with the object's present spec when its status was last written. */
export function wasInSync({ metadata, status }: BindingObject, id?: InstanceId): boolean {
  if (status === undefined || status.observedGeneration !== metadata.generation) return false;
  if (status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True')) return true;
  return status.instances?.some(({ instanceId, state }) => instanceId === id && state === 'InSync') ?? false;
}

/** The instances of an object when its status was last written; undefined when there were none. */
export function membersFromStatus({ status }: BindingObject): RememberedMembers | undefined {
  const { instances = [], omittedInstances: unnamed = 0 } = status ?? {};
  const ids = instances
    .filter(({ state }) => state !== 'Restoring')
    .map(({ instanceId }) => instanceId as InstanceId);
  return ids.length + unnamed === 0 ? undefined : { ids: ids.sort(), unnamed };
}

type ListedInstance = NonNullable<NonNullable<BindingObject['status']>['instances']>[number];

const NOT_HELD: readonly string[] = ['Conflicted', 'Restoring', 'NotFound'];

/** Whether the object held a listed instance: it was allowed to, and the instance was read. */
function isHeld({ state, reason, sgIds, lastWriteTime }: ListedInstance): boolean {
  const wasRead = sgIds !== undefined || lastWriteTime !== undefined;
  return wasRead && reason !== 'NotAllowed' && !NOT_HELD.includes(state);
}

/** The instances that the status of an object lists as its own. */
export function ownedInStatus({ status }: BindingObject): InstanceId[] {
  return (status?.instances ?? []).filter(isHeld).map(({ instanceId }) => instanceId as InstanceId);
}

/** The instances of the spec that the status has no room for: those that the object does not hold are listed first of all. */
export function omittedByStatus({ spec, status }: BindingObject): InstanceId[] {
  const { instances = [], omittedInstances = 0 } = status ?? {};
  const declared: unknown = spec?.instanceIds;
  if (omittedInstances === 0 || !Array.isArray(declared)) return [];
  // Where the list ends among those that it does not hold, nobody knows whose the rest are.
  const last = instances.at(-1);
  if (last === undefined || !isHeld(last)) return [];
  const listed = new Set<string>(instances.map(({ instanceId }) => instanceId));
  return (declared as InstanceId[]).filter((id) => !listed.has(id));
}

/**
 * Who owned which instance when the statuses were last written. An instance that a status omits is its object's when
 * none lists it; that of an object that was edited since counts last, because the instance may be new to it.
 */
export function ownersFromStatus(objects: Iterable<BindingObject>): Map<InstanceId, BindingKey> {
  const owners = new Map<InstanceId, BindingKey>();
  const omitting: BindingObject[] = [];
  for (const object of objects) {
    for (const id of ownedInStatus(object)) owners.set(id, keyOfObject(object));
    if ((object.status?.omittedInstances ?? 0) > 0) omitting.push(object);
  }
  for (const isEdited of [false, true]) {
    const told = new Map<InstanceId, BindingKey | undefined>();
    for (const object of omitting) {
      const { metadata, status } = object;
      if ((status?.observedGeneration !== metadata.generation) !== isEdited) continue;
      for (const id of omittedByStatus(object)) {
        // Two that say the same tell nothing.
        if (!owners.has(id)) told.set(id, told.has(id) ? undefined : keyOfObject(object));
      }
    }
    for (const [id, key] of told) if (key !== undefined) owners.set(id, key);
  }
  return owners;
}

function keyOfObject({ metadata: { namespace = 'default', name } }: BindingObject): BindingKey {
  return bindingKey(namespace, name);
}

/** The original lists in the status of an object. */
export function originalsFromStatus({ status }: BindingObject): [InstanceId, GroupList][] {
  return (status?.instances ?? []).flatMap(({ instanceId, state, originalSgIds }) =>
    state === 'Conflicted' || originalSgIds === undefined
      ? []
      : [[instanceId as InstanceId, originalSgIds as readonly string[] as GroupList]],
  );
}

/** What a binding owes the instances in the status of its object. */
export function* pledgesFromStatus(object: BindingObject, binding: Binding): Generator<Pledge> {
  if (binding.deletionPolicy !== 'Restore') return;
  for (const [instanceId, original] of originalsFromStatus(object)) yield { instanceId, binding, original };
}
