import { describe, expect, it } from 'vitest';
import type { Moment } from '../../../test/faults/mortal-journal.ts';
import { groups, ins, REGION, SmallWorld, type SmallWorldOptions } from '../../../test/faults/small-world.ts';
import { bindingKey } from '../../api/ids.ts';
import type { Binding } from '../../core/model.ts';
import { soleLeader } from '../../runtime/leadership.ts';
import { InventoryTable } from '../../store/sqlite/inventory-table.ts';
import { PendingRestoreTable } from '../../store/sqlite/pending-restore-table.ts';
import { RESTORE_LIMIT_MS } from './restorations.ts';

const RESTORE: Partial<Binding> = { deletionPolicy: 'Restore' };
const all = [ins(0), ins(1), ins(2)];
const WRITE = 'ModifySecurityGroupsOfInstance';

/** A world whose binding has turned `a b` into `c`. */
async function restoringWorld(
  over: Partial<Binding> = {},
  options: SmallWorldOptions = {},
): Promise<SmallWorld> {
  const world = new SmallWorld(options);
  world.declare('web', all, 'c', { ...RESTORE, ...over });
  await world.clock.advance(10_000);
  return world;
}

const lists = (world: SmallWorld) => [0, 1, 2].map((n) => world.list(n));
const causes = (world: SmallWorld) =>
  world.database
    .prepare('SELECT DISTINCT cause FROM journal ORDER BY id')
    .all()
    .map((row) => row.cause);

/** Nothing is left of it anywhere. */
function expectForgotten(world: SmallWorld): void {
  expect(new PendingRestoreTable(world.database).all()).toEqual([]);
  expect(new InventoryTable(world.database).owners().size).toBe(0);
  expect([...world.controller.scopes][0]?.records.size).toBe(0);
  expect(world.openEntries()).toBe(0);
}

