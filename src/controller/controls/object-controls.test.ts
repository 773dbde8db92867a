import { describe, expect, it } from 'vitest';
import { groups, ins, SmallWorld } from '../../../test/faults/small-world.ts';
import { bindingKey } from '../../api/ids.ts';

const all = (count: number) => Array.from({ length: count }, (_, n) => ins(n));
const READ = 'DescribeInstances';
const ONE_SWEEP_MS = 67_000;
const WEB = bindingKey('shop', 'web');

describe('a binding that is suspended until a time', () => {
  it('is reported and not written before, and is written within seconds after, without a new document', async () => {
    const world = new SmallWorld({ settings: { sweepIntervalMs: 3_600_000 } });
    const untilMs = world.clock.now() + 90_000;
    world.declare('web', all(3), 'b a', { suspendUntilMs: untilMs });
    await world.clock.advance(89_000);
    expect(world.list(0)).toBe('a b');
    expect(world.conditions('web')).toEqual([
      'Ready=False Suspended',
      'DriftDetected=True Drifted',
      'Suspended=True Suspended',
    ]);
    const message = world.published.get(WEB)?.conditions.at(-1)?.message;
    expect(message).toBe(
      'suspended until 2026-01-01T00:01:30Z: drift is reported and nothing is written before',
    );
    await world.clock.advance(4_000);
    expect(world.list(0)).toBe('b a');
    expect(world.writeCalls()[0]?.timeMs).toBeLessThan(untilMs + 1_000);
    expect(world.conditions('web')).toEqual(['Ready=True InSync']);
  });

  it('says so no more when it is over, also when nothing had to be written', async () => {
    const world = new SmallWorld();
    world.declare('web', all(3), 'a b', { suspendUntilMs: world.clock.now() + 5_000 });
    await world.clock.advance(3_000);
    expect(world.conditions('web')).toContain('Suspended=True Suspended');
    await world.clock.advance(4_000);
    expect(world.conditions('web')).toEqual(['Ready=True InSync']);
    expect(world.writeCalls()).toEqual([]);
  });

  it('says so no more when it is over, also when another one owns all its instances', async () => {
    const world = new SmallWorld({ settings: { sweepIntervalMs: 3_600_000 } });
    world.declare('owner', [ins(0)], 'a b', { createdAt: '2026-01-01T00:00:00Z' });
    const suspendUntilMs = world.clock.now() + 30_000;
    world.declare('web', [ins(0)], 'a b', { createdAt: '2026-01-02T00:00:00Z', suspendUntilMs });
    await world.clock.advance(28_000);
    expect(world.conditions('web')).toContain('Suspended=True Suspended');
    await world.clock.advance(4_000);
    expect(world.conditions('web')).not.toContain('Suspended=True Suspended');
    expect(world.conditions('web')[0]).toBe('Ready=False Conflicted');
  });

  it('stays suspended while its document says so, whatever the time', async () => {
    const world = new SmallWorld();
    world.declare('web', all(3), 'b a', { suspend: true, suspendUntilMs: world.clock.now() + 5_000 });
    await world.clock.advance(120_000);
    expect(world.list(0)).toBe('a b');
  });

  it('is over at once when a new document takes the time away', async () => {
    const world = new SmallWorld();
    world.declare('web', all(3), 'b a', { suspendUntilMs: world.clock.now() + 3_600_000 });
    await world.clock.advance(5_000);
    world.declare('web', all(3), 'b a');
    await world.clock.advance(2_000);
    expect(world.list(0)).toBe('b a');
  });

  it('ends at its time after a restart as well', async () => {
    const world = new SmallWorld();
    world.declare('web', all(3), 'b a', { suspendUntilMs: world.clock.now() + 30_000 });
    await world.clock.advance(5_000);
    world.kill();
    world.start();
    await world.clock.advance(20_000);
    expect(world.list(0)).toBe('a b');
    await world.clock.advance(8_000);
    expect(world.list(0)).toBe('b a');
  });
});

