import { expect, it } from 'vitest';
import { until } from '../cli/until.ts';
import { type Cluster, describeCluster } from './cluster.ts';

// In a file of its own: the server is put back for everybody.
describeCluster('an API server that is put back to an older state', { instances: 3 }, (cluster) => {
  const id = (c: Cluster, index: number) => c.cloud.instances[index] as string;
  const groups = (c: Cluster, ...indexes: number[]) =>
    indexes.map((index) => c.cloud.groups[index] as string);

  it('has nothing enforced that is not there any more, and everything served that is there', async () => {
    const c = cluster();
    const operator = c.operator({ args: ['--interval', '2s'] });
    await c.apply('old', { instanceIds: [id(c, 0)], sgIds: groups(c, 0, 1) });
    await c.ready('old');
    await c.plane.backUp();
    await c.apply('new', { instanceIds: [id(c, 1)], sgIds: groups(c, 0, 1) });
    await c.apply('old', { instanceIds: [id(c, 0)], sgIds: groups(c, 1, 0) });
    await c.ready('new', '60s');
    await c.ready('old', '60s');

    await c.plane.restore();
    c.cloud.simulator.state.setList(id(c, 1), groups(c, 2));
    const atMs = c.cloud.simulator.calls.entries().length;
    const writes = () =>
      c.cloud.simulator.calls
        .entries()
        .slice(atMs)
        .filter(({ action }) => action.startsWith('Modify'))
        .flatMap(({ instanceIds }) => instanceIds);
    await until('the older declaration', () => c.cloud.list(id(c, 0)) === groups(c, 0, 1).join(' '));
    await c.apply('later', { instanceIds: [id(c, 2)], sgIds: groups(c, 1, 2) });
    await c.ready('later', '60s');
    await c.ready('old', '60s');
    expect(writes(), 'of what is not there any more').not.toContain(id(c, 1));
    expect(c.cloud.list(id(c, 1))).toBe(groups(c, 2).join(' '));
    expect(operator.process.exitCode).toBeNull();
    await operator.stop();
  });
});