describe('deletionPolicy Restore', () => {
  it('puts back the list from before when the binding is deleted, in one call, and reads it back', async () => {
    const world = await restoringWorld();
    expect(lists(world)).toEqual(['c', 'c', 'c']);
    const atMs = world.clock.now();
    world.remove('web');
    await world.clock.advance(5_000);
    expect(lists(world)).toEqual(['a b', 'a b', 'a b']);
    expect(world.writeCalls(atMs)).toHaveLength(1);
    expect(causes(world)).toEqual(['declared', 'restored']);
    expectForgotten(world);
  });

  it('puts nothing back of a binding that is declared as before and not followed any more', async () => {
    const world = await restoringWorld();
    const atMs = world.clock.now();
    world.source.unfollow(bindingKey('shop', 'web'));
    await world.clock.advance(120_000);
    expect(lists(world)).toEqual(['c', 'c', 'c']);
    expect(world.writeCalls(atMs)).toEqual([]);
    expectForgotten(world);
  });

  it('gives up what it was about to put back of such a binding', async () => {
    const world = await restoringWorld();
    world.simulator.faults.add({ kind: 'throttle', action: WRITE });
    world.declare('web', [ins(0)], 'c', RESTORE);
    await world.clock.advance(1_000);
    world.source.unfollow(bindingKey('shop', 'web'));
    world.simulator.faults.clear();
    await world.clock.advance(120_000);
    expect(lists(world)).toEqual(['c', 'c', 'c']);
    expectForgotten(world);
  });

  it('puts it back for an instance that leaves the binding, and says meanwhile that it does', async () => {
    const world = await restoringWorld();
    world.simulator.faults.add({ kind: 'latency', ms: 5_000, action: WRITE });
    world.declare('web', [ins(0)], 'c', RESTORE);
    await world.clock.advance(1_000);
    const status = world.published.get(bindingKey('shop', 'web'));
    expect(status?.restoring).toEqual([1, 2].map((n) => ({ instanceId: ins(n), original: groups('a b') })));
    await world.clock.advance(10_000);
    expect(lists(world)).toEqual(['c', 'a b', 'a b']);
    expect(world.published.get(bindingKey('shop', 'web'))?.restoring).toBeUndefined();
  });

  it.each([
    {
      origin: { kind: 'directory', file: 'web.yaml', line: 1, column: 1, revision: 'r1' },
      after: 'a b',
      reason: 'nobody else knows what a directory owes, so it waits for its turn',
    },
    {
      origin: { kind: 'kubernetes', uid: 'u1', generation: 1 },
      after: 'c',
      reason: 'the status of an object tells the replica that leads its scope',
    },
  ] as const)('of a $origin.kind whose scope another replica leads: $reason', async ({ origin, after }) => {
    let leads = true;
    const leadership = { ...soleLeader, mayAct: () => leads };
    const world = await restoringWorld({ origin }, { leadership });
    expect(lists(world)).toEqual(['c', 'c', 'c']);
    leads = false;
    world.remove('web');
    await world.clock.advance(60_000);
    expect(lists(world), 'what another one leads is left alone').toEqual(['c', 'c', 'c']);
    expect(new PendingRestoreTable(world.database).all()).toHaveLength(after === 'c' ? 0 : 3);
    leads = true;
    world.controller.gained(`default@${REGION}`);
    await world.clock.advance(60_000);
    expect(lists(world)).toEqual([after, after, after]);
    expectForgotten(world);
  });

  it('is over once the list is back: what somebody changes later is theirs', async () => {
    const world = await restoringWorld();
    world.remove('web');
    await world.clock.advance(10_000);
    const atMs = world.clock.now();
    world.simulator.state.setList(ins(0), groups('d'));
    await world.clock.advance(RESTORE_LIMIT_MS + 120_000);
    expect(world.list(0)).toBe('d');
    expect(world.writeCalls(atMs)).toEqual([]);
    // The same binding comes back: nothing of the old end stands in its status.
    world.declare('web', all, 'c', RESTORE);
    await world.clock.advance(10_000);
    expect(world.published.get(bindingKey('shop', 'web'))?.restoring).toBeUndefined();
    expect(lists(world)).toEqual(['c', 'c', 'c']);
  });

  it('leaves the list as it is without the policy, also when the policy goes with the instance', async () => {
    const world = await restoringWorld();
    world.declare('web', [ins(0)], 'c');
    await world.clock.advance(5_000);
    world.remove('web');
    await world.clock.advance(5_000);
    expect(lists(world)).toEqual(['c', 'c', 'c']);
    expectForgotten(world);
  });

  it.each([
    { when: 'while it goes on', isDown: false },
    { when: 'while no process runs', isDown: true },
  ])('gives up what it was about to put back when the policy goes $when', async ({ isDown }) => {
    const world = await restoringWorld();
    world.simulator.faults.add({ kind: 'throttle', action: WRITE });
    world.declare('web', [ins(0)], 'c', RESTORE);
    await world.clock.advance(1_000);
    expect(world.published.get(bindingKey('shop', 'web'))?.restoring).toHaveLength(2);
    if (isDown) await world.stop();
    world.declare('web', [ins(0)], 'c', { deletionPolicy: 'Retain' });
    if (isDown) world.start();
    await world.clock.advance(1_000);
    expect(world.published.get(bindingKey('shop', 'web'))?.restoring).toBeUndefined();
    expect(world.log.join('\n')).toContain('spec.deletionPolicy is not Restore any more');
    world.simulator.faults.clear();
    await world.clock.advance(120_000);
    expect(lists(world)).toEqual(['c', 'c', 'c']);
    expect(new PendingRestoreTable(world.database).all()).toEqual([]);
    expect([...new InventoryTable(world.database).owners().keys()]).toEqual([ins(0)]);
  });

  it('says of a list that is back already that it is back, although the policy goes before it was read', async () => {
    const world = await restoringWorld();
    world.declare('web', [ins(0)], 'c', RESTORE);
    await world.until(() => world.list(1) === 'a b', 60_000);
    world.declare('web', [ins(0)], 'c', { deletionPolicy: 'Retain' });
    await world.clock.advance(60_000);
    expect(lists(world)).toEqual(['c', 'a b', 'a b']);
    expect(world.openEntries()).toBe(0);
    expect(world.log.join('\n')).not.toContain('is not restored');
    expect(new PendingRestoreTable(world.database).all()).toEqual([]);
  });

  it('does nothing when another binding takes the instance over at once', async () => {
    const world = await restoringWorld();
    world.declare('api', all, 'd', RESTORE);
    await world.clock.advance(5_000);
    world.remove('web');
    await world.clock.advance(5_000);
    expect(lists(world)).toEqual(['d', 'd', 'd']);
    expect(causes(world)).not.toContain('restored');
    world.remove('api');
    await world.clock.advance(5_000);
    expect(lists(world), 'the list from before the first of them').toEqual(['a b', 'a b', 'a b']);
  });

  it('ends when another binding claims the instance in the middle, which then owes the same', async () => {
    const world = await restoringWorld();
    world.unreachable = true;
    world.remove('web');
    await world.clock.advance(20_000);
    world.declare('api', all, 'd', RESTORE);
    world.unreachable = false;
    await world.clock.advance(120_000);
    expect(lists(world)).toEqual(['d', 'd', 'd']);
    expect(causes(world)).not.toContain('restored');
    world.remove('api');
    await world.clock.advance(5_000);
    expect(lists(world)).toEqual(['a b', 'a b', 'a b']);
    expectForgotten(world);
  });

  it('does nothing for an instance that needed no write and was never changed', async () => {
    const world = await restoringWorld({ sgIds: groups('a b') });
    world.remove('web');
    await world.clock.advance(60_000);
    expect(world.writeCalls()).toEqual([]);
    expectForgotten(world);
  });

  it('says that no other list is known where none comes back, and that the one from before is back where it does', async () => {
    const reported = (world: SmallWorld) =>
      world.log.filter((line) => line.startsWith('restoring ended')).join();
    const kept = new SmallWorld();
    kept.declare('web', all, 'a b', RESTORE);
    await kept.clock.advance(10_000);
    kept.remove('web');
    await kept.clock.advance(5_000);
    expect(reported(kept)).toContain('no other list from before is known');
    expect(reported(kept)).not.toContain('is back');
    const restored = await restoringWorld();
    restored.remove('web');
    await restored.clock.advance(5_000);
    expect(reported(restored)).toContain('the list from before is back');
  });

  it('puts back what was right from the start, not the drift that was repaired later', async () => {
    const world = await restoringWorld({ sgIds: groups('a b') });
    world.simulator.state.setList(ins(0), groups('e f'));
    await world.clock.advance(70_000);
    expect(world.list(0)).toBe('a b');
    world.simulator.state.setList(ins(0), groups('f'));
    world.remove('web');
    await world.clock.advance(5_000);
    expect(world.list(0)).toBe('a b');
  });

  it('stands over drift that comes in the middle', async () => {
    const world = await restoringWorld();
    world.unreachable = true;
    world.remove('web');
    await world.clock.advance(5_000);
    world.simulator.state.setList(ins(1), groups('e'));
    world.unreachable = false;
    await world.clock.advance(120_000);
    expect(lists(world)).toEqual(['a b', 'a b', 'a b']);
  });

  it.each([
    { reason: 'suspended', over: { suspend: true }, said: 'spec.suspend is true' },
    { reason: 'observing', over: { mode: 'Observe' as const }, said: 'spec.mode is Observe' },
  ])('writes nothing for a binding that is $reason when it is deleted', async ({ over, said }) => {
    const world = await restoringWorld();
    world.declare('web', all, 'c', { ...RESTORE, ...over });
    await world.clock.advance(5_000);
    const atMs = world.clock.now();
    world.remove('web');
    await world.clock.advance(60_000);
    expect(world.writeCalls(atMs)).toEqual([]);
    expect(world.log.join('\n')).toContain(said);
    expectForgotten(world);
  });
});

