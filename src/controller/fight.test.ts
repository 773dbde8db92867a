import { describe, expect, it } from 'vitest';
import { groups, ins, SmallWorld } from '../../test/faults/small-world.ts';
import { OPEN_POLICY } from '../core/policy.ts';

const POLICY = { ...OPEN_POLICY, fights: { rewrites: 3, withinMs: 600_000, paceMs: 300_000 } };
const HOUR_MS = 3_600_000;

/** Somebody else who sets the instance to `c` a while after every change that is not theirs. */
function foreignWriter(world: SmallWorld, n: number): { stop(): void } {
  let stopped = false;
  world.simulator.state.onChange(({ instanceId, action }) => {
    if (instanceId !== ins(n) || action === 'drift' || stopped) return;
    world.clock.setTimer(5_000, () => {
      if (!stopped) world.simulator.state.setList(ins(n), groups('c'));
    });
  });
  return {
    stop() {
      stopped = true;
    },
  };
}

function fighting() {
  const world = new SmallWorld({ settings: { policy: POLICY } });
  world.declare('web', [ins(0), ins(1)], 'a b');
  return world;
}

describe('a fight', () => {
  it('makes the instance contested, shows both lists, and slows the rewriting down', async () => {
    const world = fighting();
    await world.clock.advance(1_000);
    const other = foreignWriter(world, 0);
    world.simulator.state.setList(ins(0), groups('c'));
    await world.clock.advance(HOUR_MS);
    expect(world.conditions('web')).toContain('Contested=True Contested');
    const status = world.status('web', 0);
    expect(status.state).toBe('Contested');
    expect(status.message).toContain('[sg-cccccccc] where [sg-aaaaaaaa sg-bbbbbbbb] is declared');
    // Three at the pace of the sweep, then one a pace.
    expect(world.writeCalls().length).toBeLessThanOrEqual(3 + HOUR_MS / POLICY.fights.paceMs);
    other.stop();
  });

  it('says the same as long as it goes on', async () => {
    const world = fighting();
    await world.clock.advance(1_000);
    foreignWriter(world, 0);
    world.simulator.state.setList(ins(0), groups('c'));
    await world.clock.advance(HOUR_MS / 2);
    const before = world.publications.length;
    await world.clock.advance(HOUR_MS);
    // Each write leaves a request id and a time; nothing else moves.
    expect(world.publications.length - before).toBeLessThanOrEqual((2 * HOUR_MS) / POLICY.fights.paceMs);
  });

  it('ends by itself when the other one stops', async () => {
    const world = fighting();
    await world.clock.advance(1_000);
    const other = foreignWriter(world, 0);
    world.simulator.state.setList(ins(0), groups('c'));
    await world.clock.advance(HOUR_MS);
    other.stop();
    await world.clock.advance(3 * POLICY.fights.paceMs);
    expect(world.conditions('web')).toEqual(['Ready=True InSync']);
    world.simulator.state.setList(ins(0), groups('c'));
    await world.clock.advance(70_000);
    expect(world.list(0)).toBe('a b');
  });

  it('holds up no other instance', async () => {
    const world = fighting();
    await world.clock.advance(1_000);
    foreignWriter(world, 0);
    world.simulator.state.setList(ins(0), groups('c'));
    await world.clock.advance(HOUR_MS);
    world.simulator.state.setList(ins(1), groups('c'));
    await world.clock.advance(70_000);
    expect(world.list(1)).toBe('a b');
  });

  it('is not taken for one when a declaration changes often', async () => {
    const world = fighting();
    for (let n = 0; n < 8; n++) {
      world.declare('web', [ins(0), ins(1)], n % 2 === 0 ? 'b a' : 'a b');
      await world.clock.advance(10_000);
    }
    expect(world.conditions('web')).toEqual(['Ready=True InSync']);
  });

  it('is over when somebody declares another list', async () => {
    const world = fighting();
    await world.clock.advance(1_000);
    const other = foreignWriter(world, 0);
    world.simulator.state.setList(ins(0), groups('c'));
    await world.clock.advance(HOUR_MS);
    other.stop();
    world.declare('web', [ins(0), ins(1)], 'c');
    await world.clock.advance(10_000);
    expect(world.conditions('web')).toEqual(['Ready=True InSync']);
  });
});
