import { expect, it } from 'vitest';
import type { KubeConnection } from '../../kube/kube-connection.ts';
import { silentLog } from '../../runtime/log.ts';
import { seededRandom } from '../../runtime/random.ts';
import { VirtualClock } from '../../runtime/virtual-clock.ts';
import type { Sighting } from '../port.ts';
import { KubernetesSource } from './kubernetes-source.ts';

const END = {
  metadata: { name: '', resourceVersion: '2', annotations: { 'k8s.io/initial-events-end': 'true' } },
};
const object = (name: string, spec: object) => ({
  type: 'ADDED',
  object: { metadata: { name, namespace: 'shop', uid: name, generation: 1, resourceVersion: '1' }, spec },
});

it('is not held up by an object that another schema let through', async () => {
  const clock = new VirtualClock();
  const stop = new AbortController();
  const ids = ['ins-00000001'];
  const connection: Pick<KubeConnection, 'lines'> = {
    async *lines() {
      yield [
        object('bad', { region: 'ap-guangzhou', instanceIds: ids }),
        object('good', { region: 'ap-guangzhou', instanceIds: ids, sgIds: ['sg-00000001'] }),
        { type: 'BOOKMARK', object: END },
      ];
      await clock.sleep(1_000_000, stop.signal).catch(() => {});
    },
  };
  const source = new KubernetesSource({
    connection: connection as KubeConnection,
    clock,
    random: seededRandom(1),
    log: silentLog,
  });
  const sightings: Sighting[] = [];
  const changed: string[] = [];
  const running = source.run(
    {
      sighted: (sighting) => sightings.push(sighting),
      changed: (keys) => changed.push(...keys),
      revision: () => {},
      problem: () => {},
    },
    stop.signal,
  );
  await clock.advance(10);
  expect(source.synced).toBe(true);
  expect(changed.sort()).toEqual(['shop/bad', 'shop/good']);
  expect(sightings.map(({ sgIds }) => sgIds)).toEqual([['sg-00000001']]);
  expect(source.get('shop/bad' as never)?.invalid).toContain('sgIds');
  stop.abort();
  await running;
});