describe('a restoration that cannot be done says so and lets go', () => {
  it('of an instance that is gone', async () => {
    const world = await restoringWorld();
    world.simulator.state.removeInstance(ins(1));
    world.remove('web');
    await world.clock.advance(5_000);
    expect([world.list(0), world.list(2)]).toEqual(['a b', 'a b']);
    expect(world.log.join('\n')).toContain('the cloud knows no such instance any more');
    expectForgotten(world);
  });

  it('of an instance that had no group before', async () => {
    const world = new SmallWorld();
    world.simulator.state.setList(ins(0), []);
    world.declare('web', [ins(0)], 'c', RESTORE);
    await world.clock.advance(10_000);
    world.remove('web');
    await world.clock.advance(10_000);
    expect(world.list(0)).toBe('c');
    expect(world.log.join('\n')).toContain('an instance is never left without one');
    expectForgotten(world);
  });

  it('of an instance whose state forbids it', async () => {
    const world = await restoringWorld();
    world.simulator.state.patch(ins(1), { restrictState: 'EXPIRED' });
    world.remove('web');
    await world.clock.advance(5_000);
    expect(lists(world)).toEqual(['a b', 'c', 'a b']);
    expect(world.log.join('\n')).toContain('the instance is EXPIRED');
    expectForgotten(world);
  });

  it('of an instance that the cloud refuses to write', async () => {
    const world = await restoringWorld();
    world.simulator.faults.add({ kind: 'error', code: '5000', action: WRITE, instanceIds: [ins(1)] });
    world.remove('web');
    await world.clock.advance(200_000);
    expect(lists(world)).toEqual(['a b', 'c', 'a b']);
    expect(world.log.join('\n')).toMatch(/not restored.*5000/);
    expectForgotten(world);
  });

  it('when it takes longer than ten minutes', async () => {
    const world = await restoringWorld();
    world.simulator.faults.add({ kind: 'error', code: '7000', action: WRITE });
    world.remove('web');
    await world.clock.advance(RESTORE_LIMIT_MS - 5_000);
    expect(world.controller.isRestoring(bindingKey('shop', 'web'))).toBe(true);
    world.simulator.faults.clear();
    world.simulator.faults.add({ kind: 'reset-before' });
    await world.clock.advance(10_000);
    expect(world.controller.isRestoring(bindingKey('shop', 'web'))).toBe(false);
    expect(world.log.join('\n')).toContain('it took longer than ten minutes');
    world.simulator.faults.clear();
    await world.clock.advance(120_000);
    expect(lists(world)).toEqual(['c', 'c', 'c']);
    expectForgotten(world);
  });
});

