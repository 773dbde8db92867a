import { expect, it } from 'vitest';
import { silentListener } from '../../../test/faults/silent-listener.ts';
import type { PrefetchHint, PrefetchTarget } from '../../ports/source.ts';
import { silentLog } from '../../runtime/log.ts';
import { seededRandom } from '../../runtime/random.ts';
import { VirtualClock } from '../../runtime/virtual-clock.ts';
import type { KubeConnection } from '../client/kube-connection.ts';
import { KubernetesSource } from './kubernetes-source.ts';

const END = {
  metadata: { name: '', resourceVersion: '2', annotations: { 'k8s.io/initial-events-end': 'true' } },
};
const object = (name: string, spec: object, over: object = {}) => ({
  type: 'ADDED',
  object: {
    metadata: { name, namespace: 'shop', uid: name, generation: 1, resourceVersion: '1', ...over },
    spec,
  },
});

/** A source over a server that sends these batches of events, one each second. */
function sourceOver(batches: readonly (readonly object[])[], onStatus?: (keys: readonly string[]) => void) {
  const clock = new VirtualClock();
  const stop = new AbortController();
  const connection: Pick<KubeConnection, 'lines'> = {
    async *lines() {
      for (const events of batches) {
        yield events;
        await clock.sleep(1_000, stop.signal).catch(() => {});
      }
      await clock.sleep(1_000_000, stop.signal).catch(() => {});
    },
  };
  const source = new KubernetesSource({
    connection: connection as KubeConnection,
    clock,
    random: seededRandom(1),
    log: silentLog,
    onStatus,
  });
  return { clock, stop, source };
}

it('is not held up by an object that another schema let through', async () => {
  const ids = ['ins-00000001'];
  const { clock, stop, source } = sourceOver([
    [
      object('bad', { region: 'ap-guangzhou', instanceIds: ids }),
      object('good', { region: 'ap-guangzhou', instanceIds: ids, sgIds: ['sg-00000001'] }),
      { type: 'BOOKMARK', object: END },
    ],
  ]);
  const prefetches: PrefetchHint[] = [];
  const changed: string[] = [];
  const running = source.run(
    {
      ...silentListener,
      prefetch: (hint) => prefetches.push(hint),
      changed: (keys) => void changed.push(...keys),
      revision: () => {},
      problem: () => {},
    },
    stop.signal,
  );
  await clock.advance(10);
  expect(source.synced).toBe(true);
  expect(changed.sort()).toEqual(['shop/bad', 'shop/good']);
  expect(prefetches.map(({ sgIds }) => sgIds)).toEqual([['sg-00000001']]);
  expect(source.get('shop/bad' as never)?.invalid).toContain('sgIds');
  stop.abort();
  await running;
});

it('tells what an event is about to declare before it tells that something was declared', async () => {
  const spec = { region: 'gz', instanceIds: ['ins-00000001'], sgIds: ['sg-00000001', 'sg-00000002'] };
  const reordered = { ...spec, sgIds: spec.sgIds.toReversed() };
  const changed = (name: string, to: object, over: object) => ({
    ...object(name, to, over),
    type: 'MODIFIED',
  });
  const { clock, stop, source } = sourceOver([
    [object('web', spec), { type: 'BOOKMARK', object: END }],
    [
      // A status write, a change of something else, a deletion and a watch that goes on ask for no read.
      { ...changed('web', spec, {}), status: { observedGeneration: 1 } },
      changed('web', { ...spec, interval: '5m' }, { generation: 2 }),
      changed('web', reordered, { generation: 3, deletionTimestamp: '2026-01-01T00:00:00Z' }),
      { type: 'BOOKMARK', object: END },
    ],
    [changed('web', { ...spec, sgIds: ['sg-00000002'] }, { generation: 4 })],
    [object('new', { ...spec, instanceIds: ['ins-00000002'] })],
    [changed('new', { ...spec, instanceIds: ['ins-00000003', 'ins-00000002'] }, { generation: 2 })],
    [object('bad', { region: 'gz' })],
    [object('null', { ...spec, sgIds: null })],
  ]);
  const reported: (PrefetchTarget | string)[] = [];
  const running = source.run(
    {
      ...silentListener,
      prefetchNow: (prefetchTarget) => reported.push(prefetchTarget),
      changed: (keys) => void reported.push([...keys].join()),
      revision: () => {},
      problem: () => {},
    },
    stop.signal,
  );
  await clock.advance(10_000);
  const scope = { account: 'default', region: 'ap-guangzhou' };
  expect(reported).toEqual([
    'shop/web',
    'shop/web',
    { scope, instanceIds: ['ins-00000001'] },
    'shop/web',
    { scope, instanceIds: ['ins-00000002'] },
    'shop/new',
    { scope, instanceIds: ['ins-00000003'] },
    'shop/new',
    'shop/bad',
    'shop/null',
  ]);
  stop.abort();
  await running;
});

