/** One instance explained by the objects of a cluster. */
import type { InstanceId } from '../api/ids.ts';
import type { BindingObject } from '../kubernetes/source/binding-object.ts';
import { claimFacts, type Explanation } from './explanation.ts';
import { objectWrites } from './history/object-history.ts';
import { objectStatus, originalIn } from './object-status.ts';

/** Undefined when no object names the instance. */
export function explainObject(
  objects: readonly BindingObject[],
  instanceId: InstanceId,
): Explanation | undefined {
  const reported = objects.flatMap((object) => {
    const stored = objectStatus(object);
    const instance = stored.status.instances.find((one) => one.instanceId === instanceId);
    const named = object.spec.instanceIds?.includes(instanceId) ?? false;
    return instance === undefined && !named ? [] : [{ ...stored, object, instance }];
  });
  const listed = reported.flatMap((one) =>
    one.instance === undefined ? [] : [{ ...one, instance: one.instance }],
  );
  const facts = claimFacts(listed);
  const [named] = reported;
  if (named === undefined) return undefined;
  const owner = reported.find(({ status }) => status.key === facts.binding) ?? named;
  const { instance, object, status, declared } = owner;
  const original = originalIn(object, instanceId);
  const writes = objectWrites([object]).filter(({ instanceIds }) => instanceIds.includes(instanceId));
  return {
    ...facts,
    instanceId,
    binding: status.key,
    scope: status.scope,
    origin: status.origin,
    desired: status.sgIds,
    otherClaimants: reported.filter((one) => one !== owner).map((one) => one.status.key),
    writes: writes.length,
    ...(original === undefined ? {} : { original }),
    ...(declared?.intervalMs === undefined ? {} : { checkEveryMs: declared.intervalMs }),
    inCluster: {
      isListed: instance !== undefined,
      writes,
      ...(instance?.lastWriteMs === undefined ? {} : { lastWriteMs: instance.lastWriteMs }),
      ...(instance?.requestId === undefined ? {} : { requestId: instance.requestId }),
    },
  };
}
