import { expect, it } from 'vitest';
import { until } from '../cli/until.ts';
import { type Cluster, describeCluster } from './cluster.ts';
import type { Operator } from './operator.ts';

const WRITE = 'ModifySecurityGroupsOfInstance';

interface ListedInstance {
  readonly instanceId: string;
  readonly originalSgIds?: readonly string[];
}

/** Kills the controller in the very moment in which the cloud applies its write. */
function killedAtWrite(c: Cluster, operator: Operator): Promise<void> {
  return new Promise((resolve) => {
    const forget = c.cloud.simulator.state.onChange((change) => {
      if (change.action !== WRITE) return;
      forget();
      void operator.stop('SIGKILL').then(() => resolve());
    });
  });
}

describeCluster('an original list in a cluster without a volume', { instances: 8 }, (cluster) => {
  const id = (c: Cluster, index: number) => c.cloud.instances[index] as string;
  const groups = (c: Cluster, ...indexes: number[]) =>
    indexes.map((index) => c.cloud.groups[index] as string);
  const originals = async (c: Cluster, name: string) => {
    const { status } = JSON.parse(await c.kubectl('get', 'csgb', name, '-o', 'json')) as {
      status?: { instances?: readonly ListedInstance[] };
    };
    return status?.instances?.map(({ originalSgIds }) => originalSgIds?.join(' ')) ?? [];
  };
  const declare = (c: Cluster, name: string, index: number) =>
    c.apply(name, { instanceIds: [id(c, index)], sgIds: groups(c, 4, 3), deletionPolicy: 'Restore' });
  /** Deletes the binding under a new controller and waits until it is gone. */
  const restored = async (c: Cluster, name: string) => {
    const operator = c.operator();
    await c.ready(name, '60s');
    await until('the finalizer', async () =>
      (await c.kubectl('get', 'csgb', name, '-o', 'json')).includes('cvmsg.dev/restore'),
    );
    await c.kubectl('delete', 'csgb', name, '--timeout=60s');
    await operator.stop();
  };

  it('stands in the status before the first write, so that a controller killed between the two loses nothing', async () => {
    const c = cluster();
    const before = c.cloud.list(id(c, 0));
    c.cloud.simulator.faults.add({ kind: 'reset-before', action: WRITE });
    const operator = c.operator();
    await declare(c, 'early', 0);
    await until('the try to write', () => (c.cloud.simulator.faults.list()[0]?.fired ?? 0) > 0);
    await operator.stop('SIGKILL');
    c.cloud.simulator.faults.clear();
    expect([c.cloud.list(id(c, 0)), await originals(c, 'early')]).toEqual([before, [before]]);
    await restored(c, 'early');
    expect(c.cloud.list(id(c, 0))).toBe(before);
  });

  it('is there when the controller is killed at the very moment of its first write', async () => {
    const c = cluster();
    const before = c.cloud.list(id(c, 1));
    const operator = c.operator();
    const killed = killedAtWrite(c, operator);
    await declare(c, 'late', 1);
    await killed;
    expect(c.cloud.list(id(c, 1))).toBe(groups(c, 4, 3).join(' '));
    expect(await originals(c, 'late')).toEqual([before]);
    await restored(c, 'late');
    expect(c.cloud.list(id(c, 1))).toBe(before);
  });

  it('is put back when the object is deleted before another controller runs', async () => {
    const c = cluster();
    const before = c.cloud.list(id(c, 4));
    const operator = c.operator();
    const killed = killedAtWrite(c, operator);
    await declare(c, 'orphan', 4);
    await killed;
    expect(c.cloud.list(id(c, 4))).toBe(groups(c, 4, 3).join(' '));
    await c.kubectl('delete', 'csgb', 'orphan', '--wait=false');
    const next = c.operator();
    await c.kubectl('wait', '--for=delete', 'csgb/orphan', '--timeout=60s');
    expect(c.cloud.list(id(c, 4))).toBe(before);
    await next.stop();
  });

  it('holds up the write of its instance, and of no other, while no status can be written', async () => {
    const c = cluster();
    const before = c.cloud.list(id(c, 2));
    const role = JSON.parse(await c.kubectl('get', 'clusterrole', 'cvmsg', '-o', 'json')) as {
      rules: { resources: string[]; verbs: string[] }[];
    };
    const without = role.rules.filter(({ resources }) => !resources.some((one) => one.endsWith('/status')));
    const setRules = (rules: object) =>
      c.kubectl('patch', 'clusterrole', 'cvmsg', '--type=merge', '-p', JSON.stringify({ rules }));
    await setRules(without);
    const operator = c.operator();
    await declare(c, 'held', 2);
    await c.apply('free', { instanceIds: [id(c, 3)], sgIds: groups(c, 4, 3) });
    await until('the other write', () => c.cloud.list(id(c, 3)) === groups(c, 4, 3).join(' '));
    await until('the word', () => operator.log().includes('which deletionPolicy Restore promises'));
    expect(c.cloud.list(id(c, 2))).toBe(before);
    await setRules(role.rules);
    await until('the write', () => c.cloud.list(id(c, 2)) === groups(c, 4, 3).join(' '));
    await c.ready('held');
    expect(await originals(c, 'held')).toEqual([before]);
    await operator.stop();
  });
});
