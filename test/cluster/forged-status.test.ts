/** A status that somebody forged gives no list that its tenant may not name. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { until } from '../cli/until.ts';
import { type Cluster, describeCluster } from './cluster.ts';

describeCluster('a forged status', { instances: 6 }, (cluster) => {
  const groups = (c: Cluster, ...indexes: number[]) =>
    indexes.map((index) => c.cloud.groups[index] as string);
  const forge = (c: Cluster, name: string, instances: readonly object[]) =>
    c.kubectl(
      ...['patch', 'csgb', name, '--subresource=status', '--type=merge', '-p'],
      JSON.stringify({ status: { instances } }),
    );

  it('that names a foreign list, or a foreign instance, has neither written when its object goes', async () => {
    const c = cluster();
    const policy = join(c.plane.folder, 'policy.yaml');
    const [own = '', foreign = ''] = c.cloud.instances;
    const tenant = {
      name: 'all',
      namespaces: ['default'],
      groups: groups(c, 3, 4),
      instances: { ids: [own] },
    };
    writeFileSync(
      policy,
      `apiVersion: cvmsg.dev/v1alpha1\nkind: CvmsgPolicy\ntenants: [${JSON.stringify(tenant)}]\n`,
    );
    const start = () => c.operator({ args: ['--policy', policy] });
    const first = start();
    await c.apply('web', { instanceIds: [own], sgIds: groups(c, 3, 4), deletionPolicy: 'Restore' });
    await c.ready('web');
    await first.stop();
    const before = [own, foreign].map((id) => c.cloud.list(id));
    await forge(c, 'web', [
      { instanceId: own, state: 'InSync', sgIds: groups(c, 3, 4), originalSgIds: groups(c, 0) },
      { instanceId: foreign, state: 'InSync', sgIds: groups(c, 3), originalSgIds: groups(c, 3) },
    ]);
    const second = start();
    await c.ready('web');
    await c.kubectl('delete', 'csgb', 'web', '--wait=false');
    await until('both to be refused', async () =>
      [own, foreign].every((id) =>
        second
          .log()
          .split('\n')
          .some((line) => line.includes(id) && line.includes('may not name')),
      ),
    );
    await c.kubectl('wait', '--for=delete', 'csgb/web', '--timeout=30s');
    expect([own, foreign].map((id) => c.cloud.list(id))).toEqual(before);
  });
});
