import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { until } from '../cli/until.ts';
import { type Cluster, describeCluster } from './cluster.ts';
import type { Operator } from './operator.ts';

const FINALIZER = 'cvmsg.dev/restore';
const execute = promisify(execFile);

interface Raw {
  readonly metadata: { readonly finalizers?: readonly string[] };
  readonly status?: {
    readonly lastHandledReconcileAt?: string;
    readonly instances?: readonly {
      readonly instanceId: string;
      readonly originalSgIds?: readonly string[];
    }[];
  };
}

const raw = async (c: Cluster, name: string): Promise<Raw> =>
  JSON.parse(await c.kubectl('get', 'csgb', name, '-o', 'json')) as Raw;

describeCluster('the controls of an object', { instances: 12 }, (cluster) => {
  const groups = (c: Cluster, ...indexes: number[]) =>
    indexes.map((index) => c.cloud.groups[index] as string);
  const instance = (c: Cluster, index: number) => c.cloud.instances[index] as string;

  let running: Operator | undefined;

  it('a finalizer and the original lists stand on an object that restores, and on no other', async () => {
    const c = cluster();
    running = c.operator();
    const before = c.cloud.list(instance(c, 0));
    await c.apply('back', {
      instanceIds: c.cloud.instances.slice(0, 2),
      sgIds: groups(c, 3, 4),
      deletionPolicy: 'Restore',
    });
    await c.apply('keep', { instanceIds: [instance(c, 5)], sgIds: groups(c, 3) });
    await Promise.all([c.ready('back'), c.ready('keep')]);
    await until('the finalizer', async () => (await raw(c, 'back')).metadata.finalizers?.includes(FINALIZER));
    expect((await raw(c, 'keep')).metadata.finalizers).toBeUndefined();
    const listed = (await raw(c, 'back')).status?.instances ?? [];
    const first = listed.find(({ instanceId }) => instanceId === instance(c, 0));
    expect(first?.originalSgIds?.join(' ')).toBe(before);
  });

  it('a deleted object is gone when the lists are back, also for a controller without a memory of its own', async () => {
    const c = cluster();
    const originals = new Map(
      (await raw(c, 'back')).status?.instances?.map((one) => [one.instanceId, one.originalSgIds?.join(' ')]),
    );
    await running?.stop('SIGKILL');
    await c.kubectl('delete', 'csgb', 'back', '--wait=false');
    expect(c.cloud.list(instance(c, 0))).toBe(groups(c, 3, 4).join(' '));
    running = c.operator();
    await c.kubectl('wait', '--for=delete', 'csgb/back', '--timeout=60s');
    for (const index of [0, 1]) {
      expect(c.cloud.list(instance(c, index))).toBe(originals.get(instance(c, index)));
    }
  });

  it('an instance that leaves the object gets its list back', async () => {
    const c = cluster();
    const before = c.cloud.list(instance(c, 2));
    const spec = { sgIds: groups(c, 4, 3), deletionPolicy: 'Restore' };
    await c.apply('leaving', { instanceIds: c.cloud.instances.slice(2, 4), ...spec });
    await c.ready('leaving');
    await c.apply('leaving', { instanceIds: [instance(c, 3)], ...spec });
    await until('the list from before', () => c.cloud.list(instance(c, 2)) === before);
    await until('a status without it', async () => {
      const listed = (await raw(c, 'leaving')).status?.instances ?? [];
      return listed.length === 1 && listed[0]?.instanceId === instance(c, 3);
    });
  });

  it('an object whose instance is gone is let go, and an event says why', async () => {
    const c = cluster();
    await c.apply('gone', {
      instanceIds: [instance(c, 6)],
      sgIds: groups(c, 4, 3),
      deletionPolicy: 'Restore',
    });
    await c.ready('gone');
    c.cloud.simulator.state.removeInstance(instance(c, 6));
    await c.kubectl('delete', 'csgb', 'gone', '--timeout=20s');
    await until('the event', async () =>
      (await c.kubectl('get', 'events', '-A')).includes('the cloud knows no such instance any more'),
    );
  });

  it('the finalizer goes with the policy', async () => {
    const c = cluster();
    await c.kubectl('patch', 'csgb', 'leaving', '--type=merge', '-p', '{"spec":{"deletionPolicy":"Retain"}}');
    await until('no finalizer', async () => (await raw(c, 'leaving')).metadata.finalizers === undefined);
    await c.kubectl('delete', 'csgb', 'leaving', '--timeout=10s');
    expect(c.cloud.list(instance(c, 3))).toBe(groups(c, 4, 3).join(' '));
  });

  it('a request is handled at once and echoed, whichever annotation makes it', async () => {
    const c = cluster();
    await c.apply('asked', { instanceIds: [instance(c, 7)], sgIds: groups(c, 1), interval: '24h' });
    await c.ready('asked');
    c.cloud.simulator.state.setList(instance(c, 7), groups(c, 2));
    await c.kubectl('annotate', 'csgb', 'asked', 'reconcile.fluxcd.io/requestedAt=2026-01-01T00:00:00Z');
    await until(
      'the echo',
      async () => (await raw(c, 'asked')).status?.lastHandledReconcileAt === '2026-01-01T00:00:00Z',
    );
    expect(c.cloud.list(instance(c, 7))).toBe(groups(c, 1).join(' '));
    const cli = ['src/main.ts', 'reconcile', 'asked', '-n', 'default', '--wait', '--kubeconfig'];
    const { stdout } = await execute(process.execPath, [...cli, c.plane.kubeconfig]);
    expect(stdout).toMatch(/default\/asked: handled/);
  });

  it('a suspension until a time is said, and ends by itself', async () => {
    const c = cluster();
    const until10s = new Date(Date.now() + 6_000).toISOString();
    await c.apply('later', { instanceIds: [instance(c, 8)], sgIds: groups(c, 2, 1), suspendUntil: until10s });
    await until('the condition', async () =>
      (await c.binding('later')).status?.conditions?.some(
        ({ type, message }) => type === 'Suspended' && message.includes(`until ${until10s}`),
      ),
    );
    await c.ready('later');
    expect(c.cloud.list(instance(c, 8))).toBe(groups(c, 2, 1).join(' '));
  });
});
