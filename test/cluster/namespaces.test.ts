/** The shipped rights of some namespaces, and what becomes of a namespace that loses them. */
import { expect, it } from 'vitest';
import { until } from '../cli/until.ts';
import { type BindingObject, type Cluster, describeCluster } from './cluster.ts';
import { CONTROLLER_MANAGER, startNamespaceController } from './control-plane/namespace-controller.ts';

const OVERLAY = 'manifests/overlays/namespaced';
const RIGHTS = 'rolebinding/cvmsg-bindings';

/** Grants the rights in one namespace, and nowhere by themselves. */
async function grant(c: Cluster, namespace: string): Promise<void> {
  await c.kubectl('delete', 'clusterrolebinding', 'cvmsg', '--ignore-not-found');
  const overlay = await c.kubectl('kustomize', OVERLAY);
  const text = overlay.replaceAll('namespace: shop\n', `namespace: ${namespace}\n`);
  await c.plane.kubectlAsync(['apply', '-f', '-'], text);
}

async function make(c: Cluster, ...namespaces: readonly string[]): Promise<void> {
  for (const namespace of namespaces) {
    await c.kubectl('create', 'namespace', namespace);
    await grant(c, namespace);
  }
}

const following = (...namespaces: readonly string[]) => [
  '--role-binding=cvmsg-bindings',
  ...namespaces.map((namespace) => `--namespace=${namespace}`),
];

const id = (c: Cluster, index: number) => c.cloud.instances[index] as string;
const groups = (c: Cluster, ...indexes: number[]) => indexes.map((index) => c.cloud.groups[index] as string);
const finalizers = (c: Cluster, namespace: string) =>
  c.kubectl('get', RIGHTS, '-n', namespace, '-o', 'jsonpath={.metadata.finalizers}');
const readyIn = (c: Cluster, namespace: string, name: string) =>
  c.kubectl('wait', '--for=condition=Ready', `csgb/${name}`, '-n', namespace, '--timeout=40s');
const goneFrom = (c: Cluster, namespace: string, object: string) =>
  c.kubectl('wait', '--for=delete', object, '-n', namespace, '--timeout=60s');
const condition = async (c: Cluster, namespace: string, name: string, type: string) =>
  ((await c.binding(name, namespace)) as BindingObject).status?.conditions?.find((one) => one.type === type);

/** A binding that restores and has been written; returns the list from before. */
async function restoring(c: Cluster, namespace: string, name: string, index: number): Promise<string> {
  const before = c.cloud.list(id(c, index));
  const spec = { instanceIds: [id(c, index)], sgIds: groups(c, 4, 3), deletionPolicy: 'Restore' };
  await c.apply(name, spec, namespace);
  await readyIn(c, namespace, name);
  expect(c.cloud.list(id(c, index))).not.toBe(before);
  return before;
}

