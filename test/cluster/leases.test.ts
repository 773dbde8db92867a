import { expect, it } from 'vitest';
import { MEMBER_LABELS } from '../../src/kubernetes/client/lease-members.ts';
import { leaseName } from '../../src/kubernetes/client/lease-names.ts';
import { LeaseRemoval } from '../../src/kubernetes/client/lease-removal.ts';
import { ExpiredLeases } from '../../src/kubernetes/client/scope-leases.ts';
import { silentLog } from '../../src/runtime/log.ts';
import { VirtualClock } from '../../src/runtime/virtual-clock.ts';
import { until } from '../cli/until.ts';
import { type Cluster, describeCluster } from './cluster.ts';
import { connect, replicaOn, whileTimePasses } from './lease-replica.ts';

const ONE = 'one@ap-guangzhou';
const TWO = 'two@ap-guangzhou';

/** The names of the leases that there are. */
async function leasesOf(c: Cluster): Promise<string[]> {
  const names = await c.kubectl('get', 'leases', '-o', 'name');
  return names
    .split('\n')
    .filter(Boolean)
    .map((name) => name.replace('lease.coordination.k8s.io/', ''))
    .sort();
}

/** When the only lease was made. */
const ageOf = (c: Cluster) =>
  c.kubectl('get', 'leases', '-o', 'jsonpath={.items[0].metadata.creationTimestamp}');

/** Renews, or makes, the member lease of a process. */
const renewMember = (c: Cluster, name: string, renewTime: string) =>
  c.plane.kubectlAsync(
    ['apply', '-f', '-'],
    JSON.stringify({
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name, labels: MEMBER_LABELS },
      spec: { holderIdentity: name, leaseDurationSeconds: 15, renewTime },
    }),
  );

