import { describe, expect, it } from 'vitest';
import { groups, ins, SmallWorld } from '../../../test/faults/small-world.ts';
import { StatusTable } from '../../store/sqlite/status-table.ts';

const all = Array.from({ length: 20 }, (_, n) => ins(n));

/** Lets the database grow no more, and uses up the room that is left in it. */
function fill(world: SmallWorld): void {
  const pages = world.database.prepare('PRAGMA page_count').get()?.page_count;
  world.database.exec(`PRAGMA max_page_count = ${pages}`);
  const insert = `INSERT INTO journal (intended_ms, actor, instance_id, account, region, binding, origin, cause, api, before, after, attempt, outcome, verified_ms)
    VALUES (0, 'x', 'x', 'x', 'x', 'x', '{}', 'x', 'x', '', '', 1, 'accepted', 1)`;
  expect(() => {
    for (;;) world.database.exec(insert);
  }).toThrow(/full/);
}
const makeRoom = (world: SmallWorld) => world.database.exec('PRAGMA max_page_count = 1000000');
const ownRows = (world: SmallWorld) =>
  Number(world.database.prepare("SELECT count(*) AS n FROM journal WHERE actor <> 'x'").get()?.n);

describe('a full disk', () => {
  it('stops writes to the cloud, is said in the condition, and everything goes on when there is room', async () => {
    const world = new SmallWorld();
    world.declare('web', all, 'a b');
    await world.clock.advance(10_000);
    fill(world);
    world.declare('web', all, 'b a');
    world.simulator.state.setList(ins(3), groups('c'));
    await world.clock.advance(300_000);
    expect(world.writeCalls()).toEqual([]);
    expect(ownRows(world)).toBe(0);
    expect(world.conditions('web')).toContain('Ready=False JournalUnavailable');
    expect(world.conditions('web')).toContain('Reconciling=True ProgressingWithRetry');
    expect(world.log.some((line) => line.includes('nothing is written to the cloud'))).toBe(true);
    makeRoom(world);
    await world.clock.advance(10_000);
    expect([world.list(0), world.list(3)]).toEqual(['b a', 'b a']);
    await world.clock.advance(60_000);
    expect(world.conditions('web')).toEqual(['Ready=True InSync']);
    expect(ownRows(world)).toBe(20);
    expect(new StatusTable(world.database).get('shop/web')?.inSync).toBe(20);
  });

  it('goes on telling other sinks what the full one cannot store', async () => {
    const world = new SmallWorld({ stateFirst: true });
    world.declare('web', all, 'a b');
    await world.clock.advance(10_000);
    fill(world);
    world.declare('web', all, 'b a');
    await world.clock.advance(10_000);
    expect(world.conditions('web')).toContain('Ready=False JournalUnavailable');
  });

  it('stores what it could not store within a sweep, though nothing changed since', async () => {
    const world = new SmallWorld();
    await world.clock.advance(1_000);
    fill(world);
    const name = 'x'.repeat(240);
    for (let n = 0; n < 10; n++) world.declare(`${name}${n}`, [ins(n)], 'a b');
    await world.clock.advance(10_000);
    expect(new StatusTable(world.database).all().length).toBeLessThan(10);
    makeRoom(world);
    await world.clock.advance(70_000);
    expect(new StatusTable(world.database).all()).toHaveLength(10);
  });

  it('leaves an entry open whose outcome could not be recorded, and settles it by what is read', async () => {
    const world = new SmallWorld({ latencyMs: 400 });
    world.declare('web', all, 'b a');
    await world.until(() => ownRows(world) === 20, 10_000);
    fill(world);
    await world.clock.advance(20_000);
    expect(world.list(0)).toBe('b a');
    makeRoom(world);
    await world.clock.advance(130_000);
    expect(world.openEntries()).toBe(0);
    expect(world.writeCalls()).toHaveLength(1);
  });
});