describe('an interval', () => {
  it('finds drift at the pace of its own binding', async () => {
    const world = new SmallWorld();
    world.declare('fast', [ins(0)], 'a b', { intervalMs: 10_000 });
    world.declare('slow', [ins(1)], 'a b', { intervalMs: 3_600_000 });
    world.declare('usual', [ins(2)], 'a b');
    await world.clock.advance(10_000);
    for (const n of [0, 1, 2]) world.simulator.state.setList(ins(n), groups('c'));
    await world.clock.advance(13_000);
    expect([world.list(0), world.list(1), world.list(2)]).toEqual(['a b', 'c', 'c']);
    await world.clock.advance(ONE_SWEEP_MS);
    expect([world.list(1), world.list(2)]).toEqual(['c', 'a b']);
    await world.clock.advance(3_600_000 * 1.1);
    expect(world.list(1)).toBe('a b');
  });

  it('costs one call for a hundred instances, however many bindings share it', async () => {
    const world = new SmallWorld({ instances: 100, settings: { sweepIntervalMs: 3_600_000 } });
    for (let n = 0; n < 100; n++) world.declare(`one-${n}`, [ins(n)], 'a b', { intervalMs: 60_000 });
    await world.clock.advance(10_000);
    const before = world.simulator.calls.count(READ);
    await world.clock.advance(600_000);
    const reads = world.simulator.calls.count(READ) - before;
    expect(reads).toBeGreaterThanOrEqual(9);
    expect(reads).toBeLessThanOrEqual(12);
  });

  it('of a binding that gets an instance back finds drift there again, however long another one held it', async () => {
    const world = new SmallWorld();
    world.declare('other', [ins(0)], 'a b', { createdAt: '2026-01-01T00:00:00Z' });
    world.declare('web', [ins(0)], 'a b', { createdAt: '2026-01-02T00:00:00Z', intervalMs: 30_000 });
    await world.clock.advance(120_000);
    expect(world.conditions('web')[0]).toBe('Ready=False Conflicted');
    world.remove('other');
    await world.clock.advance(5_000);
    expect(world.conditions('web')).toEqual(['Ready=True InSync']);
    for (const round of [1, 2]) {
      world.simulator.state.setList(ins(0), groups('c'));
      await world.clock.advance(40_000);
      expect(world.list(0), `round ${round}`).toBe('a b');
    }
  });

  it('that nobody has any more costs nothing', async () => {
    const world = new SmallWorld({ settings: { sweepIntervalMs: 3_600_000 } });
    world.declare('web', all(3), 'a b', { intervalMs: 10_000 });
    await world.clock.advance(60_000);
    world.declare('web', all(3), 'a b');
    await world.clock.advance(60_000);
    const before = world.simulator.calls.count(READ);
    await world.clock.advance(600_000);
    expect(world.simulator.calls.count(READ)).toBe(before);
  });
});

