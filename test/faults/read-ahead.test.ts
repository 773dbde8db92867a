import { describe, expect, it } from 'vitest';
import { bindingKey, type InstanceId } from '../../src/api/ids.ts';
import { groups, ins, REGION, SmallWorld } from './small-world.ts';

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

  it('decides who owns an instance only when all contenders are known', async () => {
    const world = new SmallWorld({ instances: 2, api: 'v3' });
    await startReading(world);
    world.declare('late', [ins(0)], 'b a', { createdAt: '2026-01-02T00:00:00Z' });
    await world.clock.advance(10_000);
    world.declare('early', [ins(0)], 'c', { createdAt: '2026-01-01T00:00:00Z' });
    world.source.endReading();
    await world.clock.advance(10_000);
    expect(world.list(0)).toBe('c');
    expect(world.writeCalls()).toHaveLength(1);
    expect(world.status('late', 0).state).toBe('Conflicted');
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

describe('a declaration that is read ahead at once', () => {
  const scope = { account: 'default', region: REGION };

  async function watched(): Promise<SmallWorld> {
    const world = new SmallWorld({ instances: 3, api: 'v3', latencyMs: 30 });
    world.declare('web', [ins(0)], 'a b');
    await world.clock.advance(20_000);
    world.simulator.calls.clear();
    return world;
  }

  it.each([
    { place: 'before the read leaves', laterMs: 0 },
    { place: 'while the read is under way', laterMs: 10 },
    { place: 'after the read', laterMs: 1_000 },
  ])('takes one read and one write when it comes $place', async ({ laterMs }) => {
    const world = await watched();
    world.source.prefetchNow({ scope, instanceIds: [ins(0), ins(1)] });
    if (laterMs > 0) await world.clock.advance(laterMs);
    world.declare('web', [ins(0), ins(1)], 'b a');
    await world.until(() => world.list(1) === 'b a', 1_000);
    expect(world.list(0)).toBe('b a');
    expect(readCalls(world)).toHaveLength(1);
    expect(world.writeCalls()).toHaveLength(1);
  });

  it('finds what somebody else wrote since the last sweep', async () => {
    const world = await watched();
    world.simulator.state.setList(ins(0), groups('c d'));
    world.source.prefetchNow({ scope, instanceIds: [ins(0)] });
    world.declare('web', [ins(0)], 'b a');
    await world.until(() => world.list(0) === 'b a', 1_000);
    const [entry] = world.database.prepare('SELECT before FROM journal').all();
    expect(entry).toEqual({ before: groups('c d').join(' ') });
  });

  it('is awaited before drift is repaired by the declaration that it replaces', async () => {
    const world = await watched();
    world.simulator.state.setList(ins(0), groups('c d'));
    world.source.prefetchNow({ scope, instanceIds: [ins(0)] });
    await world.clock.advance(1_000);
    expect(world.list(0)).toBe('c d');
    world.declare('web', [ins(0)], 'c d');
    await world.clock.advance(20_000);
    expect(world.writeCalls()).toEqual([]);
    expect(world.conditions('web')).toEqual(['Ready=True InSync']);
  });

  it('lets drift be repaired when it never came', async () => {
    const world = await watched();
    world.simulator.state.setList(ins(0), groups('c d'));
    world.source.prefetchNow({ scope, instanceIds: [ins(0)] });
    await world.clock.advance(1_000);
    world.declare('other', [ins(2)], 'a b');
    await world.until(() => world.list(0) === 'a b', 1_000);
  });

  it('does not wait behind a sweep when its first read failed', async () => {
    const world = new SmallWorld({ instances: 2_000, api: 'v3', settings: { readsPerSecond: 1 } });
    world.declare('web', many(1_999), 'a b');
    world.declare('last', [ins(1_999)], 'a b');
    await world.until(() => world.conditions('last')[0] === 'Ready=True InSync', 60_000);
    const depth = () => [...world.controller.scopes].map(({ dispatchers }) => dispatchers.read.depth)[0] ?? 0;
    await world.until(() => depth() > 1_700, 180_000);
    world.simulator.faults.add({ kind: 'reset-before', action: 'DescribeInstances', count: 1 });
    world.source.prefetchNow({ scope, instanceIds: [ins(1_999)] });
    await world.clock.advance(1_100);
    world.declare('last', [ins(1_999)], 'b a');
    await world.until(() => world.list(1_999) === 'b a', 8_000);
  });

  it('leaves nothing behind when it declares something else', async () => {
    const world = await watched();
    world.source.prefetchNow({ scope, instanceIds: [ins(0), ins(1)] });
    world.declare('other', [ins(2)], 'b a');
    await world.clock.advance(20_000);
    expect([...world.controller.scopes].flatMap((one) => [...one.records.keys()])).toEqual([ins(0), ins(2)]);
    expect([world.list(0), world.list(1), world.list(2)]).toEqual(['a b', 'a b', 'b a']);
  });

  it('is not read for a scope that nobody has declared anything in', async () => {
    const world = await watched();
    world.source.prefetchNow({ scope: { account: 'default', region: '' }, instanceIds: [ins(0)] });
    await world.clock.advance(1_000);
    expect(readCalls(world)).toEqual([]);
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
