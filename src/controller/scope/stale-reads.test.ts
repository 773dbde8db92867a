import { describe, expect, it } from 'vitest';
import { groups, ins, SmallWorld } from '../../../test/faults/small-world.ts';
import { bindingKey } from '../../api/ids.ts';

const all = Array.from({ length: 20 }, (_, n) => ins(n));
const WRITE = 'ModifySecurityGroupsOfInstance';

/** Watches for an instance that is said to be in sync and is not, by what this process itself wrote. */
function watch(world: SmallWorld) {
  const lies: string[] = [];
  return {
    lies,
    async advance(ms: number): Promise<void> {
      for (let passed = 0; passed < ms; passed += 100) {
        await world.clock.advance(100);
        const declared = world.source.get(bindingKey('shop', 'web'))?.sgIds.join(' ');
        for (const [n, id] of all.entries()) {
          const truth = world.simulator.state.list(id).join(' ');
          const said = world.status('web', n).state;
          if (said === 'InSync' && truth !== declared) lies.push(`${id} is ${truth}`);
        }
      }
    },
  };
}

describe('reads that are late after a write', () => {
  it('are awaited, not taken for drift', async () => {
    const world = new SmallWorld();
    world.simulator.faults.add({ kind: 'stale-reads', ms: 25_000 });
    const watched = watch(world);
    world.declare('web', all, 'b a');
    await watched.advance(90_000);
    expect(world.writeCalls()).toHaveLength(1);
    expect(watched.lies).toEqual([]);
    expect(world.conditions('web')).toEqual(['Ready=True InSync']);
  });

  it.each([
    { end: undefined, reason: 'the revert is accepted' },
    { end: { kind: 'reset-before' } as const, reason: 'the revert is lost on the way' },
    { end: { kind: 'reset-after' } as const, reason: 'the reply to the revert is lost' },
    { end: { kind: 'error', code: '7000' } as const, reason: 'the revert fails' },
  ])('never make a revert look done that is not: $reason', async ({ end, reason }) => {
    const world = new SmallWorld();
    world.declare('web', all, 'a b');
    await world.clock.advance(5_000);
    world.simulator.faults.add({ kind: 'stale-reads', ms: 25_000 });
    const watched = watch(world);
    world.declare('web', all, 'b a');
    await watched.advance(1_000);
    expect(world.list(0)).toBe('b a');
    if (end !== undefined) world.simulator.faults.add({ ...end, action: WRITE, count: 1 });
    world.declare('web', all, 'a b');
    await watched.advance(200_000);
    expect(watched.lies, reason).toEqual([]);
    expect(world.list(0), reason).toBe('a b');
    expect(world.conditions('web'), reason).toEqual(['Ready=True InSync']);
  });

  it('do not hide what somebody else writes meanwhile', async () => {
    const world = new SmallWorld();
    world.simulator.faults.add({ kind: 'stale-reads', ms: 5_000 });
    world.declare('web', all, 'b a');
    await world.clock.advance(2_000);
    world.simulator.state.setList(ins(3), groups('d'));
    await world.clock.advance(80_000);
    expect(world.list(3)).toBe('b a');
  });

  it('are told from a write that never arrived: its list is written again', async () => {
    const world = new SmallWorld();
    world.declare('web', all, 'a b');
    await world.clock.advance(5_000);
    world.simulator.faults.add({ kind: 'reset-before', action: WRITE, count: 1 });
    world.declare('web', all, 'b a');
    await world.clock.advance(10_000);
    expect(world.list(0)).toBe('b a');
    expect(world.conditions('web')).toEqual(['Ready=True InSync']);
    expect(world.writeCalls()).toHaveLength(2);
  });

  it('are outlived by an outage of reads: what was last read is not believed for its age', async () => {
    const world = new SmallWorld();
    world.declare('web', all, 'a b');
    await world.clock.advance(5_000);
    world.simulator.faults.add({ kind: 'stale-reads', ms: 25_000 });
    const watched = watch(world);
    world.declare('web', all, 'b a');
    await watched.advance(1_000);
    world.simulator.faults.add({ kind: 'http', status: 503, action: 'DescribeInstances' });
    await watched.advance(120_000);
    expect(watched.lies).toEqual([]);
    expect(world.writeCalls(), 'nothing is written from an old observation').toHaveLength(1);
    expect(world.conditions('web')[0]).not.toBe('Ready=True InSync');
    world.simulator.faults.clear();
    await watched.advance(60_000);
    expect(world.conditions('web')).toEqual(['Ready=True InSync']);
  });
});
