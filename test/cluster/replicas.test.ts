import { expect, it } from 'vitest';
import { until } from '../cli/until.ts';
import { type Cluster, describeCluster } from './cluster.ts';
import type { Operator } from './operator.ts';

/** One line of a controller's log. */
interface Line {
  readonly time: string;
  readonly msg: string;
  readonly held?: boolean;
  readonly lease?: string;
}

const lines = (operator: Operator): Line[] =>
  operator
    .log()
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Line);
const isWrite = ({ msg }: Line) => /^write of \d+ instances?/.test(msg);
const holds = (operator: Operator) =>
  lines(operator).findLast((line) => line.lease?.startsWith('cvmsg-default'))?.held === true;

/** Every write of a replica happened while it held the lease, by its own account. */
function expectWritesUnderLease(operator: Operator): void {
  let held = false;
  for (const line of lines(operator)) {
    if (line.lease?.startsWith('cvmsg-default') && line.held !== undefined) held = line.held;
    if (isWrite(line)) expect(held, `wrote without the lease: ${line.time} ${line.msg}`).toBe(true);
  }
}

describeCluster('replicas', { instances: 30, latencyMs: 150 }, (cluster) => {
  const declare = async (c: Cluster, ...groups: readonly number[]) => {
    const sgIds = groups.map((group) => c.cloud.groups[group] as string);
    await c.apply('fleet', { instanceIds: c.cloud.instances, sgIds });
    return sgIds.join(' ');
  };
  const converged = (c: Cluster, list: string) =>
    until('the whole fleet', () => c.cloud.instances.every((id) => c.cloud.list(id) === list));
  const leaderOf = (operators: readonly Operator[]) =>
    until('a leader', () =>
      operators.find((operator) => operator.process.exitCode === null && holds(operator)),
    );

  it('let one act, and another take over when it is killed in the middle of a batch', async () => {
    const c = cluster();
    const operators = [c.operator(), c.operator()];
    await converged(c, await declare(c, 0, 1));
    const leader = await leaderOf(operators);
    const standby = operators.find((operator) => operator !== leader) as Operator;
    const calls = c.cloud.simulator.calls.count('ModifySecurityGroupsOfInstance');
    const list = await declare(c, 1, 0);
    await until(
      'a batch under way',
      () => c.cloud.simulator.calls.count('ModifySecurityGroupsOfInstance') > calls,
    );
    await leader.stop('SIGKILL');
    await until('the takeover', () => holds(standby));
    await converged(c, list);
    await c.ready('fleet');
    expectWritesUnderLease(leader);
    expectWritesUnderLease(standby);
    await standby.stop();
  });

  it('do not let one write that was paused past its lease and wakes up', async () => {
    const c = cluster();
    const operators = [c.operator(), c.operator()];
    const leader = await leaderOf(operators);
    const standby = operators.find((operator) => operator !== leader) as Operator;
    leader.process.kill('SIGSTOP');
    const list = await declare(c, 2, 3);
    await until('the takeover', () => holds(standby));
    await converged(c, list);
    const before = lines(leader).filter(isWrite).length;
    leader.process.kill('SIGCONT');
    await until('its insight', () => lines(leader).some((line) => line.held === false));
    expect(lines(leader).filter(isWrite)).toHaveLength(before);
    await converged(c, await declare(c, 3, 2));
    expectWritesUnderLease(leader);
    expectWritesUnderLease(standby);
    await Promise.all(operators.map((operator) => operator.stop()));
  });

  it('hand over on SIGTERM, and stay correct while three join and leave', async () => {
    const c = cluster();
    const first = c.operator();
    await leaderOf([first]);
    const others = [c.operator(), c.operator()];
    await until('the standbys', () => others.every((operator) => operator.log().includes('keeps what')));
    await converged(c, await declare(c, 4));
    const everybody = [first, ...others];
    for (const groups of [[5], [4, 5]]) {
      const leader = await leaderOf(everybody);
      expect(await leader.stop('SIGTERM')).toBe(0);
      await leaderOf(everybody);
      await converged(c, await declare(c, ...groups));
    }
    await c.ready('fleet');
    for (const operator of everybody) expectWritesUnderLease(operator);
  });
});
