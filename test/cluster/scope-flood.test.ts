import { expect, it } from 'vitest';
import { until } from '../cli/until.ts';
import { type BindingObject, describeCluster } from './cluster.ts';

const INVENTED = 400;
const OF_A_NAMESPACE = 20;

describeCluster('400 objects with invented regions and Secrets', { instances: 4 }, (cluster) => {
  const readyOf = ({ status }: BindingObject) => status?.conditions?.find(({ type }) => type === 'Ready');

  it('get no Lease and no place in the metrics, are told why, and cost a neighbour nothing', async () => {
    const c = cluster();
    const [id = ''] = c.cloud.instances;
    const list = [c.cloud.groups[2], c.cloud.groups[1]] as string[];
    const port = 18_000 + (process.pid % 2_000);
    const operator = c.operator({ args: ['--http-listen', `127.0.0.1:${port}`, '--interval', '2s'] });
    await c.apply('web', { instanceIds: [id], sgIds: list });
    await c.ready('web', '60s');
    await c.kubectl('create', 'namespace', 'spite');
    const invented = Array.from({ length: INVENTED }, (_, index) => ({
      apiVersion: 'cvmsg.dev/v1alpha1',
      kind: 'CvmSecurityGroupBinding',
      metadata: { name: `x-${index}`, namespace: 'spite' },
      spec: {
        region: `ap-invented${index % 7}`,
        credentialsRef: { name: `none-${index}` },
        instanceIds: [`ins-${String(index).padStart(8, '0')}`],
        sgIds: ['sg-aaaaaaaa'],
      },
    }));
    const items = { apiVersion: 'v1', kind: 'List', items: invented };
    await c.plane.kubectlAsync(['create', '-f', '-'], JSON.stringify(items));
    const reported = await until('a status of each', async () => {
      const { items: objects } = JSON.parse(await c.kubectl('get', 'csgb', '-n', 'spite', '-o', 'json')) as {
        items: BindingObject[];
      };
      const reasons = objects.map((object) => readyOf(object)?.reason);
      return reasons.length === INVENTED && reasons.every((reason) => reason !== undefined) && reasons;
    });
    const count = (reason: string) => reported.filter((one) => one === reason).length;
    expect([count('TooManyScopes'), count('CredentialsFailed')]).toEqual([
      INVENTED - OF_A_NAMESPACE,
      OF_A_NAMESPACE,
    ]);
    const leases = await c.kubectl('get', 'leases', '-n', 'cvmsg-system', '-o', 'name');
    // Of this replica, of the neighbour's account and region, and of who speaks for the others.
    expect(leases.trim().split('\n')).toHaveLength(3);
    expect(leases).not.toContain('invented');
    const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    expect(metrics).not.toContain('spite');
    expect(metrics).not.toContain('invented');
    expect(metrics.split('\n').length).toBeLessThan(1_000);
    // The neighbour is looked after as ever.
    expect(operator.log()).not.toContain('lost the lease');
    c.cloud.simulator.state.setList(id, [c.cloud.groups[3] as never]);
    await until('the repair', () => c.cloud.list(id) === list.join(' '));
    await operator.stop();
  }, 300_000);
});