describe('a restoration survives the process', () => {
  it.each<Moment>(['intended', 'sent', 'applied', 'concluded', 'verified'])(
    'that is killed when its write is %s',
    async (moment) => {
      const world = await restoringWorld();
      world.killAt(moment);
      world.remove('web');
      await world.clock.advance(20_000);
      expect(world.running).toBe(false);
      world.start();
      await world.clock.advance(90_000);
      expect(lists(world)).toEqual(['a b', 'a b', 'a b']);
      expectForgotten(world);
    },
  );

  it('that is down when the binding is removed', async () => {
    const world = await restoringWorld();
    await world.stop();
    world.source.removeUnseen(bindingKey('shop', 'web'));
    world.start();
    await world.clock.advance(10_000);
    expect(lists(world)).toEqual(['a b', 'a b', 'a b']);
    expectForgotten(world);
  });

  it('that is down when an instance leaves the binding', async () => {
    const world = await restoringWorld();
    await world.stop();
    world.declare('web', [ins(0)], 'c', RESTORE);
    world.start();
    await world.clock.advance(10_000);
    expect(lists(world)).toEqual(['c', 'a b', 'a b']);
    expect([...new InventoryTable(world.database).owners().keys()]).toEqual([ins(0)]);
  });

  it('that is down when another binding claims the instance', async () => {
    const world = await restoringWorld();
    world.unreachable = true;
    world.remove('web');
    await world.clock.advance(5_000);
    world.kill();
    world.unreachable = false;
    world.declare('api', all, 'd');
    world.start();
    await world.clock.advance(10_000);
    expect(lists(world)).toEqual(['d', 'd', 'd']);
    expect(causes(world)).not.toContain('restored');
    expect(new PendingRestoreTable(world.database).all()).toEqual([]);
  });

  it('but is only remembered by one that restores nothing', async () => {
    const world = await restoringWorld({}, { settings: { restore: false } });
    world.remove('web');
    await world.clock.advance(60_000);
    expect(lists(world)).toEqual(['c', 'c', 'c']);
  });
});
