import { describe, expect, it } from 'vitest';
import { groups, ins, SmallWorld } from '../../test/faults/small-world.ts';
import { bindingKey } from '../api/ids.ts';
import { InventoryTable } from '../store/sqlite/inventory-table.ts';
import { StatusTable } from '../store/sqlite/status-table.ts';

const all = (count: number) => Array.from({ length: count }, (_, n) => ins(n));
const READ = 'DescribeInstances';
/** The longest jittered interval of the sweep, and a reading. */
const ONE_SWEEP_MS = 67_000;

describe('Controller', () => {
  it('writes nothing and says so when everything is as declared', async () => {
    const world = new SmallWorld();
    world.declare('web', all(20), 'a b');
    await world.clock.advance(300_000);
    expect(world.writeCalls()).toEqual([]);
    expect(world.conditions('web')).toEqual(['Ready=True InSync']);
    expect(world.simulator.calls.count(READ)).toBeLessThanOrEqual(7);
  });

  it('repairs a reorder by somebody else within one sweep, and only that instance', async () => {
    const world = new SmallWorld();
    world.declare('web', all(20), 'a b');
    await world.clock.advance(10_000);
    world.simulator.state.setList(ins(7), groups('b a'));
    await world.clock.advance(ONE_SWEEP_MS);
    expect(world.list(7)).toBe('a b');
    expect(world.writeCalls().map((call) => call.instanceIds)).toEqual([[ins(7)]]);
    expect(world.conditions('web')).toEqual(['Ready=True InSync']);
    const row = world.database.prepare('SELECT cause, before, after, outcome FROM journal').get();
    expect(row).toEqual({
      cause: 'drift',
      before: 'sg-bbbbbbbb sg-aaaaaaaa',
      after: 'sg-aaaaaaaa sg-bbbbbbbb',
      outcome: 'accepted',
    });
  });

  it('writes a lone change as soon as it has read the instance', async () => {
    const world = new SmallWorld();
    world.declare('web', all(20), 'a b');
    await world.clock.advance(10_000);
    const atMs = world.clock.now();
    world.declare('web', all(20), 'b a');
    await world.clock.advance(1_000);
    expect((world.writeCalls()[0]?.timeMs ?? Number.POSITIVE_INFINITY) - atMs).toBeLessThanOrEqual(20 + 10);
    expect(world.conditions('web')).toEqual(['Ready=True InSync']);
  });

  it('writes a change within 100 ms while it sweeps 10,000 instances', async () => {
    const world = new SmallWorld({ instances: 10_000 });
    for (let n = 0; n < 10; n++)
      world.declare(`bulk-${n}`, all(10_000).slice(n * 1_000, n * 1_000 + 999), 'a b');
    world.declare('lone', [ins(9_999)], 'a b');
    await world.clock.advance(20_000);
    const reads = world.simulator.calls.count(READ);
    await world.until(() => world.simulator.calls.count(READ) > reads + 20, ONE_SWEEP_MS);
    const atMs = world.clock.now();
    world.declare('lone', [ins(9_999)], 'b a');
    await world.clock.advance(1_000);
    expect((world.writeCalls()[0]?.timeMs ?? Number.POSITIVE_INFINITY) - atMs).toBeLessThanOrEqual(100);
    expect(world.simulator.calls.count(READ) - reads, 'the sweep went on').toBeGreaterThan(50);
    expect(world.simulator.calls.throttled).toBe(0);
  });

  it('converges a fleet in full batches within the quota', async () => {
    const world = new SmallWorld({ instances: 400 });
    world.declare('web', all(400), 'c a');
    await world.clock.advance(30_000);
    expect(world.writeCalls()).toHaveLength(20);
    expect(world.simulator.calls.throttled).toBe(0);
    expect(world.conditions('web')).toEqual(['Ready=True InSync']);
  });

  it('leaves the list of a released instance as it is, and forgets the instance', async () => {
    const world = new SmallWorld();
    world.declare('web', all(3), 'b a');
    await world.clock.advance(10_000);
    world.remove('web');
    await world.clock.advance(120_000);
    expect(world.list(0)).toBe('b a');
    expect(world.published.size).toBe(0);
    expect([...world.controller.scopes][0]?.records.size).toBe(0);
    expect(new InventoryTable(world.database).owners().size).toBe(0);
    expect(new StatusTable(world.database).all()).toEqual([]);
  });

  it('forgets what was removed while no process ran', async () => {
    const world = new SmallWorld();
    world.declare('gone', all(3), 'b a');
    world.declare('web', [ins(5)], 'a b');
    await world.clock.advance(10_000);
    await world.stop();
    world.source.removeUnseen(bindingKey('shop', 'gone'));
    world.start();
    await world.clock.advance(10_000);
    expect(new StatusTable(world.database).all().map((row) => row.binding)).toEqual(['shop/web']);
    expect([...new InventoryTable(world.database).owners()]).toEqual([[ins(5), 'shop/web']]);
    expect(world.list(0)).toBe('b a');
  });

  it('records owners with the next change when they could not be recorded at once', async () => {
    const world = new SmallWorld();
    const filler = new StatusTable(world.database);
    world.database.exec(
      `PRAGMA max_page_count = ${world.database.prepare('PRAGMA page_count').get()?.page_count}`,
    );
    expect(() => {
      for (let n = 0; ; n++)
        filler.put([{ binding: `x/${n}`, inSync: 0, instances: 0, body: 'x'.repeat(900) }], 0);
    }).toThrow(/full/);
    for (let n = 0; n < 20; n++) world.declare('x'.repeat(200) + n, [ins(n)], 'a b');
    await world.clock.advance(5_000);
    const owners = () => new InventoryTable(world.database).owners().size;
    expect(owners()).toBeLessThan(20);
    world.database.exec('PRAGMA max_page_count = 1000000');
    world.declare('last', [ins(0)], 'a b');
    expect(owners()).toBe(20);
  });

  it('hands a contested instance over when its owner lets go', async () => {
    const world = new SmallWorld();
    world.declare('first', [ins(1)], 'b a');
    await world.clock.advance(5_000);
    world.declare('alpha', [ins(1), ins(2)], 'c');
    await world.clock.advance(5_000);
    expect([world.list(1), world.list(2)]).toEqual(['b a', 'c']);
    expect(world.status('alpha', 1)).toMatchObject({ state: 'Conflicted' });
    expect(world.conditions('alpha')).toContain('Conflicted=True Conflicted');
    world.remove('first');
    await world.clock.advance(5_000);
    expect(world.list(1)).toBe('c');
    expect(world.conditions('alpha')).toEqual(['Ready=True InSync']);
  });

  it('remembers the owner of a contested instance across a restart', async () => {
    const world = new SmallWorld();
    world.declare('zeta', [ins(1)], 'b a');
    await world.clock.advance(5_000);
    world.declare('alpha', [ins(1)], 'c');
    await world.clock.advance(5_000);
    world.kill();
    world.start();
    await world.clock.advance(20_000);
    expect(world.list(1)).toBe('b a');
    expect(world.writeCalls()).toHaveLength(1);
  });

  it.each([
    { reason: 'Observe', over: { mode: 'Observe' as const }, condition: 'Ready=False ObserveOnly' },
    { reason: 'suspend', over: { suspend: true }, condition: 'Ready=False Suspended' },
  ])(
    'writes nothing under $reason, tells of the drift, and starts when that ends',
    async ({ over, condition }) => {
      const world = new SmallWorld();
      world.declare('web', all(3), 'b a', over);
      await world.clock.advance(200_000);
      expect(world.writeCalls()).toEqual([]);
      expect(world.conditions('web')).toContain(condition);
      expect(world.conditions('web')).toContain('DriftDetected=True Drifted');
      expect(world.conditions('web').some((one) => /^(Reconciling|Stalled)/.test(one))).toBe(false);
      world.declare('web', all(3), 'b a');
      await world.clock.advance(2_000);
      expect(world.conditions('web')).toEqual(['Ready=True InSync']);
    },
  );

  it('stops in the middle of nothing: a write that is queued does not leave once a binding is suspended', async () => {
    const world = new SmallWorld({ latencyMs: 400 });
    world.declare('web', all(3), 'b a');
    await world.clock.advance(100);
    world.declare('web', all(3), 'b a', { suspend: true });
    await world.clock.advance(200_000);
    expect(world.writeCalls()).toEqual([]);
  });

  it('plans without writing when it may only read', async () => {
    const world = new SmallWorld({ settings: { readOnly: true } });
    world.declare('web', all(3), 'b a');
    await world.clock.advance(200_000);
    expect(world.writeCalls()).toEqual([]);
    expect(world.controller.statusView.plan().map((row) => row.steps.map((step) => step.op))).toEqual([
      ['move'],
      ['move'],
      ['move'],
    ]);
  });

  it('finishes the batch in flight when it is stopped, and starts no other', async () => {
    const world = new SmallWorld({ latencyMs: 2_000 });
    world.declare('web', all(20), 'b a');
    await world.until(() => world.openEntries() === 20, 10_000);
    world.declare('more', [ins(0)], 'c');
    let ended = false;
    const end = world.stop().then(() => {
      ended = true;
    });
    await world.clock.advance(500);
    expect(ended).toBe(false);
    await world.clock.advance(1_500);
    await end;
    const rows = world.database.prepare('SELECT DISTINCT outcome FROM journal').all();
    expect(rows).toEqual([{ outcome: 'accepted' }]);
    const calls = world.simulator.calls.entries().length;
    await world.clock.advance(300_000);
    expect(world.simulator.calls.entries().length).toBe(calls);
    expect(world.list(0)).toBe('b a');
  });

  it('gives up the calls in flight when it is told to, and leaves their entries to the next start', async () => {
    const world = new SmallWorld({ latencyMs: 60_000 });
    world.declare('web', [ins(0)], 'b a');
    await world.until(() => world.openEntries() === 1, 100_000);
    const end = world.stop();
    world.controller.abort();
    await end;
    expect(world.openEntries()).toBe(1);
  });
});