describeCluster('a namespace that grants its rights itself', { instances: 16 }, (cluster) => {
  it('keeps them until its lists are back, although they are deleted first', async () => {
    const c = cluster();
    await make(c, 'first');
    const operator = c.operator({ args: following('first') });
    const before = await restoring(c, 'first', 'web', 0);
    expect(await finalizers(c, 'first')).toContain('cvmsg.dev/restore');
    await c.kubectl('delete', 'namespace', 'first', '--wait=false');
    // What the controller of namespaces may do, which does not run here.
    await c.kubectl('delete', RIGHTS, '-n', 'first', '--wait=false');
    await expect(c.kubectl('wait', '--for=delete', RIGHTS, '-n', 'first', '--timeout=3s')).rejects.toThrow();
    await c.kubectl('delete', 'csgb', 'web', '-n', 'first', '--wait=false');
    await goneFrom(c, 'first', 'csgb/web');
    expect(c.cloud.list(id(c, 0))).toBe(before);
    await goneFrom(c, 'first', RIGHTS);
    await operator.stop();
  });

  it('keeps them also for a controller that is away meanwhile', async () => {
    const c = cluster();
    await make(c, 'away');
    const first = c.operator({ args: following('away') });
    const before = await restoring(c, 'away', 'web', 1);
    await first.stop('SIGKILL');
    await c.kubectl('delete', 'namespace', 'away', '--wait=false');
    await c.kubectl('delete', RIGHTS, 'csgb/web', '-n', 'away', '--wait=false');
    const second = c.operator({ args: following('away') });
    await goneFrom(c, 'away', 'csgb/web');
    expect(c.cloud.list(id(c, 1))).toBe(before);
    await goneFrom(c, 'away', RIGHTS);
    await second.stop();
  });

  it('gives them back at once when somebody takes them away, or deletes its last binding', async () => {
    const c = cluster();
    await make(c, 'taken', 'ended');
    const operator = c.operator({ args: following('taken', 'ended') });
    await restoring(c, 'taken', 'web', 2);
    const before = await restoring(c, 'ended', 'web', 3);
    await c.kubectl('delete', RIGHTS, '-n', 'taken', '--timeout=20s');
    await until('the word', () => operator.log().includes('namespace \\"taken\\" cannot be followed'));
    await c.kubectl('delete', 'csgb', 'web', '-n', 'ended', '--timeout=40s');
    expect(c.cloud.list(id(c, 3))).toBe(before);
    await until('the end of the finalizer', async () => (await finalizers(c, 'ended')) === '');
    await operator.stop();
  });

  it('holds up no other when it takes them away, and is served again when it grants them again', async () => {
    const c = cluster();
    await make(c, 'cut', 'open');
    const operator = c.operator({
      args: [...following('cut', 'open'), '--interval=2s', '--http-listen=127.0.0.1:0'],
    });
    await c.apply('web', { instanceIds: [id(c, 4)], sgIds: groups(c, 0, 1) }, 'cut');
    await readyIn(c, 'cut', 'web');
    await c.apply('web', { instanceIds: [id(c, 5)], sgIds: groups(c, 0, 1) }, 'open');
    await c.apply('rival', { instanceIds: [id(c, 4)], sgIds: groups(c, 2) }, 'open');
    await readyIn(c, 'open', 'web');
    const conflict = () => condition(c, 'open', 'rival', 'Conflicted');
    await until('the conflict', async () => (await conflict())?.message.includes('cut/web'));

    await c.kubectl('delete', RIGHTS, '-n', 'cut');
    const words = 'namespace \\"cut\\" cannot be followed';
    await until('the word', () => operator.log().includes(words));
    // Of its own declarations, and of what somebody else does to its instance.
    await c.apply('web', { instanceIds: [id(c, 4)], sgIds: groups(c, 3) }, 'cut');
    c.cloud.simulator.state.setList(id(c, 4), groups(c, 5));
    c.cloud.simulator.state.setList(id(c, 5), groups(c, 5));
    await until('the repair', () => c.cloud.list(id(c, 5)) === groups(c, 0, 1).join(' '));
    await c.apply('web', { instanceIds: [id(c, 5)], sgIds: groups(c, 1, 0) }, 'open');
    await until('the change', () => c.cloud.list(id(c, 5)) === groups(c, 1, 0).join(' '));
    await readyIn(c, 'open', 'web');
    expect(c.cloud.list(id(c, 4))).toBe(groups(c, 5).join(' '));
    expect((await conflict())?.message).toContain('cut/web');

    const url = /"url":"(http:[^"]+)"/.exec(operator.log())?.[1];
    const page = async (path: string) => (await fetch(`${url}${path}`)).text();
    expect(await page('/readyz')).toMatch(/\[\+\] source kubernetes: .*not followed.*"cut"/);
    const metrics = await page('/metrics');
    expect(metrics).toMatch(/cvmsg_watch_following\{[^}]*namespace="cut"[^}]*\} 0/);
    expect(metrics).toMatch(/cvmsg_watch_following\{[^}]*namespace="open"[^}]*\} 1/);
    const warned = () =>
      operator
        .log()
        .split('\n')
        .filter((line) => line.startsWith('{"level":"warn"') && line.includes('cut'))
        // What each binding says of itself, and what somebody else does to its instance; the server may refuse an Event first.
        .filter((line) => !/ is not ready: |DriftChangedTraffic|an event could not be written/.test(line));
    expect(warned()).toEqual([expect.stringContaining(words)]);

    await grant(c, 'cut');
    await until('the declaration', () => c.cloud.list(id(c, 4)) === groups(c, 3).join(' '));
    await readyIn(c, 'cut', 'web');
    expect((await c.binding('web', 'cut')).status?.observedGeneration).toBe(2);
    expect(warned()).toHaveLength(1);
    await until('the metric', async () =>
      /cvmsg_watch_following\{[^}]*namespace="cut"[^}]*\} 1/.test(await page('/metrics')),
    );
    await operator.stop();
  });
});

describeCluster(
  'a namespace that is deleted, as a cluster does it',
  { instances: 6, program: CONTROLLER_MANAGER },
  (cluster) => {
    it('goes when its lists are back, in whatever order its objects are deleted', async () => {
      const c = cluster();
      await using _ = await startNamespaceController(c.plane);
      await make(c, 'going', 'staying');
      const operator = c.operator({ args: following('going', 'staying') });
      const before = [await restoring(c, 'going', 'one', 0), await restoring(c, 'going', 'two', 1)];
      await restoring(c, 'staying', 'other', 2);
      await c.kubectl('delete', 'namespace', 'going', '--timeout=90s');
      expect([c.cloud.list(id(c, 0)), c.cloud.list(id(c, 1))]).toEqual(before);
      expect(c.cloud.list(id(c, 2))).toBe(groups(c, 4, 3).join(' '));
      await operator.stop();
    });
  },
);
