/** What an event of a watch is about to declare, told from as little of it as possible: a read waits for the answer. */
import type { InstanceId } from '../../api/ids.ts';
import type { WatchEvent } from '../../kube/collection-requests.ts';
import type { Foresight } from '../port.ts';
import { type BindingObject, scopeOfObject } from './binding-object.ts';

/**
 * The instances that an object will most likely declare anew; undefined when it asks nothing new of any.
 * @param known the object as it was before.
 */
export function foresight(
  { type, object }: WatchEvent<BindingObject>,
  known: BindingObject | undefined,
): Foresight | undefined {
  if (type !== 'ADDED' && type !== 'MODIFIED') return undefined;
  const { metadata, spec } = object;
  // Our own status writes leave the generation as it is.
  if (known !== undefined && known.metadata.generation === metadata.generation) return undefined;
  if (metadata.deletionTimestamp !== undefined) return undefined;
  // What an older or newer schema let through may lack either.
  if (!isList(spec?.instanceIds) || !isList(spec.sgIds)) return undefined;
  const instanceIds = isSame(known?.spec?.sgIds, spec.sgIds)
    ? without(spec.instanceIds, known?.spec?.instanceIds)
    : spec.instanceIds;
  return instanceIds.length === 0
    ? undefined
    : { scope: scopeOfObject(object), instanceIds: instanceIds as readonly InstanceId[] };
}

function isList(value: unknown): value is readonly string[] {
  return Array.isArray(value);
}

function isSame(a: unknown, b: readonly string[]): boolean {
  return isList(a) && a.length === b.length && a.every((text, index) => text === b[index]);
}

function without(ids: readonly string[], known: unknown): readonly string[] {
  const before = new Set(isList(known) ? known : []);
  return ids.filter((id) => !before.has(id));
}
