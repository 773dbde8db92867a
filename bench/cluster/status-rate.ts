/** How many statuses a second the API server itself takes, whoever sends them. */
import type { CvmSecurityGroupBindingStatus } from '../../src/api/binding.generated.ts';
import type { KubeObject } from '../../src/kubernetes/client/kube-object.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import type { Declared } from '../workload.ts';
import { inParallel } from './in-parallel.ts';
import { COLLECTION, type OperatorWorld } from './operator-world.ts';

/** As many as the controller sends. */
const AT_ONCE = 16;

/**
 * Patches one status on each of these objects, as the controller does; resolves with patches a second. The statuses are
 * taken off again.
 */
export async function statusRate(world: OperatorWorld, documents: readonly Declared[]): Promise<number> {
  const { signal } = new AbortController();
  const { items } = await world.connection.json<{ items: KubeObject[] }>(
    { method: 'GET', path: COLLECTION },
    signal,
  );
  const uids = new Map(items.map(({ metadata }) => [metadata.name, metadata.uid]));
  const patch = (name: string, operation: object) =>
    world.connection.json(
      {
        method: 'PATCH',
        path: `${COLLECTION}/${name}/status?fieldManager=cvmsg`,
        contentType: 'application/json-patch+json',
        body: [{ op: 'test', path: '/metadata/uid', value: uids.get(name) }, operation],
      },
      signal,
    );
  const startedMs = systemClock.now();
  await inParallel(documents, AT_ONCE, (document) =>
    patch(document.name, { op: 'add', path: '/status', value: statusOf(document) }),
  );
  const tookMs = systemClock.now() - startedMs;
  await inParallel(documents, AT_ONCE, ({ name }) => patch(name, { op: 'remove', path: '/status' }));
  return (documents.length / tookMs) * 1_000;
}

/** As long as the one that the controller leaves after a write; Ready is not True, so that nobody takes it for one. */
function statusOf({ instanceIds, sgIds }: Declared): CvmSecurityGroupBindingStatus {
  const time = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
  const requestId = '6c4c0f39-ae48-4769-838b-4cea9de5c690';
  const before = sgIds.toReversed();
  return {
    observedGeneration: 1,
    conditions: [
      {
        type: 'Ready',
        status: 'False',
        reason: 'Progressing',
        message: '0 of 1 in sync; the list is being written',
        lastTransitionTime: time,
        observedGeneration: 1,
      },
    ],
    instanceCount: instanceIds.length,
    inSyncCount: 0,
    instances: instanceIds.map((instanceId) => ({
      instanceId,
      state: 'Writing',
      sgIds,
      originalSgIds: before,
      reason: 'Progressing',
      requestId,
      lastWriteTime: time,
    })),
    groups: sgIds.map((sgId, index) => ({ sgId, name: `group-${index}` })),
    history: [
      {
        time,
        cause: 'declared',
        outcome: 'accepted',
        generation: 1,
        instanceCount: instanceIds.length,
        instanceIds: [...instanceIds],
        before,
        after: [...sgIds],
        requestId,
      },
    ],
    lastWriteTime: time,
  };
}
