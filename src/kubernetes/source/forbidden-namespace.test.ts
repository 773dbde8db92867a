import { expect, it } from 'vitest';
import { silentListener } from '../../../test/faults/silent-listener.ts';
import { seededRandom } from '../../runtime/random.ts';
import { VirtualClock } from '../../runtime/virtual-clock.ts';
import type { KubeConnection } from '../client/kube-connection.ts';
import { KubeError } from '../client/kube-error.ts';
import { KubernetesSource } from './kubernetes-source.ts';

const END = {
  type: 'BOOKMARK',
  object: {
    metadata: { name: '', resourceVersion: '2', annotations: { 'k8s.io/initial-events-end': 'true' } },
  },
};
const object = (namespace: string, instance: string) => ({
  type: 'ADDED',
  object: {
    metadata: { name: 'web', namespace, uid: namespace, generation: 1, resourceVersion: '1' },
    spec: { region: 'ap-guangzhou', instanceIds: [instance], sgIds: ['sg-00000001'] },
  },
});

/** Two namespaces, of which the server keeps some from us for as long as it is told to. */
function setUp(forbidden: Set<string>, over: { labelSelector?: string } = {}) {
  const clock = new VirtualClock();
  const stop = new AbortController();
  const said: string[] = [];
  const note = (level: string) => (fields: object, words: string) =>
    void said.push(`${level} ${words} ${JSON.stringify(fields)}`);
  const log = { debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error') };
  const broken = new Set<string>();
  const missing = new Set<string>();
  const asked: string[] = [];
  const check = (path: string) => {
    const namespace = /namespaces\/(\w+)\//.exec(path)?.[1] ?? '';
    if (path.endsWith('/web')) asked.push(namespace);
    if (broken.has(namespace)) throw new KubeError('down', { status: 503, reason: 'ServiceUnavailable' });
    if (missing.has(namespace)) throw new KubeError('no', { status: 404, reason: 'NotFound' });
    if (forbidden.has(namespace)) throw new KubeError('no', { status: 403, reason: 'Forbidden' });
    return namespace;
  };
  const ends = new Map<string, AbortController>();
  const vanish = new Set<string>();
  const connection: Pick<KubeConnection, 'lines' | 'json' | 'nextReply'> = {
    async *lines({ path }, signal) {
      const namespace = check(path);
      yield [];
      if (path.includes('sendInitialEvents')) {
        yield [object(namespace, namespace === 'shop' ? 'ins-00000001' : 'ins-00000002'), END];
      }
      const end = new AbortController();
      ends.set(namespace, end);
      const signals = [stop.signal, end.signal, signal];
      await clock.sleep(1e9, AbortSignal.any(signals)).catch(() => {});
      if (vanish.has(namespace)) yield [{ ...object(namespace, ''), type: 'DELETED' }];
      signal.throwIfAborted();
    },
    json: (async ({ path }: { path: string }) => {
      check(path);
      return { metadata: { resourceVersion: '2' } };
    }) as never,
    nextReply: () => new Promise(() => {}),
  };
  const restated: string[] = [];
  const source = new KubernetesSource({
    connection: connection as KubeConnection,
    namespaces: ['shop', 'other'],
    onStatus: (keys) => restated.push(...keys),
    ...over,
    clock,
    random: seededRandom(1),
    log,
  });
  const reported: string[] = [];
  const running = source.run(
    {
      ...silentListener,
      changed: (keys) => void reported.push([...keys].sort().join()),
      revision: () => {},
      problem: () => {},
    },
    stop.signal,
  );
  const close = () => {
    stop.abort();
    return running;
  };
  return { clock, source, said, reported, ends, close, broken, asked, vanish, restated, missing };
}

const unfollowed = (source: KubernetesSource, key: string) => source.get(key as never)?.unfollowed;

it('a namespace that may not be read from the start holds up no other, and is named at level warn', async () => {
  const { clock, source, said, reported, close } = setUp(new Set(['other']));
  await clock.advance(60_000);
  expect(source.synced).toBe(true);
  expect(source.isFollowing(clock.now())).toBe(true);
  expect(reported.join()).toContain('shop/web');
  expect(unfollowed(source, 'shop/web')).toBeUndefined();
  expect([...source.unfollowed()].map(([namespace]) => namespace)).toEqual(['other']);
  expect(said.filter((line) => line.startsWith('warn namespace "other" cannot be followed'))).toHaveLength(1);
  await close();
});

it('a namespace that may not be read any more keeps its claims, is written no more, and comes back', async () => {
  const forbidden = new Set<string>();
  const { clock, source, reported, ends, close } = setUp(forbidden);
  await clock.advance(1_000);
  expect(reported).toEqual(['other/web,shop/web']);
  forbidden.add('other');
  ends.get('other')?.abort();
  await clock.advance(60_000);
  expect(reported.slice(1).filter(Boolean)).toEqual(['other/web']);
  expect(source.get('other/web' as never)).toMatchObject({
    instanceIds: ['ins-00000002'],
    unfollowed: expect.stringContaining('"other"'),
  });
  expect(unfollowed(source, 'shop/web')).toBeUndefined();
  expect(source.isFollowing(clock.now())).toBe(true);
  forbidden.clear();
  await clock.advance(60_000);
  expect(unfollowed(source, 'other/web')).toBeUndefined();
  expect(reported.at(-1)).toBe('other/web');
  await close();
});

it('nothing is followed where every namespace may not be read', async () => {
  const { clock, source, close } = setUp(new Set(['shop', 'other']));
  await clock.advance(60_000);
  expect([source.synced, source.isFollowing(clock.now())]).toEqual([false, false]);
  await close();
});

it('a namespace that may be read again within the grace of its watch is followed again', async () => {
  const forbidden = new Set<string>();
  const { clock, source, ends, close } = setUp(forbidden);
  await clock.advance(1_000);
  forbidden.add('other');
  ends.get('other')?.abort();
  await clock.advance(1_000);
  expect(unfollowed(source, 'other/web')).toContain('"other"');
  forbidden.clear();
  await clock.advance(3_000);
  expect(unfollowed(source, 'other/web')).toBeUndefined();
  await close();
});

it('an outage does not make a namespace that may not be read one that holds up the others', async () => {
  const forbidden = new Set(['other']);
  const { clock, source, said, broken, close } = setUp(forbidden);
  await clock.advance(10_000);
  broken.add('other');
  for (let second = 0; second < 60; second++) {
    await clock.advance(1_000);
    expect(source.isFollowing(clock.now())).toBe(true);
  }
  expect(said.filter((line) => line.startsWith('info'))).toEqual([]);
  await close();
});

it('a namespace that takes the rights away is noticed within half a minute, although its watch goes on', async () => {
  const forbidden = new Set<string>();
  const { clock, source, said, close } = setUp(forbidden);
  await clock.advance(1_000);
  forbidden.add('other');
  await clock.advance(31_000);
  expect(unfollowed(source, 'other/web')).toContain('"other"');
  await clock.advance(300_000);
  expect(said.filter((line) => /^warn .*other/.test(line))).toHaveLength(1);
  await close();
});

it('what was to be written into a namespace meanwhile is looked at again', async () => {
  const forbidden = new Set(['other']);
  const { clock, source, restated, close } = setUp(forbidden);
  await clock.advance(10_000);
  expect([source.isOpen('shop'), source.isOpen('other')]).toEqual([true, false]);
  restated.length = 0;
  forbidden.clear();
  await clock.advance(60_000);
  expect(source.isOpen('other')).toBe(true);
  expect(restated).toContain('other/web');
  await close();
});

it('an object that vanished from a namespace that may not be read keeps its claims and is not written', async () => {
  const forbidden = new Set<string>();
  const { clock, source, reported, ends, asked, vanish, close } = setUp(forbidden, { labelSelector: 'a=b' });
  await clock.advance(1_000);
  forbidden.add('other');
  vanish.add('other');
  ends.get('other')?.abort();
  await clock.advance(60_000);
  expect(unfollowed(source, 'other/web')).toContain('"other"');
  expect(reported.at(-1)).toBe('other/web');
  const before = asked.length;
  await clock.advance(60_000);
  expect(asked, 'nobody asks what cannot be answered').toHaveLength(before);
  await close();
});

it('of a kind that is not there any more it is known that it has no objects', async () => {
  const forbidden = new Set(['other']);
  const { clock, source, ends, missing, close } = setUp(forbidden);
  await clock.advance(1_000);
  const followed = () => ['shop', 'other'].map((namespace) => source.isFollowed(namespace, clock.now()));
  expect(followed()).toEqual([true, false]);
  missing.add('shop');
  ends.get('shop')?.abort();
  await clock.advance(60_000);
  expect(followed()).toEqual([true, false]);
  expect([...source.finalized()]).toEqual([]);
  await close();
});

it('what was read stays read where every namespace may not be read any more, and nothing is followed', async () => {
  const forbidden = new Set<string>();
  const { clock, source, said, close } = setUp(forbidden);
  await clock.advance(1_000);
  forbidden.add('shop').add('other');
  await clock.advance(60_000);
  expect([source.synced, source.isFollowing(clock.now())]).toEqual([true, false]);
  expect(unfollowed(source, 'shop/web')).toContain('"shop"');
  expect(said.filter((line) => line.startsWith('warn'))).toHaveLength(2);
  await close();
});
