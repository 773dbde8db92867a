import { expect, it } from 'vitest';
import { KubeConnection } from '../../src/kube/kube-connection.ts';
import type { KubeObject } from '../../src/kube/kube-object.ts';
import { LeaseMembers, MEMBER_LABELS } from '../../src/kube/lease-members.ts';
import { microTime } from '../../src/kube/micro-time.ts';
import { Reflector } from '../../src/kube/reflector.ts';
import { ScopeLeases } from '../../src/kube/scope-leases.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { silentLog } from '../../src/runtime/log.ts';
import { systemRandom } from '../../src/runtime/random.ts';
import { StatusWriter } from '../../src/sinks/kubernetes/status-writer.ts';
import { until } from '../cli/until.ts';
import { startChaosProxy } from './chaos-proxy.ts';
import { type Cluster, describeCluster } from './cluster.ts';

const base = { clock: systemClock, random: systemRandom, log: silentLog };
const PATH = '/api/v1/namespaces/default/configmaps';

function connect(c: Cluster, server?: string): Promise<KubeConnection> {
  const kubeconfig = c.plane.kubeconfigFor(`room-${Math.floor(systemRandom.next() * 1e9)}`, {
    credentials: { token: 'admin-token' },
    namespace: 'default',
    server,
  });
  return KubeConnection.load({ ...base, kubeconfig });
}

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
    const told: string[][] = [];
    const reflector = new Reflector({
      ...base,
      connection,
      path: PATH,
      labelSelector: 'mine=yes',
      onChange: (keys) => told.push([...keys].sort()),
    });
    const running = reflector.run(stop.signal);
    await until('the list', () => reflector.synced);
    expect(told, 'the whole list at once').toEqual([['default/a', 'default/b', 'default/c']]);
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
      const options = { ...base, connection, namespace: 'default' };
      const leases = new ScopeLeases({ ...options, identity, members: new LeaseMembers(options) });
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
    const options = { ...base, connection, namespace: 'default' };
    const leases = new ScopeLeases({ ...options, identity: 'b', members: new LeaseMembers(options) });
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

  it('writes one status for each settled change, the newest, and none for an object of the same name', async () => {
    const c = cluster();
    const connection = await connect(c);
    const stop = new AbortController();
    await c.apply('status', { instanceIds: ['ins-aaaaaaaa'], sgIds: ['sg-aaaaaaaa'] });
    const { uid = '' } = JSON.parse(await c.kubectl('get', 'csgb', 'status', '-o', 'json')).metadata as {
      uid?: string;
    };
    const writer = new StatusWriter({ ...base, connection, signal: stop.signal, onWritten: () => {} });
    for (let count = 0; count <= 20; count++)
      writer.write({ key: 'default/status', uid, status: { instanceCount: count } });
    await writer.idle();
    expect(JSON.parse(await c.kubectl('get', 'csgb', 'status', '-o', 'json')).status.instanceCount).toBe(20);
    expect(writer.writes).toBeLessThanOrEqual(2);
    writer.write({ key: 'default/status', uid, status: { instanceCount: 20 } });
    await writer.idle();
    expect(writer.writes).toBeLessThanOrEqual(2);
    writer.write({ key: 'default/status', uid: 'another', status: { instanceCount: 7 } });
    await writer.idle();
    expect(JSON.parse(await c.kubectl('get', 'csgb', 'status', '-o', 'json')).status.instanceCount).toBe(20);
    stop.abort();
    await connection.close();
  });
});