const SPEC = { region: 'gz', instanceIds: ['ins-00000001'], sgIds: ['sg-00000001'] };
const APPROVAL = { digest: `sha256:${'a'.repeat(64)}`, by: 'alice', at: '2026-01-01T00:00:00Z' };
const APPROVED = `${APPROVAL.digest} by alice at ${APPROVAL.at}`;

it('tells first that there is nothing, and later only what says something else', async () => {
  const web = object('web', { region: 'gz', instanceIds: ['ins-00000001'], sgIds: ['sg-00000001'] });
  const written = { type: 'MODIFIED', object: { ...web.object, status: { observedGeneration: 1 } } };
  const { clock, stop, source } = sourceOver([
    [{ type: 'BOOKMARK', object: END }],
    [web],
    [written],
    [written],
  ]);
  const told: string[] = [];
  const changed = (keys: ReadonlySet<string>) => void told.push([...keys].join() || 'nothing');
  const running = source.run({ ...silentListener, changed }, stop.signal);
  await clock.advance(10_000);
  expect(told).toEqual(['nothing', 'shop/web']);
  stop.abort();
  await running;
});

it('knows an approval for handled when the status of its object says so, also when it is read later', async () => {
  const web = object('web', SPEC, { annotations: { 'cvmsg.dev/approved-plan': APPROVED } });
  const reported = (text: string) => ({
    ...web,
    type: 'MODIFIED',
    object: { ...web.object, status: { lastHandledApproval: text } },
  });
  const { clock, stop, source } = sourceOver([
    [web, { type: 'BOOKMARK', object: END }],
    [reported('another one')],
    [reported(APPROVED)],
  ]);
  const seen: unknown[] = [];
  const look = () => void seen.push(source.get('shop/web' as never)?.approvedPlan);
  const running = source.run(
    { ...silentListener, changed: look, revision: () => {}, problem: () => {} },
    stop.signal,
  );
  await clock.advance(10_000);
  expect([seen[0], seen.at(-1)]).toEqual([APPROVAL, { ...APPROVAL, handled: true }]);
  stop.abort();
  await running;
});

const LISTED = [
  { instanceId: 'ins-00000001', state: 'InSync', sgIds: ['sg-00000001'], originalSgIds: ['sg-00000009'] },
  { instanceId: 'ins-00000002', state: 'Conflicted' },
];

it.each([
  {
    title: 'an annotation alone is wrong: its spec, without what is wrong',
    before: [],
    now: object('web', SPEC, { annotations: { 'cvmsg.dev/emergency': 'garbage' } }),
    inForce: { instanceIds: ['ins-00000001'], sgIds: ['sg-00000001'], inForce: 'spec' },
  },
  {
    title: 'a valid form was read: that one',
    before: [object('web', { ...SPEC, deletionPolicy: 'Restore' })],
    now: object('web', { ...SPEC, sgIds: ['garbage'] }, { generation: 2, finalizers: ['cvmsg.dev/restore'] }),
    inForce: {
      instanceIds: ['ins-00000001'],
      sgIds: ['sg-00000001'],
      deletionPolicy: 'Restore',
      origin: { kind: 'kubernetes', uid: 'web', generation: 2 },
    },
  },
  {
    title: 'a valid form of another object of that name was read: what its own status lists, unwritten',
    before: [object('web', SPEC, { uid: 'other' })],
    now: object('web', { ...SPEC, sgIds: ['garbage'] }),
    inForce: { instanceIds: ['ins-00000001'], sgIds: [], inForce: 'ownership' },
  },
  {
    title:
      'no valid form was read: what its status lists, unwritten, with the policy that its finalizer tells',
    before: [],
    now: object('web', { ...SPEC, deletionPolicy: 'Tomorrow' }, { finalizers: ['cvmsg.dev/restore'] }),
    inForce: { instanceIds: ['ins-00000001'], deletionPolicy: 'Restore', inForce: 'ownership' },
  },
])('of an invalid object stays in force, when $title', async ({ before, now, inForce }) => {
  const { clock, stop, source } = sourceOver([
    [...before, { type: 'BOOKMARK', object: END }],
    [{ ...now, object: { ...now.object, status: { instances: LISTED } } }],
  ]);
  const listener = silentListener;
  const running = source.run(listener, stop.signal);
  await clock.advance(2_000);
  const binding = source.get('shop/web' as never);
  expect(binding).toMatchObject(inForce);
  expect(binding?.invalid).toMatch(/garbage|Tomorrow/);
  expect(binding?.emergency).toBeUndefined();
  expect([...source.finalized()].map(({ spec }) => spec.deletionPolicy)).toEqual(
    binding?.deletionPolicy === undefined ? [] : ['Restore'],
  );
  stop.abort();
  await running;
});