describeCluster('leases', { instances: 1 }, (cluster) => {
  it('of a scope that is left are deleted, and made anew when it is joined again', async () => {
    const c = cluster();
    await c.kubectl('delete', 'leases', '--all');
    const clock = new VirtualClock();
    await using one = await replicaOn(c, clock, 'one', [ONE, TWO]);
    await until('both leases', () => one.leases.counts.held === 2);
    one.leases.leave(ONE);
    expect(one.leases.mayAct(ONE)).toBe(false);
    await until('its deletion', async () => !(await leasesOf(c)).includes(leaseName(ONE)));
    expect(one.leases.counts).toEqual({ held: 1, known: 1 });
    await whileTimePasses(clock, 'some rounds', () => one.leases.rounds > 6);
    expect(await leasesOf(c)).not.toContain(leaseName(ONE));
    expect(one.leases.mayAct(TWO)).toBe(true);
    one.leases.join(ONE);
    await whileTimePasses(clock, 'the lease', () => one.leases.mayAct(ONE));
    expect(await leasesOf(c)).toContain(leaseName(ONE));
  });

  it('that another replica still needs outlive the one that left', async () => {
    const c = cluster();
    await c.kubectl('delete', 'leases', '--all');
    const clock = new VirtualClock();
    await using one = await replicaOn(c, clock, 'one', [ONE]);
    await until('the lease', () => one.leases.mayAct(ONE));
    await using two = await replicaOn(c, clock, 'two', [ONE]);
    one.leases.leave(ONE);
    await whileTimePasses(clock, 'the takeover', () => two.leases.mayAct(ONE));
    await whileTimePasses(clock, 'some rounds', () => two.leases.rounds > 8);
    expect(two.leases.mayAct(ONE)).toBe(true);
    expect(one.leases.mayAct(ONE)).toBe(false);
  });

  it('have one eldest among the replicas that are alive, whoever comes later', async () => {
    const c = cluster();
    await c.kubectl('delete', 'leases', '--all');
    const clock = new VirtualClock();
    const first = await replicaOn(c, clock, 'z', []);
    expect(first.leases.isEldest).toBeUndefined();
    await whileTimePasses(clock, 'it knows', () => first.leases.isEldest === true);
    // Ages are told in seconds.
    await until('the next second', async () => Date.now() - Date.parse(await ageOf(c)) > 1_000);
    await using second = await replicaOn(c, clock, 'a', []);
    expect(second.leases.isEldest).toBeUndefined();
    await whileTimePasses(clock, 'the other one knows', () => second.leases.isEldest === false);
    expect(first.leases.isEldest).toBe(true);
    await first[Symbol.asyncDispose]();
    await whileTimePasses(clock, 'it is the eldest', () => second.leases.isEldest === true);
  });

  it('stay where they are when a scope is new, whatever its name', async () => {
    const c = cluster();
    await c.kubectl('delete', 'leases', '--all');
    const clock = new VirtualClock();
    const scopes = ['m', 'n', 'o', 'p'].map((name) => `${name}@ap-guangzhou`);
    await using a = await replicaOn(c, clock, 'a', scopes);
    await using b = await replicaOn(c, clock, 'b', scopes);
    const held = () => [a, b].map(({ leases }) => leases.counts.held);
    await whileTimePasses(clock, 'an even spread', () => held().every((count) => count === 2));
    const movedBefore = [...a.moves, ...b.moves];
    const fresh = 'a@ap-guangzhou';
    for (const { leases } of [a, b]) leases.join(fresh);
    await whileTimePasses(clock, 'the new one', () => [a, b].some(({ leases }) => leases.mayAct(fresh)));
    const rounds = b.leases.rounds;
    await whileTimePasses(clock, 'some rounds', () => b.leases.rounds > rounds + 5);
    const moved = [...a.moves, ...b.moves].filter((move) => !movedBefore.includes(move));
    expect(moved).toEqual([`gained ${fresh}`]);
    expect([...a.moves, ...b.moves]).toHaveLength(movedBefore.length + 1);
    expect(held().sort()).toEqual([2, 3]);
  });

  it('that a replica does not take come back, and are not offered to it again at once', async () => {
    const c = cluster();
    await c.kubectl('delete', 'leases', '--all');
    const clock = new VirtualClock();
    await using a = await replicaOn(c, clock, 'a', [ONE, TWO]);
    await until('both leases', () => a.leases.counts.held === 2);
    await using b = await replicaOn(c, clock, 'b', []);
    await whileTimePasses(clock, 'the offer', () => a.leases.counts.held === 1);
    await whileTimePasses(clock, 'its return', () => a.leases.counts.held === 2);
    const rounds = a.leases.rounds;
    for (let more = 1; more <= 10; more++) {
      await whileTimePasses(clock, 'a round', () => a.leases.rounds >= rounds + more);
      expect(a.leases.counts.held).toBe(2);
    }
    expect(b.leases.counts.known).toBe(0);
  });

  it('are never shared by two installations that follow different objects: the elder acts, the other says why it waits', async () => {
    const c = cluster();
    await c.kubectl('delete', 'leases', '--all');
    const clock = new VirtualClock();
    const said: Record<string, string[]> = { shop: [], bank: [] };
    const installation = async (team: 'shop' | 'bank', name: string) => {
      const tell = (_: object, message: string) => void said[team]?.push(message);
      const log = { debug: tell, info: tell, warn: tell, error: tell };
      return replicaOn(c, clock, name, [ONE, TWO], { watches: `objects with team=${team}`, log });
    };
    const teams = {
      shop: [await installation('shop', 'shop-1'), await installation('shop', 'shop-2')],
      bank: [await installation('bank', 'bank-1')],
    };
    const held = (team: 'shop' | 'bank') =>
      teams[team].reduce((sum, { leases }) => sum + leases.counts.held, 0);
    const waits = (team: 'shop' | 'bank') => said[team]?.some((text) => text.includes('waits')) ?? false;
    const everybody = [...teams.shop, ...teams.bank];
    // Made in the same second, the elder is told by its name, and each has to see all others first.
    await whileTimePasses(clock, 'rounds', () => everybody.every(({ leases }) => leases.rounds > 8));
    await whileTimePasses(
      clock,
      'one that acts, and one that waits',
      () =>
        (held('shop') === 2 && held('bank') === 0 && waits('bank')) || (held('bank') === 2 && waits('shop')),
    );
    const [acting, waiting] = held('shop') === 2 ? (['shop', 'bank'] as const) : (['bank', 'shop'] as const);
    const rounds = teams[waiting].map(({ leases }) => leases.rounds);
    for (let more = 1; more <= 8; more++) {
      await whileTimePasses(clock, 'a round', () =>
        teams[waiting].every(({ leases }, at) => leases.rounds >= (rounds[at] ?? 0) + more),
      );
      expect([held(acting), held(waiting)]).toEqual([2, 0]);
    }
    expect(said[waiting]?.join()).toContain(`objects with team=${acting}`);
    for (const one of teams[acting]) await one[Symbol.asyncDispose]();
    await whileTimePasses(clock, 'its turn', () => held(waiting) === 2);
    for (const one of teams[waiting]) await one[Symbol.asyncDispose]();
  });

  it('of a member go with it at an orderly stop', async () => {
    const c = cluster();
    await c.kubectl('delete', 'leases', '--all');
    {
      await using one = await replicaOn(c, new VirtualClock(), 'one', [ONE]);
      await until('the lease', () => one.leases.mayAct(ONE));
      expect(await leasesOf(c)).toHaveLength(2);
    }
    expect(await leasesOf(c)).toEqual([leaseName(ONE)]);
  });

  it('of processes that were killed are deleted by anybody after an hour, and no others', async () => {
    const c = cluster();
    await c.kubectl('delete', 'leases', '--all');
    const foreign = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'foreign' } };
    await c.plane.kubectlAsync(['apply', '-f', '-'], JSON.stringify(foreign));
    await renewMember(c, 'killed', '2026-01-01T00:00:00.000000Z');
    await renewMember(c, 'alive', '2026-01-01T00:00:00.000000Z');
    const connection = await connect(c);
    const clock = new VirtualClock();
    const options = { connection, clock, log: silentLog, namespace: 'default' };
    const stop = new AbortController();
    const looking = new ExpiredLeases({ ...options, removal: new LeaseRemoval(options) }).run(stop.signal);
    await until('the first look', () => clock.pending);
    await renewMember(c, 'alive', '2026-01-01T00:59:59.000000Z');
    await clock.advance(3_599_000);
    expect(await leasesOf(c)).toEqual(['alive', 'foreign', 'killed']);
    await clock.advance(1_000);
    await until('the deletion', async () => (await leasesOf(c)).length === 2);
    expect(await leasesOf(c)).toEqual(['alive', 'foreign']);
    stop.abort();
    await looking;
    await connection.close();
  });
});
