/** What the status of an object remembers for the process that comes next. */
import { type BindingKey, bindingKey, type InstanceId } from '../../api/ids.ts';
import type { Binding, GroupList } from '../../core/model.ts';
import { sameSequence } from '../../core/plan.ts';
import type { PendingRestore } from '../../core/restoration.ts';
import type { RememberedChange, RememberedMembers } from '../../ports/source.ts';
import { eachPortion } from '../../runtime/portions.ts';
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

/** Instances of statuses that are looked at before other work may go on. */
const LISTED_AT_ONCE = 3_000;

/**
 * Who owned which instance when the statuses were last written. An instance that a status omits is its object's when
 * none lists it; that of an object that was edited since counts last, because the instance may be new to it. Yields when
 * other work may go on.
 */
export function* ownersFromStatus(
  objects: Iterable<BindingObject>,
): Generator<void, Map<InstanceId, BindingKey>> {
  const owners = new Map<InstanceId, BindingKey>();
  const omitting: BindingObject[] = [];
  const listed = ({ status }: BindingObject) => 1 + (status?.instances?.length ?? 0);
  yield* eachPortion(
    objects,
    LISTED_AT_ONCE,
    (some) => {
      for (const object of some) {
        for (const id of ownedInStatus(object)) owners.set(id, keyOfObject(object));
        if ((object.status?.omittedInstances ?? 0) > 0) omitting.push(object);
      }
    },
    listed,
  );
  for (const isEdited of [false, true]) {
    const reported = new Map<InstanceId, BindingKey | undefined>();
    for (const object of omitting) {
      const { metadata, status } = object;
      if ((status?.observedGeneration !== metadata.generation) !== isEdited) continue;
      for (const id of omittedByStatus(object)) {
        // Two that say the same tell nothing.
        if (!owners.has(id)) reported.set(id, reported.has(id) ? undefined : keyOfObject(object));
      }
    }
    for (const [id, key] of reported) if (key !== undefined) owners.set(id, key);
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
export function* pendingRestoresFromStatus(
  object: BindingObject,
  binding: Binding,
): Generator<PendingRestore> {
  if (binding.deletionPolicy !== 'Restore') return;
  for (const [instanceId, original] of originalsFromStatus(object)) yield { instanceId, binding, original };
}

/** Whether an instance has had another list when the status of its object was last written; unknown counts as yes. */
export function wasChanged({ metadata, status }: BindingObject, id: InstanceId, list: GroupList): boolean {
  const observed = status?.observedGeneration ?? -1;
  // Nobody has looked after it before.
  if (status === undefined || observed < 1) return false;
  const listed = status.instances?.find(({ instanceId }) => instanceId === id);
  if (listed?.sgIds !== undefined) return !sameSequence(listed.sgIds as readonly string[] as GroupList, list);
  // What a status has no room for is in sync with what was declared then.
  return listed !== undefined || observed !== metadata.generation;
}

/** Writes of one entry of a history came within this time. */
const TOGETHER_MS = 60_000;

/** What was changed for an object without an approval since then, as its status tells. */
export function* changesFromStatus(
  { metadata: { namespace = 'default', uid = '', generation = 0 }, status }: BindingObject,
  sinceMs: number,
): Generator<RememberedChange> {
  const declarer = { namespace, origin: { kind: 'kubernetes', uid, generation } as const };
  const history = (status?.history ?? []).map((entry) => ({ ...entry, atMs: Date.parse(entry.time) }));
  const reported = new Map<string, number>();
  for (const { instanceId, lastWriteTime } of status?.instances ?? []) {
    const atMs = Date.parse(lastWriteTime ?? '');
    if (!(atMs >= sinceMs)) continue;
    const entries = history.filter(
      (one) => one.outcome !== 'rejected' && one.atMs <= atMs && atMs - one.atMs <= TOGETHER_MS,
    );
    const approved = entries.length > 0 && entries.every((one) => one.approvedBy !== undefined);
    if (!approved) reported.set(instanceId, atMs);
  }
  for (const { atMs, approvedBy, outcome, instanceIds = [], instanceCount = 0 } of history) {
    const counts = atMs >= sinceMs && outcome !== 'rejected' && approvedBy === undefined;
    if (!counts) continue;
    for (const id of instanceIds) reported.set(id, Math.max(atMs, reported.get(id) ?? 0));
    const known = [...reported.values()].filter((one) => one >= atMs && one - atMs <= TOGETHER_MS).length;
    for (let n = known; n < instanceCount; n++) yield { id: `${uid} ${atMs} ${n}`, declarer, atMs };
  }
  for (const [id, atMs] of reported) yield { id, declarer, atMs };
}
