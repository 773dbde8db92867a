import { describe, expect, it } from 'vitest';
import { groups, ins, SmallWorld } from '../../test/faults/small-world.ts';

describe('the count of drift', () => {
  it('has what somebody else has changed, once when it is found and once when it is repaired', async () => {
    const world = new SmallWorld({});
    world.declare('web', [ins(0)], 'a b');
    await world.clock.advance(5_000);
    world.simulator.state.setList(ins(0), groups('c'));
    await world.clock.advance(120_000);
    expect(world.list(0)).toBe('a b');
    expect(world.drift).toEqual(['found', 'repaired']);
  });

  it('has no change that was declared', async () => {
    const world = new SmallWorld({});
    world.declare('web', [ins(0), ins(1)], 'a b');
    await world.clock.advance(120_000);
    world.declare('web', [ins(0), ins(1)], 'c');
    await world.clock.advance(120_000);
    expect(world.list(1)).toBe('c');
    expect(world.drift).toEqual([]);
  });

  it('has no list that is put back when its binding goes', async () => {
    const world = new SmallWorld({});
    world.simulator.state.setList(ins(0), groups('c'));
    world.declare('web', [ins(0)], 'a b', { deletionPolicy: 'Restore' });
    await world.clock.advance(120_000);
    world.remove('web');
    await world.clock.advance(120_000);
    expect(world.list(0)).toBe('c');
    expect(world.drift).toEqual([]);
  });
});
