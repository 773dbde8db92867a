import { describe, expect, it } from 'vitest';
import { bindingKey } from '../../src/api/ids.ts';
import { OPEN_POLICY } from '../../src/core/policy.ts';
import { all, digestIn, guardedWorld } from './guarded-world.ts';
import { groups, ins, SmallWorld } from './small-world.ts';

const HOUR_MS = 3_600_000;
const WEB = bindingKey('shop', 'web');

/** A world in which changes are allowed from two to three o'clock; it begins at midnight. */
function windowedWorld(): SmallWorld {
  const night = {
    name: 'night',
    effect: 'allow',
    schedule: '0 2 * * *',
    durationMs: HOUR_MS,
    timeZone: 'UTC',
    where: {},
  } as const;
  return new SmallWorld({ settings: { policy: { ...OPEN_POLICY, windows: [night] } } });
}

describe('a machine whose clock was wrong at the start and is set right later', () => {
  it('keeps to the change windows of the calendar that it has now', async () => {
    const world = windowedWorld();
    world.declare('web', all(3), 'b a');
    await world.clock.advance(10_000);
    expect(world.conditions('web')[0]).toBe('Ready=False OutsideWindow');
    world.clock.setWall(2.5 * HOUR_MS);
    await world.clock.advance(40_000);
    expect(world.list(0)).toBe('b a');
    world.clock.setWall(-2.5 * HOUR_MS);
    world.simulator.state.setList(ins(0), groups('a b'));
    await world.clock.advance(1.5 * HOUR_MS);
    expect(world.list(0), 'the window that was thought open is not').toBe('a b');
    await world.clock.advance(HOUR_MS);
    expect(world.list(0)).toBe('b a');
  });

  it('ends a suspension when the calendar says so', async () => {
    const world = new SmallWorld();
    const untilMs = world.clock.wall() + 3 * HOUR_MS;
    world.declare('web', all(3), 'b a', { suspendUntilMs: untilMs });
    await world.clock.advance(HOUR_MS);
    world.clock.setWall(-HOUR_MS);
    await world.clock.advance(2.5 * HOUR_MS);
    expect(world.list(0), 'half an hour is left').toBe('a b');
    world.clock.setWall(HOUR_MS);
    await world.clock.advance(40_000);
    expect(world.list(0)).toBe('b a');
  });

  it('takes an approval that is fresh by the calendar, and none that is old', async () => {
    const one = guardedWorld();
    one.declare('web', all(20), 'b a');
    await one.clock.advance(10_000);
    one.clock.setWall(-72 * HOUR_MS);
    const digest = digestIn(one.status('web', 0).message);
    const at = (wallMs: number) => new Date(wallMs).toISOString();
    one.source.approve({ digest, by: 'ann', at: at(one.clock.wall() - 48 * HOUR_MS) });
    await one.clock.advance(10_000);
    expect(one.conditions('web')[0], 'too old').toBe('Ready=False BlastRadius');
    one.source.approve({ digest, by: 'ann', at: at(one.clock.wall()) });
    await one.clock.advance(10_000);
    expect(one.conditions('web')).toEqual(['Ready=True InSync']);
  });

  it('shows times of the calendar', async () => {
    const world = new SmallWorld();
    world.clock.setWall(-HOUR_MS);
    world.declare('web', all(3), 'b a');
    await world.clock.advance(10_000);
    const status = world.published.get(WEB);
    expect(status?.conditions[0]?.lastTransitionTime).toMatch(/^2025-12-31T23:00/);
    expect(new Date(status?.lastWriteMs ?? 0).toISOString()).toMatch(/^2025-12-31T23:00/);
  });

  it('shows until when the blast radius defers a change as the calendar will have it', async () => {
    const one = guardedWorld();
    one.clock.setWall(-HOUR_MS);
    one.declare('first', all(4), 'b a');
    await one.clock.advance(120_000);
    one.declare('second', all(4, 10), 'b a', { origin: { kind: 'kubernetes', uid: 'u', generation: 1 } });
    await one.clock.advance(5_000);
    expect(one.status('second', 10).message).toMatch(/this change waits until 2025-12-31T23:10/);
  });

  it('counts after a restart what was changed before it, by what was recorded', async () => {
    const one = guardedWorld();
    one.clock.setWall(-HOUR_MS);
    one.declare('first', all(4), 'b a');
    await one.clock.advance(5_000);
    await one.stop();
    one.start();
    one.declare('second', all(4, 10), 'b a', {
      origin: { kind: 'directory', file: 'second.yaml', line: 1, column: 1, revision: 'r2' },
    });
    await one.clock.advance(60_000);
    expect(one.list(10)).toBe('a b');
    await one.clock.advance(600_000);
    expect(one.list(10)).toBe('b a');
  });

  it('does not await after a restart what came before a write that was read back, though it was recorded later', async () => {
    const world = new SmallWorld();
    world.killAt('concluded');
    world.declare('web', [ins(0)], 'b a');
    await world.until(() => !world.running, 30_000);
    // Long enough that the next process does not await it.
    await world.clock.advance(120_000);
    world.start();
    world.declare('web', [ins(0)], 'a b');
    await world.clock.advance(10_000);
    expect([world.list(0), world.writeCalls().length]).toEqual(['a b', 2]);
    world.clock.setWall(-HOUR_MS);
    await world.stop();
    world.start();
    await world.clock.advance(10_000);
    expect(world.writeCalls()).toHaveLength(2);
    expect(world.conditions('web')).toEqual(['Ready=True InSync']);
  });

  it('measures what takes time by another clock, which goes on as before', async () => {
    const world = new SmallWorld();
    world.declare('web', all(20), 'b a');
    await world.clock.advance(10_000);
    const calls = () => world.simulator.calls.entries().length;
    for (const byMs of [-HOUR_MS, 26 * HOUR_MS]) {
      const before = calls();
      world.clock.setWall(byMs);
      await world.clock.advance(90_000);
      expect(calls() - before, 'a sweep or two').toBeLessThanOrEqual(2);
      expect(calls() - before).toBeGreaterThan(0);
      expect(world.conditions('web')).toEqual(['Ready=True InSync']);
    }
  });
});
