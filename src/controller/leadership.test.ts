import { describe, expect, it } from 'vitest';
import { groups, ins, REGION, SmallWorld, type SmallWorldOptions } from '../../test/faults/small-world.ts';
import { soleLeader } from '../runtime/leadership.ts';

const SCOPE = `default@${REGION}`;
const WEEK_MS = 7 * 86_400_000;
const all = (count: number) => Array.from({ length: count }, (_, n) => ins(n));

/** A world whose process can lose its scope and get it back. */
function replica(options: SmallWorldOptions = {}, isShared = true) {
  let leads = true;
  const leadership = { ...soleLeader, isShared, mayAct: () => leads };
  const world = new SmallWorld({ ...options, leadership });
  return {
    world,
    lose: () => {
      leads = false;
    },
    gain: () => {
      leads = true;
      world.controller.gained(SCOPE);
    },
  };
}

describe('a replica that gets its scope back', () => {
  it('writes nothing by what it saw before it lost it', async () => {
    const { world, lose, gain } = replica({ instances: 60, settings: { writesPerSecond: 1 } });
    world.declare('web', all(60), 'a b');
    await world.clock.advance(10_000);
    world.declare('web', all(60), 'b a');
    await world.until(() => world.writeCalls().length === 1, 5_000);
    lose();
    await world.clock.advance(100);
    for (const id of all(60)) world.simulator.state.setList(id, groups('b a'));
    await world.clock.advance(WEEK_MS);
    gain();
    await world.clock.advance(120_000);
    expect(world.writeCalls()).toHaveLength(1);
    expect(world.conditions('web')).toEqual(['Ready=True InSync']);
  });

  it('writes what still differs when it has looked', async () => {
    const { world, lose, gain } = replica();
    world.declare('web', all(20), 'a b');
    await world.clock.advance(10_000);
    lose();
    world.declare('web', all(20), 'b a');
    await world.clock.advance(WEEK_MS);
    expect(world.writeCalls()).toEqual([]);
    gain();
    await world.clock.advance(5_000);
    expect(all(20).map((_, n) => world.list(n))).toEqual(all(20).map(() => 'b a'));
  });

  it('leaves room for what another one has written within the second', async () => {
    const { world, lose, gain } = replica({ api: 'v3' });
    world.declare('web', all(20), 'a b');
    await world.clock.advance(10_000);
    lose();
    for (const n of all(20).keys()) world.declare(`web-${n}`, [ins(n)], 'b a');
    world.remove('web');
    await world.clock.advance(10_000);
    const gainedMs = world.clock.now();
    gain();
    await world.clock.advance(5_000);
    expect(world.list(19)).toBe('b a');
    expect(world.writeCalls()[0]?.timeMs).toBeGreaterThanOrEqual(gainedMs + 1_000);
  });

  it('writes at once where there is no other one', async () => {
    const { world, lose, gain } = replica({}, false);
    lose();
    world.declare('web', all(20), 'b a');
    await world.clock.advance(10_000);
    const gainedMs = world.clock.now();
    gain();
    await world.clock.advance(5_000);
    expect(world.list(19)).toBe('b a');
    expect(world.writeCalls()[0]?.timeMs).toBeLessThan(gainedMs + 500);
  });

  it('says again what another one may have said otherwise meanwhile', async () => {
    const { world, lose, gain } = replica();
    world.declare('web', all(20), 'a b');
    await world.clock.advance(10_000);
    lose();
    world.published.clear();
    await world.clock.advance(120_000);
    expect(world.conditions('web'), 'it is not its turn').toEqual([]);
    gain();
    await world.clock.advance(10_000);
    expect(world.conditions('web')).toEqual(['Ready=True InSync']);
  });

  it('lists anew whom a selector fits, however long it is until it would be listed again', async () => {
    const { world, lose, gain } = replica({ settings: { sweepIntervalMs: WEEK_MS } });
    world.declare('chosen', [], 'b a', { selector: { namePattern: 'web-*', excluded: [] } });
    await world.clock.advance(10_000);
    lose();
    const entry = { instanceId: 'ins-99999999', instanceName: 'web-new', securityGroupIds: groups('a b') };
    world.simulator.state.addInstance(REGION, entry);
    await world.clock.advance(60_000);
    gain();
    await world.clock.advance(10_000);
    expect(world.simulator.state.list(entry.instanceId)).toEqual(groups('b a'));
  });
});
