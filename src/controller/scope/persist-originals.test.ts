import { describe, expect, it } from 'vitest';
import { groups, ins, SmallWorld } from '../../../test/faults/small-world.ts';
import { bindingKey, type InstanceId } from '../../api/ids.ts';
import { InventoryTable } from '../../store/sqlite/inventory-table.ts';

const all = (count: number) => Array.from({ length: count }, (_, n) => ins(n));
const RESTORE = { deletionPolicy: 'Restore' } as const;

/** A place that keeps what it was asked for when the test says so. */
function makeWorld() {
  const kept = new Set<InstanceId>();
  const asked = new Set<InstanceId>();
  let tell: (ids: readonly InstanceId[]) => void = () => {};
  const world = new SmallWorld({
    persistedOriginals: {
      has: (_, id) => {
        if (!kept.has(id)) asked.add(id);
        return kept.has(id);
      },
      onPersisted: (listener) => {
        tell = listener;
      },
    },
  });
  const keep = () => {
    const ids = [...asked];
    asked.clear();
    for (const id of ids) kept.add(id);
    tell(ids);
  };
  return { world, asked, keep };
}

describe('a binding with deletionPolicy Restore whose originals outlive the process elsewhere', () => {
  it('is not written before they stand there, says so, and is written at once when they do', async () => {
    const { world, asked, keep } = makeWorld();
    world.declare('web', all(5), 'b a', RESTORE);
    await world.until(() => asked.size === 5, 1_000);
    await world.clock.advance(0);
    expect(world.conditions('web')).toEqual([
      'Ready=False Progressing',
      'Reconciling=True Progressing',
      'DriftDetected=True Drifted',
    ]);
    const reported = world.published.get(bindingKey('shop', 'web'))?.conditions[1]?.message;
    expect(reported).toContain('not written yet: the list from before');
    await world.clock.advance(120_000);
    expect(world.writeCalls()).toEqual([]);
    expect(world.log.filter((line) => line.startsWith('not written yet')).length).toBeGreaterThan(5);
    expect(new InventoryTable(world.database).original(ins(0))).toEqual(groups('a b'));
    keep();
    await world.clock.advance(500);
    expect(world.writeCalls()).toHaveLength(1);
    await world.clock.advance(10_000);
    expect(world.conditions('web')).toEqual(['Ready=True InSync']);
  });

  it('holds up no other binding', async () => {
    const { world } = makeWorld();
    world.declare('web', all(5), 'b a', RESTORE);
    world.declare('free', [ins(10), ins(11)], 'b a');
    await world.clock.advance(10_000);
    expect([world.list(0), world.list(10), world.list(11)]).toEqual(['a b', 'b a', 'b a']);
    expect(world.conditions('free')).toEqual(['Ready=True InSync']);
  });

  it('is asked for no more when its lists stand there already', async () => {
    const { world, keep } = makeWorld();
    world.declare('web', all(5), 'b a', RESTORE);
    await world.clock.advance(1_000);
    keep();
    await world.clock.advance(10_000);
    const reported = world.publications.length;
    world.simulator.state.setList(ins(3), groups('c'));
    await world.clock.advance(70_000);
    expect(world.list(3)).toBe('b a');
    // One for the settled change, and none for a step in between.
    const later = world.publications.slice(reported).map((text) => JSON.parse(text).conditions[0].status);
    expect(later).toEqual(['True']);
  });

  it('is written without a wait when the policy changes to Retain', async () => {
    const { world } = makeWorld();
    world.declare('web', all(5), 'b a', RESTORE);
    await world.clock.advance(10_000);
    world.declare('web', all(5), 'b a');
    await world.clock.advance(1_000);
    expect(world.writeCalls()).toHaveLength(1);
  });
});
