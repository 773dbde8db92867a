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
  if (metadata.deletionTimestamp !== undefined || sameDemand(known?.spec, spec)) return undefined;
  // What an older or newer schema let through may lack it.
  if (!Array.isArray(spec?.instanceIds)) return undefined;
  return {
    scope: scopeOfObject(object),
    instanceIds: spec.instanceIds as readonly string[] as readonly InstanceId[],
  };
}

function sameDemand(a: BindingObject['spec'] | undefined, b: BindingObject['spec'] | undefined): boolean {
  return same(a?.sgIds, b?.sgIds) && same(a?.instanceIds, b?.instanceIds);
}

function same(a: readonly string[] = [], b: readonly string[] = []): boolean {
  return a.length === b.length && a.every((text, index) => text === b[index]);
}
