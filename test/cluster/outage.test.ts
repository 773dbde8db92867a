import { expect, it } from 'vitest';
import { until } from '../cli/until.ts';
import { type Cluster, describeCluster } from './cluster.ts';

const MINUTE_MS = 60_000;
const NAMES = ['early', 'late', 'edited'] as const;

// In a file of its own, so that the minute passes beside the other files.
describeCluster('a controller whose API server is down for a minute', { instances: 6 }, (cluster) => {
  const id = (c: Cluster, index: number) => c.cloud.instances[index] as string;
  const groups = (c: Cluster, ...indexes: number[]) =>
    indexes.map((index) => c.cloud.groups[index] as string);
  const drift = (c: Cluster, index: number, ...to: number[]) =>
    c.cloud.simulator.state.setList(id(c, index), groups(c, ...to));

  it('repairs drift for as long as its lease lasts, then writes nothing, and catches up when the server is back', async () => {
    const c = cluster();
    const calls = () =>
      Object.values(c.cloud.simulator.calls.counts()).reduce((sum, one) => sum + one.calls, 0);
    const operator = c.operator({ args: ['--interval', '2s', '--http-listen', '127.0.0.1:0'] });
    const url = await until('the address', () => /"url":"(http:[^"]+)"/.exec(operator.log())?.[1]);
    const declared = groups(c, 0, 1).join(' ');
    for (const [index, name] of NAMES.entries()) {
      await c.apply(name, { instanceIds: [id(c, index)], sgIds: groups(c, 0, 1) });
    }
    for (const name of NAMES) await c.ready(name);

    const killedMs = performance.now();
    await c.plane.killServer();
    drift(c, 0, 1, 0);
    await until('the repair without an API server', () => c.cloud.list(id(c, 0)) === declared);
    expect(operator.log()).not.toContain('lost the lease');

    await until('the end of the lease', () => operator.log().includes('lost the lease'));
    const withoutLease = calls();
    drift(c, 1, 2);
    await until('a whole minute', () => performance.now() - killedMs > MINUTE_MS);
    expect(calls(), 'no call without the lease').toBe(withoutLease);
    expect(c.cloud.list(id(c, 1))).toBe(groups(c, 2).join(' '));
    const health = await fetch(`${url}/healthz`);
    expect([health.status, await health.text()]).toEqual([200, expect.stringContaining('[+] leases: moves')]);
    const ready = await fetch(`${url}/readyz`);
    expect([ready.status, await ready.text()]).toEqual([
      200,
      expect.stringMatching(
        /^\[\+\] source kubernetes: was read whole, before an outage: .* last, (?:[6-9]\ds|1\d\ds|\dm\w*) ago\n$/,
      ),
    ]);

    await c.plane.startServer();
    await c.apply('edited', { instanceIds: [id(c, 2)], sgIds: groups(c, 3, 2, 1) });
    const wanted = [declared, declared, groups(c, 3, 2, 1).join(' ')];
    await until('the fleet', () => wanted.every((list, index) => c.cloud.list(id(c, index)) === list));
    for (const name of NAMES) {
      await c.ready(name);
      const { metadata, status } = await c.binding(name);
      expect(status?.observedGeneration, name).toBe(metadata.generation);
      expect(status?.conditions?.map(({ type, reason }) => `${type} ${reason}`)).toEqual(['Ready InSync']);
    }
    await operator.stop();
  });
});
