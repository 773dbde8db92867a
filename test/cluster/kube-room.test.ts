import { expect, it } from 'vitest';
import type { KubeObject } from '../../src/kubernetes/client/kube-object.ts';
import { microTime } from '../../src/kubernetes/client/kube-object.ts';
import { LeaseMembers, MEMBER_LABELS } from '../../src/kubernetes/client/lease-members.ts';
import { Reflector } from '../../src/kubernetes/client/reflector.ts';
import { ScopeLeases } from '../../src/kubernetes/client/scope-leases.ts';
import { StatusWriter } from '../../src/kubernetes/status/status-writer.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { silentLog } from '../../src/runtime/log.ts';
import { systemRandom } from '../../src/runtime/random.ts';
import { VirtualClock } from '../../src/runtime/virtual-clock.ts';
import { until } from '../cli/until.ts';
import { startChaosProxy } from './chaos-proxy.ts';
import { type Cluster, describeCluster } from './cluster.ts';
import { connect, replicaOn, whileTimePasses } from './lease-replica.ts';

const base = { clock: systemClock, random: systemRandom, log: silentLog };
const following = { isFollowing: () => true };
const PATH = '/api/v1/namespaces/default/configmaps';

const put = (c: Cluster, name: string, value: string) =>
  c.plane.kubectlAsync(
    ['apply', '-f', '-'],
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, labels: { mine: 'yes' } },
      data: { value },
    }),
  );

const ONE = 'one@ap-guangzhou';
const TWO = 'two@ap-guangzhou';

/** The uid of a new binding. */
async function uidOf(c: Cluster, name: string): Promise<string> {
  await c.apply(name, { instanceIds: ['ins-aaaaaaaa'], sgIds: ['sg-aaaaaaaa'] });
  return (await objectOf(c, name)).metadata.uid;
}

async function instanceCountOf(c: Cluster, name: string): Promise<number> {
  return (await objectOf(c, name)).status.instanceCount;
}

async function objectOf(c: Cluster, name: string) {
  return JSON.parse(await c.kubectl('get', 'csgb', name, '-o', 'json')) as {
    readonly metadata: { readonly uid: string };
    readonly status: { readonly instanceCount: number };
  };
}

