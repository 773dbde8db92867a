import { describe, expect, it } from 'vitest';
import { JournalTable } from '../../src/store/sqlite/journal-table.ts';
import type { Moment } from './mortal-journal.ts';
import { groups, ins, SmallWorld } from './small-world.ts';

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

  it.each([
    { foreign: 'c', outcome: 'settled-unknown', to: 'a b', reason: 'a third list' },
    // A late read may show that list too, so the write is repeated, and nobody can tell the two apart.
    { foreign: 'a b', outcome: 'settled-applied', to: 'a b', reason: 'the list from before' },
  ])('says what is known of a write after which somebody else wrote $reason', async (row) => {
    const world = new SmallWorld({ api, latencyMs: 200 });
    world.killAt('applied');
    world.declare('web', [ins(0)], 'b a');
    await world.until(() => !world.running, 30_000);
    world.simulator.state.setList(ins(0), groups(row.foreign));
    await world.clock.advance(1_300);
    world.start();
    await world.clock.advance(180_000);
    expect(world.list(0), row.reason).toBe('b a');
    const rows = world.database.prepare('SELECT outcome FROM journal ORDER BY id').all();
    expect(rows.map(({ outcome }) => outcome)).toEqual([row.outcome, 'accepted']);
    const journal = new JournalTable(world.database, { clock: world.clock, actor: 'reader' });
    expect(journal.firstAfter(0)[0]?.before, 'what a rollback gives back').toEqual(groups(row.to));
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

describe('started again within the second', () => {
  /** Each instance gets a list of its own, so that each is a call of its own. */
  function declareApart(world: SmallWorld, lists: readonly string[]): void {
    for (const [n, list] of lists.entries()) world.declare(`web-${n}`, [ins(n)], list);
  }

  function busiestSecond(world: SmallWorld): number {
    const times = world.writeCalls().map(({ timeMs }) => timeMs);
    return Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + 1_000).length));
  }

  it.each(['killed', 'asked to stop'])(
    'keeps within the quota of writes together with the process that was %s',
    async (end) => {
      const world = new SmallWorld({ api: 'v3' });
      const letters = ['a', 'b', 'c', 'd', 'e'];
      declareApart(
        world,
        letters.flatMap((one) =>
          letters.filter((other) => other !== one).map((other) => `f ${one} ${other}`),
        ),
      );
      await world.until(() => world.writeCalls().length >= 6, 30_000);
      const ended = end === 'killed' ? world.kill() : world.stop();
      await world.clock.advance(50);
      await ended;
      world.start();
      await world.clock.advance(60_000);
      expect(world.list(19)).toBe('f e d');
      expect(busiestSecond(world)).toBe(10);
    },
  );
});
