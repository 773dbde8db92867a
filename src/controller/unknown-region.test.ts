import { describe, expect, it } from 'vitest';
import { groups, ins, REGION, SmallWorld } from '../../test/faults/small-world.ts';
import { bindingKey } from '../api/ids.ts';
import { OPEN_POLICY } from '../core/policy.ts';

const MINUTES = 60_000;
const MISTYPED = 'ap-guangzou';
const there = { scope: { account: 'default', region: MISTYPED } };
const WEB = bindingKey('shop', 'web');
const all = (count: number) => Array.from({ length: count }, (_, n) => ins(n));

const callsOf = (world: SmallWorld, sinceMs: number) =>
  world.simulator.calls.entries().filter(({ region, timeMs }) => region === MISTYPED && timeMs >= sinceMs);
const said = (world: SmallWorld) =>
  world.published.get(WEB)?.conditions.find(({ type }) => type === 'Ready')?.message;

describe.each(['v2', 'v3', 'auto'] as const)('a region that the cloud does not offer, by API %s', (api) => {
  it.each([1, 300])('ends as Stalled, and names the region and what to do (%i instances)', async (count) => {
    const world = new SmallWorld({ api, instances: count });
    world.declare('web', all(count), 'b a', there);
    await world.clock.advance(20_000);
    expect(world.conditions('web')).toEqual(['Ready=False InvalidRequest', 'Stalled=True InvalidRequest']);
    expect(said(world)).toContain(`region "${MISTYPED}"`);
    expect(said(world)).toContain('correct spec.region: did you mean "ap-guangzhou"?');
  });

  it('is looked at again now and then, and costs next to no quota', async () => {
    const world = new SmallWorld({
      api,
      instances: 300,
      settings: { policy: { ...OPEN_POLICY, verifyGroups: true } },
    });
    world.declare('web', all(300), 'b a', there);
    await world.clock.advance(1 * MINUTES);
    const startMs = world.clock.now();
    await world.clock.advance(60 * MINUTES);
    const calls = callsOf(world, startMs).length;
    expect(calls).toBeGreaterThan(8);
    expect(calls).toBeLessThan(40);
    expect(world.conditions('web')[1]).toBe('Stalled=True InvalidRequest');
  });

  it('holds up no other region', async () => {
    const world = new SmallWorld({ api });
    world.declare('wrong', [ins(1)], 'b a', there);
    world.declare('web', [ins(0)], 'b a');
    await world.clock.advance(10_000);
    expect(world.conditions('web')).toEqual(['Ready=True InSync']);
  });

  it('is left at once when the spec names the right one', async () => {
    const world = new SmallWorld({ api });
    world.declare('web', [ins(0)], 'b a', there);
    await world.clock.advance(1 * MINUTES);
    world.declare('web', [ins(0)], 'b a', { scope: { account: 'default', region: REGION } });
    await world.clock.advance(5_000);
    expect(world.conditions('web')).toEqual(['Ready=True InSync']);
    expect(world.list(0)).toBe('b a');
  });

  it('is asked again at once when the spec changes otherwise', async () => {
    const world = new SmallWorld({ api });
    world.declare('web', all(3), 'b a', there);
    await world.clock.advance(1 * MINUTES);
    const changedMs = world.clock.now();
    world.declare('web', all(3), 'c a', there);
    await world.clock.advance(5_000);
    expect(callsOf(world, changedMs)).toHaveLength(1);
  });
});

describe('a region that was not offered and is offered later', () => {
  it('is taken up within minutes', async () => {
    const world = new SmallWorld({ api: 'v3' });
    const fault = world.simulator.faults.add({ kind: 'error', code: 'UnsupportedRegion' });
    world.declare('web', all(20), 'b a');
    await world.clock.advance(1 * MINUTES);
    expect(world.conditions('web')[1]).toBe('Stalled=True InvalidRequest');
    world.simulator.faults.remove(fault.id);
    await world.clock.advance(7 * MINUTES);
    expect(world.conditions('web')).toEqual(['Ready=True InSync']);
    expect(world.simulator.state.list(ins(0))).toEqual(groups('b a'));
  });
});

describe('a single wrong instance', () => {
  it('is not taken for a wrong region, whatever API 2.0 calls both', async () => {
    const world = new SmallWorld({ api: 'v2', instances: 60 });
    const action = 'DescribeInstances';
    world.simulator.faults.add({ kind: 'error', code: '4000', action, instanceIds: [ins(7)] });
    world.declare('web', all(60), 'b a');
    await world.clock.advance(20_000);
    expect(world.list(8)).toBe('b a');
    expect(said(world)).not.toContain('region');
  });
});

describe('a selector in a region that the cloud does not offer', () => {
  it('ends as Stalled as well', async () => {
    const world = new SmallWorld({ api: 'v3' });
    world.declare('web', [], 'b a', { ...there, selector: { tags: { role: 'web' }, excluded: [] } });
    await world.clock.advance(20_000);
    expect(world.conditions('web')).toEqual(['Ready=False InvalidRequest', 'Stalled=True InvalidRequest']);
    expect(said(world)).toContain(`region "${MISTYPED}"`);
  });
});
