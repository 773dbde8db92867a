import { describe, expect, it } from 'vitest';
import { groups, ins, SmallWorld } from '../../../test/faults/small-world.ts';
import { bindingKey } from '../../api/ids.ts';
import { StatusTable } from '../../store/sqlite/status-table.ts';

const all = (count: number) => Array.from({ length: count }, (_, n) => ins(n));
const ready = (world: SmallWorld) =>
  world.published.get(bindingKey('shop', 'web'))?.conditions.find((one) => one.type === 'Ready');

describe('what is published', () => {
  it('is silent while nothing changes', async () => {
    const world = new SmallWorld();
    world.declare('web', all(20), 'a b');
    await world.clock.advance(10_000);
    const reported = world.publications.length;
    await world.clock.advance(1_800_000);
    expect(world.publications.length).toBe(reported);
  });

  it('is published again as it was when somebody else has altered it', async () => {
    const world = new SmallWorld();
    world.declare('web', all(2), 'a b');
    await world.clock.advance(10_000);
    const told = world.publications.length;
    world.altered([bindingKey('shop', 'web')]);
    await world.clock.advance(1_000);
    expect(world.publications.slice(told)).toEqual(world.publications.slice(told - 1, told));
  });

  it('keeps the transition time of a status across a restart', async () => {
    const world = new SmallWorld();
    world.declare('web', all(20), 'a b');
    await world.clock.advance(10_000);
    const since = ready(world)?.lastTransitionTime;
    await world.clock.advance(600_000);
    world.kill();
    world.start();
    await world.clock.advance(100_000);
    world.declare('web', all(19), 'a b');
    await world.clock.advance(10_000);
    expect(ready(world)).toMatchObject({ status: 'True', lastTransitionTime: since });
  });

  it('tells the contender of a contested instance when its owner lets go', async () => {
    const world = new SmallWorld();
    world.declare('owner', [ins(1)], 'a b');
    await world.clock.advance(5_000);
    world.declare('web', [ins(1)], 'a b');
    await world.clock.advance(5_000);
    expect(ready(world)).toMatchObject({ status: 'False', reason: 'Conflicted' });
    world.remove('owner');
    await world.clock.advance(5_000);
    expect(ready(world)).toMatchObject({ status: 'True' });
    expect(new StatusTable(world.database).all().map((row) => row.binding)).toEqual(['shop/web']);
  });

  it('calls a binding stalled no longer once the owner of its instance has let go, however long the write takes', async () => {
    const world = new SmallWorld();
    world.declare('owner', [ins(1)], 'a b');
    world.declare('web', [ins(1)], 'b a');
    await world.clock.advance(5_000);
    expect(world.conditions('web')).toContain('Stalled=True Conflicted');
    world.simulator.faults.add({ kind: 'latency', ms: 4_000, count: 1 });
    world.remove('owner');
    await world.clock.advance(2_000);
    expect(world.conditions('web')).not.toContain('Stalled=True Conflicted');
    await world.clock.advance(5_000);
    expect(world.conditions('web')).toEqual(['Ready=True InSync']);
  });

  it('shows drift by somebody else no longer than its repair takes', async () => {
    const world = new SmallWorld();
    world.declare('web', all(2), 'a b', { mode: 'Observe' });
    await world.clock.advance(5_000);
    world.simulator.state.setList(ins(1), groups('b a'));
    await world.clock.advance(70_000);
    expect(world.conditions('web')).toContain('DriftDetected=True Drifted');
    world.declare('web', all(2), 'a b');
    await world.clock.advance(5_000);
    expect(world.conditions('web')).toEqual(['Ready=True InSync']);
  });

  it('says of every binding of the account that API 2.0 is retired, once, and with the same bytes after a restart', async () => {
    const world = new SmallWorld({ api: 'auto' });
    world.declare('web', all(10), 'a b');
    world.declare('other', [ins(15)], 'a b');
    await world.clock.advance(10_000);
    const before = ready(world)?.message;
    world.simulator.faults.add({ kind: 'v2-retired' });
    await world.clock.advance(100_000);
    const moved = `${before} (API 2.0 is retired for this account, so API 3.0 is used)`;
    expect(ready(world)).toMatchObject({ status: 'True', reason: 'InSync', message: moved });
    expect(world.published.get(bindingKey('shop', 'other'))?.conditions[0]?.message).toContain('retired');
    expect(world.movedApi).toBe(1);
    const reported = world.publications.length;
    const { lastTransitionTime } = ready(world) ?? {};
    world.kill();
    world.start();
    await world.clock.advance(300_000);
    expect(world.movedApi).toBe(2);
    const later = world.publications.slice(reported).map((text) => JSON.parse(text).conditions[0].message);
    expect(later.filter((message) => !message.endsWith('so API 3.0 is used)'))).toEqual([]);
    expect(ready(world)).toMatchObject({ status: 'True', message: moved, lastTransitionTime });
  });

  it('does not say that a call failed which found out that API 2.0 is retired', async () => {
    // The reply takes longer than what is published waits for.
    const world = new SmallWorld({ api: 'auto', latencyMs: 2_000 });
    world.simulator.faults.add({ kind: 'v2-retired' });
    world.declare('web', all(10), 'b a');
    world.declare('chosen', [], 'b a', { selector: { namePattern: 'web-15', excluded: [] } });
    await world.clock.advance(60_000);
    expect([world.movedApi, world.list(0), world.list(15)]).toEqual([1, 'b a', 'b a']);
    expect(world.publications.filter((text) => text.includes('ApiRetired'))).toEqual([]);
  });

  it('waits for nothing any more once the process was asked to end in the middle of a step', async () => {
    const world = new SmallWorld({ latencyMs: 1_000 });
    world.declare('web', all(2), 'b a');
    await world.clock.advance(1_500);
    const ended = world.stop();
    await world.clock.advance(2_000);
    await ended;
    expect(world.clock.pending).toBe(false);
  });

  it('is flushed before the process ends', async () => {
    const world = new SmallWorld();
    world.declare('web', all(2), 'b a', { mode: 'Observe' });
    await world.clock.advance(30);
    await world.stop();
    expect(world.published.size).toBe(1);
  });
});
