import { expect, it } from 'vitest';
import { until } from '../cli/until.ts';
import { describeCluster } from './cluster.ts';

interface ListStatus {
  readonly omittedInstances?: number;
  readonly instances?: readonly { readonly instanceId: string }[];
}

describeCluster('an instance that the status of its owner omits', { instances: 150 }, (cluster) => {
  it('stays its own over a restart, although an older object names it too', async () => {
    const c = cluster();
    const [first = '', ...rest] = c.cloud.instances;
    const [older, own] = [[c.cloud.groups[1]], [c.cloud.groups[2]]];
    const operator = c.operator();
    await c.apply('older', { instanceIds: [first], sgIds: older });
    await c.ready('older');
    // Times of creation have whole seconds.
    await until('the next second', async () => {
      const { metadata } = (await c.binding('older')) as { metadata: { creationTimestamp?: string } };
      return Date.now() - Date.parse(metadata.creationTimestamp ?? '') > 1_500;
    });
    // Whoever only observes is as good an owner, and a large change need not be approved first.
    await c.apply('owner', { instanceIds: rest, sgIds: own, mode: 'Observe' });
    const status = await until('a status that omits some', async () => {
      const reported = ((await c.binding('owner')) as { status?: ListStatus }).status;
      return (reported?.omittedInstances ?? 0) > 0 && reported;
    });
    const listed = new Set(status.instances?.map(({ instanceId }) => instanceId));
    const omitted = rest.find((id) => !listed.has(id)) ?? '';
    const before = c.cloud.list(omitted);
    await c.apply('older', { instanceIds: [first, omitted], sgIds: older });
    const conflicted = async () =>
      (await c.binding('older')).status?.conditions?.some(({ type }) => type === 'Conflicted');
    await until('the word to the older', conflicted);
    await operator.stop('SIGKILL');
    const next = c.operator({ args: ['--interval', '1s'] });
    await c.apply('probe', { instanceIds: [first], sgIds: older });
    await until('the new process', async () => (await c.binding('probe')).status?.conditions?.length);
    expect([c.cloud.list(omitted), await conflicted()]).toEqual([before, true]);
    await next.stop();
  });
});
