import { expect, it } from 'vitest';
import { until } from '../cli/until.ts';
import { type Cluster, describeCluster } from './cluster.ts';
import { serviceAccountToken } from './operator.ts';
import { serviceAccountFolder, whyNoPods } from './pod.ts';

const NAMESPACE = 'cvmsg-system';
const reason = whyNoPods();
const note = reason === undefined ? '' : ` (skipped: ${reason})`;

describeCluster('a controller in a pod', { instances: 4 }, (cluster) => {
  const follows = async (c: Cluster, name: string, ...groups: readonly number[]) => {
    const id = c.cloud.instances[0] as string;
    const sgIds = groups.map((group) => c.cloud.groups[group] as string);
    await c.apply(name, { instanceIds: [id], sgIds });
    await until(`${name} in the cloud`, () => c.cloud.list(id) === sgIds.join(' '));
    await c.ready(name);
  };

  it.skipIf(reason !== undefined)(
    `works with nothing but its ServiceAccount, and with a rotated token without a restart${note}`,
    async () => {
      const c = cluster();
      const account = serviceAccountFolder(c.plane, {
        namespace: NAMESPACE,
        token: serviceAccountToken(c.plane),
      });
      const operator = c.operator({ podFolder: account.folder });
      await follows(c, 'pod', 0, 1);
      const leases = await c.kubectl('get', 'leases', '-n', NAMESPACE, '-o', 'name');
      expect(leases, 'in the namespace of the pod').toContain('cvmsg-default-ap-guangzhou');
      expect(operator.log()).not.toContain('leases are kept in namespace');
      expect(operator.log()).not.toContain(': 401 ');

      // A token of the account that is gone is worth nothing any more.
      await c.kubectl('delete', 'serviceaccount', 'cvmsg', '-n', NAMESPACE);
      await c.kubectl('create', 'serviceaccount', 'cvmsg', '-n', NAMESPACE);
      const refusals = () => operator.log().split(': 401 ').length - 1;
      await until('the refusal', () => refusals() > 0);
      const before = refusals();
      account.rotate(serviceAccountToken(c.plane));
      await follows(c, 'pod', 2, 1, 0);
      // Those that were on their way; a token that is kept for a minute would be refused at each renewal.
      expect(refusals() - before).toBeLessThanOrEqual(4);
      expect(operator.process.exitCode).toBe(null);
      expect(await operator.stop()).toBe(0);
    },
  );
});
