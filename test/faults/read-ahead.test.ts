import { describe, expect, it } from 'vitest';
import { bindingKey, type InstanceId } from '../../src/api/ids.ts';
import { groups, ins, SmallWorld } from './small-world.ts';

const web = bindingKey('shop', 'web');
const many = (count: number): InstanceId[] => Array.from({ length: count }, (_, index) => ins(index));

/** A process that starts while its source is still being read. */
async function startReading(world: SmallWorld): Promise<void> {
  await world.stop();
  world.source.beginReading();
  world.start();
  await world.clock.advance(10);
}

const readCalls = (world: SmallWorld) =>
  world.simulator.calls.entries().filter(({ action }) => action === 'DescribeInstances');

describe('a source that takes its time', () => {
  it('has its instances read meanwhile, and once; nothing is written before it was read whole', async () => {
    const world = new SmallWorld({ instances: 200, api: 'v3' });
    await startReading(world);
    world.declare('web', many(200), 'b a', { origin: { kind: 'kubernetes', uid: 'u', generation: 1 } });
    await world.clock.advance(10_000);
    expect(readCalls(world)).toHaveLength(2);
    expect(world.writeCalls()).toEqual([]);
    expect(world.published.size, 'nobody is told anything').toBe(0);
    world.source.endReading();
    await world.until(() => world.writeCalls().length > 0 || world.conditions('web').length > 0, 1_000);
    expect(readCalls(world), 'the instances were read already').toHaveLength(2);
  });

  it('decides who owns an instance only when all rivals are known', async () => {
    const world = new SmallWorld({ instances: 2, api: 'v3' });
    await startReading(world);
    world.declare('late', [ins(0)], 'b a', { createdAt: '2026-01-02T00:00:00Z' });
    await world.clock.advance(10_000);
    world.declare('early', [ins(0)], 'c', { createdAt: '2026-01-01T00:00:00Z' });
    world.source.endReading();
    await world.clock.advance(10_000);
    expect(world.list(0)).toBe('c');
    expect(world.writeCalls()).toHaveLength(1);
    expect(world.verdict('late', 0).state).toBe('Conflicted');
  });

  it('forgets an instance whose declaration was gone when it had been read whole', async () => {
    const world = new SmallWorld({ instances: 200, api: 'v3' });
    await startReading(world);
    world.declare('web', many(100), 'b a');
    world.declare('kept', [ins(150)], 'a b');
    await world.clock.advance(10_000);
    world.source.removeUnseen(web);
    world.source.endReading();
    await world.clock.advance(10_000);
    expect(world.writeCalls()).toEqual([]);
    expect([...world.controller.scopes].flatMap((scope) => [...scope.records.keys()])).toEqual([ins(150)]);
    const before = readCalls(world).length;
    await world.clock.advance(120_000);
    const read = readCalls(world).slice(before);
    expect(read.length).toBeGreaterThan(0);
    expect(new Set(read.flatMap(({ instanceIds }) => instanceIds))).toEqual(new Set([ins(150)]));
  });
});

describe('what a source remembers to have been in sync', () => {
  it('is drift when it differs, and a change beside it does not wait until all of it was read', async () => {
    const world = new SmallWorld({ instances: 900, api: 'v3', settings: { readsPerSecond: 1 } });
    await world.stop();
    world.simulator.state.setList(ins(850), groups('c'));
    world.source.recordInSync(web);
    world.declare('web', many(900).slice(5), 'a b');
    world.declare('changed', many(5), 'b a', { origin: { kind: 'kubernetes', uid: 'u', generation: 2 } });
    world.start();
    await world.until(() => world.list(0) === 'b a', 10_000);
    expect(readCalls(world).length).toBeLessThan(5);
    await world.until(() => world.list(850) === 'a b', 20_000);
    const causes = world.database
      .prepare('SELECT instance_id AS instance, cause FROM journal ORDER BY id')
      .all();
    expect(causes.at(-1)).toMatchObject({ instance: ins(850), cause: 'drift' });
    expect(causes.slice(0, 5).map(({ cause }) => cause)).toEqual(Array(5).fill('first-seen'));
  });
});