describe('a request to reconcile', () => {
  const handled = (world: SmallWorld) => world.published.get(WEB)?.lastHandledReconcileAt;

  it('is read, repaired and echoed at once', async () => {
    const world = new SmallWorld();
    world.declare('web', all(3), 'a b');
    await world.clock.advance(10_000);
    world.simulator.state.setList(ins(1), groups('c'));
    world.declare('web', all(3), 'a b', { reconcileRequest: 'one' });
    await world.clock.advance(1_000);
    expect(world.list(1)).toBe('a b');
    await world.clock.advance(2_000);
    expect(handled(world)).toBe('one');
    expect(world.status('web', 1).state).toBe('InSync');
  });

  it('is echoed when the reply has come, however slow the cloud is and although nothing was to be done', async () => {
    const world = new SmallWorld({ latencyMs: 3_000 });
    world.declare('web', all(3), 'a b');
    await world.clock.advance(20_000);
    world.declare('web', all(3), 'a b', { reconcileRequest: 'one' });
    await world.clock.advance(2_500);
    expect(handled(world)).toBeUndefined();
    await world.clock.advance(2_000);
    expect(handled(world)).toBe('one');
  });

  it('goes before a sweep of ten thousand', async () => {
    const world = new SmallWorld({ instances: 10_000 });
    for (let n = 0; n < 10; n++)
      world.declare(`bulk-${n}`, all(10_000).slice(n * 1_000, n * 1_000 + 999), 'a b');
    world.declare('web', [ins(9_999)], 'a b');
    await world.clock.advance(20_000);
    const reads = world.simulator.calls.count(READ);
    await world.until(() => world.simulator.calls.count(READ) > reads + 20, ONE_SWEEP_MS);
    const atMs = world.clock.now();
    world.simulator.state.setList(ins(9_999), groups('c'));
    world.controller.requestReconcile(WEB, 'now');
    await world.until(() => world.list(9_999) === 'a b', 1_000);
    expect(world.clock.now() - atMs).toBeLessThanOrEqual(150);
  });

  it('tries again at once what has failed for good', async () => {
    const world = new SmallWorld();
    const fault = world.simulator.faults.add({
      kind: 'error',
      code: '5000',
      action: 'ModifySecurityGroupsOfInstance',
    });
    world.declare('web', [ins(0)], 'b a');
    await world.clock.advance(10_000);
    expect(world.status('web', 0).state).toBe('Failed');
    world.simulator.faults.remove(fault.id);
    world.controller.requestReconcile(WEB, 'now');
    await world.clock.advance(3_000);
    expect(world.list(0)).toBe('b a');
    expect(handled(world)).toBe('now');
  });

  it('is not echoed while the cloud cannot be read', async () => {
    const world = new SmallWorld();
    world.declare('web', all(3), 'a b');
    await world.clock.advance(10_000);
    world.unreachable = true;
    world.controller.requestReconcile(WEB, 'now');
    await world.clock.advance(60_000);
    expect(handled(world)).toBeUndefined();
    world.unreachable = false;
    await world.clock.advance(ONE_SWEEP_MS);
    expect(handled(world)).toBe('now');
  });

  it('is taken at most once in 10 s, and the newest that came meanwhile when they are over', async () => {
    const world = new SmallWorld();
    world.declare('web', all(3), 'a b');
    world.declare('db', [ins(5)], 'a b');
    await world.clock.advance(15_000);
    const before = world.simulator.calls.count(READ);
    for (let n = 0; n < 100; n++) {
      world.declare('web', all(3), 'a b', { reconcileRequest: `n-${n}` });
      await world.clock.advance(100);
    }
    world.simulator.state.setList(ins(1), groups('c'));
    await world.clock.advance(1_000);
    // The first at once, the last 10 s later.
    expect(world.simulator.calls.count(READ) - before).toBeLessThanOrEqual(4);
    expect(world.list(1)).toBe('a b');
    await world.clock.advance(2_000);
    expect(handled(world)).toBe('n-99');
    await world.clock.advance(8_000);
    const later = world.simulator.calls.count(READ);
    world.controller.requestReconcile(WEB, 'later');
    await world.clock.advance(1_000);
    expect(world.simulator.calls.count(READ) - later).toBe(1);
  });

  it('is not asked again by a document that says what it said, nor lost for it', async () => {
    const world = new SmallWorld();
    world.declare('web', all(3), 'a b', { reconcileRequest: 'one' });
    await world.clock.advance(15_000);
    world.controller.requestReconcile(WEB, 'two');
    await world.clock.advance(1_000);
    world.controller.requestReconcile(WEB, 'three');
    world.declare('web', all(3), 'b a', { reconcileRequest: 'one' });
    await world.clock.advance(15_000);
    expect(handled(world)).toBe('three');
  });

  it('holds back nobody else', async () => {
    const world = new SmallWorld();
    world.declare('web', all(3), 'a b');
    world.declare('db', [ins(5)], 'a b');
    await world.clock.advance(15_000);
    world.controller.requestReconcile(WEB, 'one');
    world.controller.requestReconcile(WEB, 'two');
    world.simulator.state.setList(ins(5), groups('c'));
    world.controller.requestReconcile(bindingKey('shop', 'db'), 'one');
    await world.clock.advance(1_000);
    expect(world.list(5)).toBe('a b');
  });

  it('does not read again what was not found a moment ago', async () => {
    const world = new SmallWorld({ instances: 3, settings: { sweepIntervalMs: 3_600_000 } });
    const invented = Array.from({ length: 500 }, (_, n) => ins(1_000 + n));
    world.declare('web', [ins(0), ...invented], 'a b');
    await world.clock.advance(5_000);
    const reads = () => world.simulator.calls.count(READ);
    let before = reads();
    world.controller.requestReconcile(WEB, 'one');
    await world.clock.advance(5_000);
    expect(reads() - before).toBe(1);
    expect(handled(world)).toBe('one');
    await world.clock.advance(60_000);
    before = reads();
    world.controller.requestReconcile(WEB, 'two');
    await world.clock.advance(5_000);
    expect(reads() - before).toBe(6);
    expect(handled(world)).toBe('two');
  });

  it('is as rare when an emergency is declared and taken back again and again', async () => {
    const world = new SmallWorld({ settings: { sweepIntervalMs: 3_600_000 } });
    world.declare('web', all(3), 'a b');
    await world.clock.advance(15_000);
    const before = world.simulator.calls.count(READ);
    for (let n = 0; n < 100; n++) {
      const emergency = { untilMs: world.clock.now() + 600_000, reason: `flood ${n}` };
      world.declare('web', all(3), 'a b', { emergency });
      await world.clock.advance(100);
    }
    await world.clock.advance(1_000);
    expect(world.simulator.calls.count(READ) - before).toBeLessThanOrEqual(3);
  });

  it('is refused for a binding that is not declared', () => {
    const world = new SmallWorld();
    expect(world.controller.requestReconcile(WEB, 'now')).toBe(false);
  });
});
