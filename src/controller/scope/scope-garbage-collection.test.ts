import { describe, expect, it } from 'vitest';
import {
  ins,
  OTHER_REGION,
  REGION,
  SmallWorld,
  type SmallWorldOptions,
} from '../../../test/faults/small-world.ts';
import { OPEN_POLICY } from '../../core/policy.ts';
import type { Leadership } from '../../runtime/leadership.ts';

const HERE = `default@${REGION}`;
const THERE = `default@${OTHER_REGION}`;
const inOther = { scope: { account: 'default', region: OTHER_REGION } };
const MINUTES = 60_000;

/** A world in two regions, and the scopes that it competes for. */
function twoRegions(options: SmallWorldOptions = {}) {
  const joined = new Set<string>();
  const leadership: Leadership = {
    isShared: true,
    mayAct: (scope) => joined.has(scope),
    join: (scope) => void joined.add(scope),
    joined: () => joined,
    leave: (scope) => void joined.delete(scope),
  };
  const world = new SmallWorld({ ...options, otherRegion: 10, leadership });
  const scopes = () => [...world.controller.scopes].map(({ scope }) => `${scope.account}@${scope.region}`);
  const reads = (sinceMs: number) =>
    world.simulator.calls
      .entries()
      .filter(({ timeMs, region }) => timeMs > sinceMs && region === OTHER_REGION);
  return { world, joined, scopes, reads };
}

describe('a scope that no binding names any more', () => {
  it('is left after ten minutes, with its loops, while the others go on', async () => {
    const { world, joined, scopes, reads } = twoRegions();
    world.declare('here', [ins(0)], 'b a');
    world.declare('there', [ins(100)], 'b a', inOther);
    await world.clock.advance(1 * MINUTES);
    world.remove('there');
    await world.clock.advance(9 * MINUTES);
    expect([...joined].sort(), 'not at once').toEqual([HERE, THERE].sort());
    await world.clock.advance(3 * MINUTES);
    expect([...joined]).toEqual([HERE]);
    expect(scopes()).toEqual([HERE]);
    const leftMs = world.clock.now();
    await world.clock.advance(120 * MINUTES);
    expect(reads(leftMs)).toEqual([]);
    expect(world.conditions('here')).toEqual(['Ready=True InSync']);
  });

  it('comes back when a binding names it again', async () => {
    const { world, joined } = twoRegions();
    world.declare('there', [ins(100)], 'b a', inOther);
    await world.clock.advance(1 * MINUTES);
    world.remove('there');
    await world.clock.advance(20 * MINUTES);
    expect([...joined]).toEqual([]);
    world.declare('there', [ins(100)], 'c a', inOther);
    await world.clock.advance(1 * MINUTES);
    expect([...joined]).toEqual([THERE]);
    expect(world.list(100)).toBe('c a');
    expect(world.conditions('there')).toEqual(['Ready=True InSync']);
  });

  it('stays while a binding of it comes and goes', async () => {
    const { world, joined } = twoRegions();
    for (let round = 0; round < 5; round++) {
      world.declare('there', [ins(100)], 'b a', inOther);
      await world.clock.advance(2 * MINUTES);
      world.remove('there');
      await world.clock.advance(7 * MINUTES);
      expect([...joined]).toEqual([THERE]);
    }
  });

  it('stays until its instances have their original lists back', async () => {
    const { world, joined } = twoRegions();
    world.declare('there', [ins(100)], 'b a', { ...inOther, deletionPolicy: 'Restore' });
    await world.clock.advance(1 * MINUTES);
    world.unreachable = true;
    world.remove('there');
    await world.clock.advance(9 * MINUTES);
    world.unreachable = false;
    await world.clock.advance(0.9 * MINUTES);
    expect([...joined]).toEqual([THERE]);
    expect(world.list(100)).toBe('a b');
    await world.clock.advance(12 * MINUTES);
    expect([...joined]).toEqual([]);
  });

  it('stays for as long as what it has changed counts against the blast radius', async () => {
    const blastRadius = { share: 0, count: 1, periodMs: 60 * MINUTES };
    const { world, joined } = twoRegions({ settings: { policy: { ...OPEN_POLICY, blastRadius } } });
    world.declare('there', [ins(100)], 'b a', inOther);
    await world.clock.advance(1 * MINUTES);
    world.remove('there');
    await world.clock.advance(30 * MINUTES);
    expect([...joined]).toEqual([THERE]);
    world.declare('there', [ins(101)], 'b a', inOther);
    await world.clock.advance(1 * MINUTES);
    expect(world.list(101), 'one has changed within the hour').toBe('a b');
    world.remove('there');
    await world.clock.advance(63 * MINUTES);
    expect([...joined]).toEqual([]);
  });
});
