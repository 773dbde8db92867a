import { describe, expect, it } from 'vitest';
import type { Moment } from './mortal-journal.ts';
import { ins, SmallWorld } from './small-world.ts';

interface Row {
  readonly moment: Moment;
  /** Write calls that the next process has to make. */
  readonly again: number;
  /** The outcome that its entries end with. */
  readonly outcome: string;
  readonly staleMs?: number;
  readonly reason: string;
}

const ROWS: readonly Row[] = [
  // Whether its list came from it or from the call that repeated it no read can tell.
  { moment: 'intended', again: 1, outcome: 'settled-applied', reason: 'the call was never sent' },
  {
    moment: 'applied',
    again: 0,
    outcome: 'settled-applied',
    reason: 'the cloud did it and the reply was lost',
  },
  { moment: 'concluded', again: 0, outcome: 'accepted', reason: 'it was accepted and not read back' },
  {
    moment: 'concluded',
    again: 0,
    outcome: 'accepted',
    staleMs: 20_000,
    reason: 'the same, with late reads',
  },
  { moment: 'verified', again: 0, outcome: 'accepted', reason: 'it was read back' },
];

const batch = Array.from({ length: 20 }, (_, n) => ins(n));

describe.each(['v2', 'v3'] as const)('killed in the middle of a batch, on %s', (api) => {
  it.each(ROWS)('$moment: $reason', async ({ moment, again, outcome, staleMs, reason }) => {
    const world = new SmallWorld({ api, latencyMs: 200 });
    if (staleMs !== undefined) world.simulator.faults.add({ kind: 'stale-reads', ms: staleMs });
    world.killAt(moment);
    world.declare('web', batch, 'b a');
    await world.until(() => !world.running, 30_000);
    // What had left goes on in the world.
    await world.clock.advance(1_300);
    const atMs = world.clock.now();
    world.start();
    await world.clock.advance(180_000);
    expect(world.list(0), reason).toBe('b a');
    expect(world.conditions('web'), reason).toEqual(['Ready=True InSync']);
    expect(world.openEntries(), reason).toBe(0);
    expect(world.writeCalls(atMs).length, `written twice without need: ${reason}`).toBe(again);
    const outcomes = world.database.prepare('SELECT outcome FROM journal WHERE intended_ms < ?').all(atMs);
    expect(new Set(outcomes.map((row) => row.outcome)), reason).toEqual(new Set([outcome]));
    expect(outcomes).toHaveLength(20);
  });

  it('sent: the call arrives after the next process has read the list before', async () => {
    const world = new SmallWorld({ api, latencyMs: 200 });
    world.killAt('sent');
    world.declare('web', batch, 'b a');
    world.simulator.faults.add({
      kind: 'latency',
      ms: 6_000,
      action: api === 'v2' ? 'ModifySecurityGroupsOfInstance' : 'ModifyInstancesAttribute',
      count: 1,
    });
    await world.until(() => !world.running, 30_000);
    await world.clock.advance(1_300);
    world.start();
    await world.clock.advance(180_000);
    expect(world.list(0)).toBe('b a');
    expect(world.openEntries()).toBe(0);
    expect(world.conditions('web')).toEqual(['Ready=True InSync']);
  });

  it('does not take a list from before both for a revert that was declared while it was down', async () => {
    const world = new SmallWorld({ api, latencyMs: 200 });
    world.simulator.faults.add({ kind: 'stale-reads', ms: 20_000 });
    world.killAt('concluded');
    world.declare('web', batch, 'b a');
    await world.until(() => !world.running, 30_000);
    await world.clock.advance(1_300);
    world.declare('web', batch, 'a b');
    const published = world.publications.length;
    world.start();
    await world.clock.advance(5_000);
    expect(
      world.publications
        .slice(published)
        .filter((one) => one.includes('"InSync"') && world.list(0) !== 'a b'),
    ).toEqual([]);
    await world.clock.advance(180_000);
    expect(world.list(0)).toBe('a b');
    expect(world.conditions('web')).toEqual(['Ready=True InSync']);
  });
});

describe('killed again and again', () => {
  it('converges all the same, and settles every entry', async () => {
    const world = new SmallWorld({ latencyMs: 200 });
    for (const [round, moment] of (
      ['intended', 'sent', 'applied', 'concluded', 'verified'] as const
    ).entries()) {
      world.killAt(moment);
      world.declare('web', batch, round % 2 === 0 ? 'b a' : 'c');
      await world.until(() => !world.running, 120_000);
      await world.clock.advance(1_300);
      world.start();
    }
    await world.clock.advance(180_000);
    expect(world.list(0)).toBe('b a');
    expect(world.openEntries()).toBe(0);
    expect(world.conditions('web')).toEqual(['Ready=True InSync']);
  });
});