describeCluster('the kube room', { instances: 1 }, (cluster) => {
  it.each([
    { streams: 'served', pages: 0 },
    { streams: 'refused', pages: 1 },
    { streams: 'cut', pages: 1 },
  ] as const)('lists as a stream, and in pages where streams are $streams', async ({ streams, pages }) => {
    const c = cluster();
    await using proxy = await startChaosProxy(c.plane.server);
    proxy.streams = streams;
    const connection = await connect(c, proxy.server);
    for (const name of ['a', 'b', 'c']) await put(c, name, '1');
    const stop = new AbortController();
    const reported: string[][] = [];
    const reflector = new Reflector({
      ...base,
      connection,
      path: PATH,
      labelSelector: 'mine=yes',
      onChange: (keys) => reported.push([...keys].sort()),
    });
    const running = reflector.run(stop.signal);
    await until('the list', () => reflector.synced);
    expect(reported, 'the whole list at once').toEqual([['default/a', 'default/b', 'default/c']]);
    expect(proxy.pages).toBe(pages);
    await c.kubectl('delete', 'configmap', 'c');
    await until('the deletion', () => reflector.get('default/c') === undefined);
    stop.abort();
    await running;
    await connection.close();
  });

  it('keeps a copy that follows, also through cuts, and tells what a relist found', async () => {
    const c = cluster();
    await using proxy = await startChaosProxy(c.plane.server);
    const connection = await connect(c, proxy.server);
    for (const name of ['a', 'b', 'c']) await put(c, name, '1');
    const stop = new AbortController();
    const changed: string[] = [];
    const reflector = new Reflector<KubeObject & { data: { value: string } }>({
      ...base,
      connection,
      path: PATH,
      labelSelector: 'mine=yes',
      onChange: (keys) => changed.push(...keys),
    });
    const running = reflector.run(stop.signal);
    await until('the list', () => reflector.synced);
    expect([...reflector.keys()].sort()).toEqual(['default/a', 'default/b', 'default/c']);
    expect(reflector.get('default/a')?.metadata).not.toHaveProperty('managedFields');
    await put(c, 'a', '2');
    await until('the change', () => reflector.get('default/a')?.data.value === '2');
    await until('a watch to cut', () => proxy.cutWatches() > 0);
    await c.kubectl('delete', 'configmap', 'b');
    await until('the deletion', () => reflector.get('default/b') === undefined);
    expect(reflector.stats.restarts).toBeGreaterThan(0);
    expect(changed).toContain('default/b');
    stop.abort();
    await running;
    await connection.close();
  });

  it('spreads scopes evenly over replicas, never gives one to two, and moves them when a replica leaves', async () => {
    const c = cluster();
    const scopes = ['one', 'two', 'three', 'four', 'five', 'six'].map((name) => `${name}@ap-guangzhou`);
    const acting = new Map<string, string>();
    const clashes: string[] = [];
    const replica = async (identity: string) => {
      const connection = await connect(c);
      const options = { ...base, connection, namespace: 'default', watches: 'everything' };
      const leases = new ScopeLeases({
        ...options,
        ...following,
        identity,
        members: new LeaseMembers(options),
      });
      const stop = new AbortController();
      for (const scope of scopes) leases.join(scope);
      const running = leases.run(
        {
          gained: (scope) => {
            if (acting.has(scope))
              clashes.push(`${scope} by ${identity} while ${acting.get(scope)} holds it`);
            acting.set(scope, identity);
          },
          drain: async (scope) => {
            acting.delete(scope);
          },
        },
        stop.signal,
      );
      const leave = async () => {
        for (const [scope, holder] of acting) if (holder === identity) acting.delete(scope);
        stop.abort();
        await running;
        await connection.close();
      };
      return { leases, leave };
    };
    const a = await replica('a');
    await until('all scopes', () => a.leases.counts.held === scopes.length);
    const b = await replica('b');
    const d = await replica('c');
    const counts = () => [a, b, d].map(({ leases }) => leases.counts.held);
    await until('an even spread', () => counts().every((held) => held === 2));
    await d.leave();
    await until('the rest', () => a.leases.counts.held === 3 && b.leases.counts.held === 3);
    expect(clashes).toEqual([]);
    for (const scope of scopes) {
      expect([a, b].filter(({ leases }) => leases.mayAct(scope))).toHaveLength(1);
    }
    await a.leave();
    await b.leave();
  });

  it('gives no scope to a replica that was killed before this one came', async () => {
    const c = cluster();
    const connection = await connect(c);
    const renewTime = microTime(systemClock.now());
    const lease = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'cvmsg-member-ghost', labels: MEMBER_LABELS },
      spec: { holderIdentity: 'a ghost', leaseDurationSeconds: 15, acquireTime: renewTime, renewTime },
    };
    await c.kubectl('delete', 'leases', '--all');
    await c.plane.kubectlAsync(['apply', '-f', '-'], JSON.stringify(lease));
    const options = { ...base, connection, namespace: 'default', watches: 'everything' };
    const leases = new ScopeLeases({
      ...options,
      ...following,
      identity: 'b',
      members: new LeaseMembers(options),
    });
    const moves: string[] = [];
    const stop = new AbortController();
    leases.join('one@ap-guangzhou');
    const running = leases.run(
      {
        gained: (scope) => void moves.push(`gained ${scope}`),
        drain: async (scope) => void moves.push(`drained ${scope}`),
      },
      stop.signal,
    );
    await until('some rounds', () => leases.rounds > 4);
    expect(leases.mayAct('one@ap-guangzhou')).toBe(true);
    expect(moves).toEqual(['gained one@ap-guangzhou']);
    stop.abort();
    await running;
    await connection.close();
  });

  it('gains a scope anew when a renewal comes too late, for nobody acted meanwhile', async () => {
    const c = cluster();
    await c.kubectl('delete', 'leases', '--all');
    const clock = new VirtualClock();
    await using one = await replicaOn(c, clock, 'late', [ONE]);
    await until('the lease', () => one.leases.mayAct(ONE));
    // The request leaves after two seconds, and its answer comes when the lease has run out.
    await clock.advance(11_000);
    await whileTimePasses(clock, 'the renewal', () => one.moves.length > 1);
    expect(one.moves).toEqual([`gained ${ONE}`, `gained ${ONE}`]);
    expect(one.leases.mayAct(ONE)).toBe(true);
  });

  it('keeps its other leases, and the one that it hands over, while a call of that one hangs', async () => {
    const c = cluster();
    await c.kubectl('delete', 'leases', '--all');
    const clock = new VirtualClock();
    const hanging = Promise.withResolvers<void>();
    await using a = await replicaOn(c, clock, 'a', [ONE, TWO], {
      drain: () => hanging.promise,
    });
    await until('both leases', () => a.leases.counts.held === 2);
    await using b = await replicaOn(c, clock, 'b', [ONE, TWO]);
    const round = async () => {
      const before = [a, b].map(({ leases }) => leases.rounds);
      const grown = () => [a, b].every(({ leases }, at) => leases.rounds > (before[at] ?? 0));
      await whileTimePasses(clock, 'a round of both', grown);
    };
    for (let rounds = 0; a.leases.counts.held === 2 && rounds < 20; rounds++) await round();
    const [left, kept] = a.leases.mayAct(ONE) ? [TWO, ONE] : [ONE, TWO];
    for (let rounds = 0; rounds < 10; rounds++) {
      await round();
      expect({ kept: a.leases.mayAct(kept), left: b.leases.mayAct(left) }).toEqual({
        kept: true,
        left: false,
      });
    }
    hanging.resolve();
    for (let rounds = 0; !b.leases.mayAct(left) && rounds < 20; rounds++) await round();
    expect(b.moves).toEqual([`gained ${left}`]);
  });

  it('writes no status over that of a replica which speaks for the object now', async () => {
    const c = cluster();
    await using proxy = await startChaosProxy(c.plane.server);
    const [connection, other] = [await connect(c, proxy.server), await connect(c)];
    const stop = new AbortController();
    const uid = await uidOf(c, 'handed-over');
    let leads = true;
    const options = { ...base, signal: stop.signal, onWritten: () => {} };
    const failures: string[] = [];
    const log = { ...silentLog, warn: (_: object, message: string) => void failures.push(message) };
    const former = new StatusWriter({ ...options, log, connection, mayWrite: () => leads });
    const successor = new StatusWriter({ ...options, connection: other, mayWrite: () => true });
    proxy.refuse(1, 503);
    former.write({ key: 'default/handed-over', uid, status: { instanceCount: 1 } });
    await until('an attempt that failed', () => failures.length > 0);
    leads = false;
    successor.write({ key: 'default/handed-over', uid, status: { instanceCount: 2 } });
    await Promise.all([former.idle(), successor.idle()]);
    expect(await instanceCountOf(c, 'handed-over')).toBe(2);
    expect(former.writes).toBe(0);
    stop.abort();
    await connection.close();
    await other.close();
  });

  it('writes one status for each settled change, the newest, and none for an object of the same name', async () => {
    const c = cluster();
    const connection = await connect(c);
    const stop = new AbortController();
    const uid = await uidOf(c, 'status');
    const writer = new StatusWriter({
      ...base,
      connection,
      signal: stop.signal,
      mayWrite: () => true,
      onWritten: () => {},
    });
    for (let count = 0; count <= 20; count++)
      writer.write({ key: 'default/status', uid, status: { instanceCount: count } });
    await writer.idle();
    expect(await instanceCountOf(c, 'status')).toBe(20);
    expect(writer.writes).toBeLessThanOrEqual(2);
    writer.write({ key: 'default/status', uid, status: { instanceCount: 20 } });
    await writer.idle();
    expect(writer.writes).toBeLessThanOrEqual(2);
    writer.write({ key: 'default/status', uid: 'another', status: { instanceCount: 7 } });
    await writer.idle();
    expect(await instanceCountOf(c, 'status')).toBe(20);
    stop.abort();
    await connection.close();
  });
});
