/** What an event of a watch is about to declare, told from as little of it as possible: a read waits for the answer. */
import { sameSequence } from '../../core/plan.ts';
import type { PrefetchTarget } from '../../ports/source.ts';
import type { WatchEvent } from '../client/collection-requests.ts';
import { type BindingObject, demandOf, scopeOfObject } from './binding-object.ts';

/**
 * The instances that an object will most likely declare anew; undefined when it asks nothing new of any.
 * @param known the object as it was before.
 */
export function prefetchTarget(
  { type, object }: WatchEvent<BindingObject>,
  known: BindingObject | undefined,
): PrefetchTarget | undefined {
  if (type !== 'ADDED' && type !== 'MODIFIED') return undefined;
  const { metadata } = object;
  // Our own status writes leave the generation as it is.
  if (known !== undefined && known.metadata.generation === metadata.generation) return undefined;
  if (metadata.deletionTimestamp !== undefined) return undefined;
  const asked = demandOf(object);
  if (asked === undefined) return undefined;
  const before = known && demandOf(known);
  const sameList = before !== undefined && sameSequence(before.sgIds, asked.sgIds);
  const unchanged = new Set(sameList ? before.instanceIds : []);
  const instanceIds = asked.instanceIds.filter((id) => !unchanged.has(id));
  return instanceIds.length === 0 ? undefined : { scope: scopeOfObject(object), instanceIds };
}