it('tells of an object that is being deleted, again when it permits something, and when it is gone', async () => {
  const DIGEST = `sha256:${'0'.repeat(64)}`;
  const deleted = { generation: 2, deletionTimestamp: '2026-01-01T00:00:00Z' };
  const event = (type: string, over: object) => ({ ...object('web', SPEC, over), type });
  const { clock, stop, source } = sourceOver([
    [object('web', SPEC), { type: 'BOOKMARK', object: END }],
    [event('MODIFIED', deleted)],
    // A status write says nothing new.
    [{ ...event('MODIFIED', deleted), status: { observedGeneration: 2 } }],
    [
      event('MODIFIED', {
        ...deleted,
        annotations: { 'cvmsg.dev/approved-plan': `${DIGEST} by bob at 2026-01-01T00:00:00Z` },
      }),
    ],
    [event('DELETED', deleted)],
  ]);
  const reported: string[] = [];
  const listener = { changed: (keys: Iterable<string>) => void reported.push(...keys), revision: () => {} };
  const running = source.run({ ...silentListener, ...listener, problem: () => {} }, stop.signal);
  const deleting = () => source.deleting().get('shop/web' as never);
  await clock.advance(2_500);
  expect(reported).toHaveLength(2);
  expect(source.get('shop/web' as never)).toBeUndefined();
  expect(deleting()).toMatchObject({
    binding: { key: 'shop/web', origin: { generation: 2 } },
    deletedMs: Date.UTC(2026, 0, 1),
  });
  await clock.advance(1_000);
  expect(deleting()?.binding.approvedPlan).toMatchObject({ digest: DIGEST, by: 'bob' });
  await clock.advance(1_000);
  expect(deleting()).toBeUndefined();
  expect(reported).toEqual(['shop/web', 'shop/web', 'shop/web', 'shop/web']);
  stop.abort();
  await running;
});

it('an object that is broken and deleted belongs to the scope that its last valid form named', async () => {
  const broken = { ...SPEC, region: 'ap-shanghai', sgIds: ['garbage'] };
  const deleted = { generation: 3, deletionTimestamp: '2026-01-01T00:00:00Z' };
  const { clock, stop, source } = sourceOver([
    [object('web', SPEC), { type: 'BOOKMARK', object: END }],
    [{ ...object('web', broken, deleted), type: 'MODIFIED' }],
  ]);
  const listener = silentListener;
  const running = source.run(listener, stop.signal);
  await clock.advance(2_000);
  const held = { account: 'default', region: 'ap-guangzhou' };
  expect(source.deleting().get('shop/web' as never)?.binding.scope).toEqual(held);
  expect(source.scope('shop/web' as never)).toEqual(held);
  stop.abort();
  await running;
});

it('tells which objects came with another status than before, whoever wrote it', async () => {
  const reported: string[] = [];
  const as = (type: string, status: object, over: object = {}) => {
    const event = object('web', SPEC, over);
    return { type, object: { ...event.object, status } };
  };
  const { clock, stop, source } = sourceOver(
    [
      [as('ADDED', { inSyncCount: 1 }), { type: 'BOOKMARK', object: END }],
      [as('MODIFIED', { inSyncCount: 1 }, { annotations: { note: 'x' } })],
      [as('MODIFIED', { inSyncCount: 0 })],
      [as('DELETED', { inSyncCount: 0 }), as('ADDED', { inSyncCount: 2 }, { uid: 'new' })],
    ],
    (keys) => reported.push(...keys),
  );
  const running = source.run(
    { ...silentListener, changed: () => {}, revision: () => {}, problem: () => {} },
    stop.signal,
  );
  await clock.advance(1_500);
  expect(reported).toEqual([]);
  await clock.advance(5_000);
  expect(reported).toEqual(['shop/web']);
  stop.abort();
  await running;
});
