import { expect, it } from 'vitest';
import { until } from '../cli/until.ts';
import { type Cluster, describeCluster } from './cluster.ts';

interface SeenObject {
  readonly metadata: { readonly finalizers?: readonly string[] };
  readonly status?: {
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason: string;
    }[];
    readonly instances?: readonly { readonly originalSgIds?: readonly string[] }[];
  };
}

const LABEL = 'team=shop';

describeCluster('an object of a controller that follows a label', { instances: 8 }, (cluster) => {
  const id = (c: Cluster, index: number) => c.cloud.instances[index] as string;
  const groups = (c: Cluster, ...indexes: number[]) =>
    indexes.map((index) => c.cloud.groups[index] as string);
  const object = async (c: Cluster, name: string) =>
    JSON.parse(await c.kubectl('get', 'csgb', name, '-o', 'json')) as SeenObject;
  const ready = async (c: Cluster, name: string) => {
    const found = (await object(c, name)).status?.conditions?.find(({ type }) => type === 'Ready');
    return `${found?.status} ${found?.reason}`;
  };
  const finalizers = async (c: Cluster, name: string) => (await object(c, name)).metadata.finalizers ?? [];
  const declare = async (c: Cluster, name: string, index: number, spec: object = {}) => {
    const policy = { deletionPolicy: 'Restore', ...spec };
    await c.apply(name, { instanceIds: [id(c, index)], sgIds: groups(c, 4, 3), ...policy });
    await c.kubectl('label', 'csgb', name, LABEL, '--overwrite');
  };

  it('is let go without a write, its finalizer included, when it loses the label', async () => {
    const c = cluster();
    const before = c.cloud.list(id(c, 0));
    const operator = c.operator({ args: ['--selector', LABEL] });
    await declare(c, 'moves', 0);
    await c.ready('moves');
    await until('the finalizer', async () => (await finalizers(c, 'moves')).length === 1);
    const declared = c.cloud.list(id(c, 0));
    expect(declared).toBe(groups(c, 4, 3).join(' '));
    await c.kubectl('label', 'csgb', 'moves', 'team-');
    await until('the end of the finalizer', async () => (await finalizers(c, 'moves')).length === 0);
    await until('the status', async () => (await ready(c, 'moves')) === 'Unknown NotSelected');
    expect(c.cloud.list(id(c, 0))).toBe(declared);
    // Nobody stands behind it: it can be deleted at once, and the list stays.
    await c.kubectl('delete', 'csgb', 'moves', '--timeout=20s');
    expect(c.cloud.list(id(c, 0))).toBe(declared);
    expect(before).not.toBe(declared);
    await operator.stop();
  });

  it('has its original list put back when it comes back and is deleted', async () => {
    const c = cluster();
    const before = c.cloud.list(id(c, 1));
    const operator = c.operator({ args: ['--selector', LABEL] });
    await declare(c, 'returns', 1);
    await c.ready('returns');
    await until('the finalizer', async () => (await finalizers(c, 'returns')).length === 1);
    await c.kubectl('label', 'csgb', 'returns', 'team-');
    await until('the status', async () => (await ready(c, 'returns')) === 'Unknown NotSelected');
    await c.kubectl('label', 'csgb', 'returns', LABEL);
    await c.ready('returns');
    await until('the finalizer', async () => (await finalizers(c, 'returns')).length === 1);
    await c.kubectl('delete', 'csgb', 'returns', '--timeout=60s');
    expect(c.cloud.list(id(c, 1))).toBe(before);
    await operator.stop();
  });

  it('is taken over by the controller that follows its new label', async () => {
    const c = cluster();
    const before = c.cloud.list(id(c, 2));
    const operators = [
      c.operator({ args: ['--selector', LABEL] }),
      c.operator({ args: ['--selector', 'team=bank', '--lease-namespace', 'default'] }),
    ];
    const rights = ['--role=cvmsg-leases', '--serviceaccount=cvmsg-system:cvmsg', '-n', 'default'];
    const role = JSON.parse(
      await c.kubectl('get', 'role', 'cvmsg-leases', '-n', 'cvmsg-system', '-o', 'json'),
    );
    await c.plane.kubectlAsync(
      ['apply', '-f', '-'],
      JSON.stringify({ ...role, metadata: { name: 'cvmsg-leases', namespace: 'default' } }),
    );
    await c.kubectl('create', 'rolebinding', 'cvmsg-leases', ...rights);
    await declare(c, 'handed-on', 2);
    await c.ready('handed-on');
    await until('the finalizer', async () => (await finalizers(c, 'handed-on')).length === 1);
    const declared = c.cloud.list(id(c, 2));
    const writes = () => c.cloud.simulator.calls.count('ModifySecurityGroupsOfInstance');
    const written = writes();
    await c.kubectl('label', 'csgb', 'handed-on', 'team=bank', '--overwrite');
    await c.kubectl('annotate', 'csgb', 'handed-on', 'note=handed', '--overwrite');
    await c.ready('handed-on');
    await until('the finalizer of the other', async () => (await finalizers(c, 'handed-on')).length === 1);
    expect([c.cloud.list(id(c, 2)), writes()]).toEqual([declared, written]);
    await c.kubectl('delete', 'csgb', 'handed-on', '--timeout=60s');
    expect(c.cloud.list(id(c, 2))).toBe(before);
    await Promise.all(operators.map((operator) => operator.stop()));
  });

  it('that is deleted has its original list put back as ever', async () => {
    const c = cluster();
    const before = c.cloud.list(id(c, 3));
    const operator = c.operator({ args: ['--selector', LABEL] });
    await declare(c, 'ends', 3);
    await c.ready('ends');
    await until('the finalizer', async () => (await finalizers(c, 'ends')).length === 1);
    await c.kubectl('delete', 'csgb', 'ends', '--timeout=60s');
    expect(c.cloud.list(id(c, 3))).toBe(before);
    await declare(c, 'plain', 4, { deletionPolicy: 'Retain' });
    await c.ready('plain');
    await c.kubectl('delete', 'csgb', 'plain', '--timeout=20s');
    await declare(c, 'again', 4);
    await c.ready('again');
    await operator.stop();
  });
});
