import { describe, expect, it } from 'vitest';
import { groups, ins, REGION, SmallWorld } from '../../test/faults/small-world.ts';

const all = (count: number) => Array.from({ length: count }, (_, n) => ins(n));
const ONE_SWEEP_MS = 67_000;
const HOUR_MS = 3_600_000;
const ACTION = { v2: 'ModifySecurityGroupsOfInstance', v3: 'ModifyInstancesAttribute' } as const;
const inSync = (world: SmallWorld, count: number, list: string, but: readonly number[] = []) =>
  Array.from({ length: count }, (_, n) => n).every((n) => but.includes(n) || world.list(n) === list);

describe('a poisoned instance', () => {
  it.each([
    { api: 'v2' as const, size: 20, code: '7000', poisoned: [7], reason: 'one, for a reason that may pass' },
    { api: 'v2' as const, size: 20, code: '5000', poisoned: [0], reason: 'one, for good' },
    { api: 'v3' as const, size: 100, code: 'InternalError', poisoned: [93], reason: 'one of a hundred' },
    { api: 'v2' as const, size: 20, code: '7000', poisoned: [2, 17], reason: 'two, in different halves' },
    { api: 'v2' as const, size: 20, code: '7000', poisoned: [2, 3], reason: 'two, next to each other' },
    { api: 'v3' as const, size: 100, code: 'ResourceBusy', poisoned: [11, 88], reason: 'two of a hundred' },
  ])(
    'costs its neighbours at most log2 extra calls: $reason ($api $code)',
    async ({ api, size, code, poisoned, reason }) => {
      const world = new SmallWorld({ instances: size, api });
      for (const n of poisoned)
        world.simulator.faults.add({ kind: 'error', code, action: ACTION[api], instanceIds: [ins(n)] });
      world.declare('web', all(size), 'b a');
      await world.until(() => inSync(world, size, 'b a', poisoned), 60_000);
      const extra = world.writeCalls().length - 1;
      expect(extra, reason).toBeLessThanOrEqual(2 * poisoned.length * Math.ceil(Math.log2(size)));
      for (const n of poisoned) expect(world.list(n)).toBe('a b');
      world.simulator.faults.clear();
      await world.clock.advance(7 * 60_000);
      expect(inSync(world, size, 'b a'), 'it converges when the poison ends').toBe(true);
      expect(world.conditions('web')).toEqual(['Ready=True InSync']);
    },
  );

  it('does not hold up others, however long it goes on failing alone', async () => {
    const world = new SmallWorld();
    for (const n of [2, 17]) {
      world.simulator.faults.add({ kind: 'error', code: '7000', action: ACTION.v2, instanceIds: [ins(n)] });
    }
    world.declare('web', all(19), 'b a');
    await world.clock.advance(10 * 60_000);
    for (let round = 0; round < 20; round++) {
      await world.clock.advance(7_000);
      const atMs = world.clock.now();
      world.declare('lone', [ins(19)], round % 2 === 0 ? 'c' : 'd');
      await world.clock.advance(2_000);
      const calls = world.writeCalls(atMs).filter((call) => call.instanceIds.includes(ins(19)));
      expect((calls[0]?.timeMs ?? Number.POSITIVE_INFINITY) - atMs, `round ${round}`).toBeLessThanOrEqual(
        300,
      );
      expect(calls[0]?.instanceIds, 'it is not made to share its call').toEqual([ins(19)]);
    }
    expect(world.controller.scopes).toBeDefined();
    expect([...world.controller.scopes][0]?.problem).toEqual({});
    expect(world.status('web', 2)).toMatchObject({ state: 'Retrying', reason: 'CloudError' });
  });

  it('shares batches again once it is well', async () => {
    const world = new SmallWorld();
    world.simulator.faults.add({ kind: 'error', code: '7000', action: ACTION.v2, instanceIds: [ins(2)] });
    world.declare('web', all(20), 'b a');
    await world.clock.advance(60_000);
    world.simulator.faults.clear();
    await world.clock.advance(120_000);
    expect(inSync(world, 20, 'b a')).toBe(true);
    const atMs = world.clock.now();
    for (const id of all(20)) world.simulator.state.setList(id, groups('c'));
    await world.clock.advance(ONE_SWEEP_MS);
    expect(inSync(world, 20, 'b a')).toBe(true);
    expect(world.writeCalls(atMs)).toHaveLength(1);
  });

  it('is tried again ever more slowly', async () => {
    const world = new SmallWorld();
    world.simulator.faults.add({ kind: 'error', code: '7000', action: ACTION.v2, instanceIds: [ins(2)] });
    world.declare('web', all(20), 'b a');
    await world.clock.advance(HOUR_MS);
    expect(world.writeCalls().length).toBeLessThan(160);
    expect(world.writeCalls().length).toBeGreaterThan(40);
  });

  it('is found for reads as well, and the others go on being read', async () => {
    const world = new SmallWorld();
    world.simulator.faults.add({
      kind: 'error',
      code: 'InternalError',
      action: 'DescribeInstances',
      instanceIds: [ins(3)],
    });
    world.declare('web', all(20), 'b a');
    await world.until(() => inSync(world, 20, 'b a', [3]), 60_000);
    await world.clock.advance(10 * 60_000);
    const atMs = world.clock.now();
    world.declare('lone', [ins(19)], 'c');
    world.declare('web', all(19), 'b a');
    await world.clock.advance(2_000);
    expect((world.writeCalls(atMs)[0]?.timeMs ?? Number.POSITIVE_INFINITY) - atMs).toBeLessThanOrEqual(300);
    world.simulator.faults.clear();
    await world.clock.advance(2 * 60_000);
    expect(world.list(3)).toBe('b a');
  });
});

describe('a blocked instance', () => {
  it('is waited for without a single write while its state says so, and written soon after it changes', async () => {
    const world = new SmallWorld({ instances: 30 });
    for (let n = 0; n < 30; n++) world.simulator.state.patch(ins(n), { restrictState: 'EXPIRED' });
    world.declare('web', all(30), 'b a');
    await world.clock.advance(HOUR_MS);
    expect(world.writeCalls()).toEqual([]);
    expect(world.conditions('web')).toContain('Reconciling=True ProgressingWithRetry');
    for (let n = 0; n < 30; n++) world.simulator.state.patch(ins(n), { restrictState: 'NORMAL' });
    await world.clock.advance(ONE_SWEEP_MS);
    expect(world.conditions('web')).toEqual(['Ready=True InSync']);
  });

  it('is tried at a slow pace where its state does not tell, and soon after its state changes', async () => {
    const world = new SmallWorld();
    const fault = world.simulator.faults.add({
      kind: 'error',
      code: '7003',
      action: ACTION.v2,
      instanceIds: [ins(4)],
    });
    world.declare('web', all(20), 'b a');
    await world.clock.advance(HOUR_MS);
    expect(inSync(world, 20, 'b a', [4])).toBe(true);
    expect(world.status('web', 4)).toMatchObject({ state: 'Blocked', reason: 'Blocked' });
    expect(world.writeCalls().length).toBeLessThan(60);
    world.simulator.faults.remove(fault.id);
    world.simulator.state.patch(ins(4), { state: 'STOPPED' });
    await world.clock.advance(ONE_SWEEP_MS);
    expect(world.list(4)).toBe('b a');
  });
});

describe('what a person has to mend', () => {
  it('names an instance that the cloud does not know, while the others go on', async () => {
    const world = new SmallWorld();
    world.declare('web', [ins(0), ins(1), ins(77)], 'b a');
    await world.clock.advance(10_000);
    expect([world.list(0), world.list(1)]).toEqual(['b a', 'b a']);
    expect(world.status('web', 77)).toMatchObject({ state: 'NotFound' });
    expect(world.conditions('web')).toEqual(['Ready=False NotFound', 'Stalled=True NotFound']);
    world.simulator.state.addInstance(REGION, { instanceId: ins(77), securityGroupIds: groups('a') });
    await world.clock.advance(ONE_SWEEP_MS);
    expect(world.conditions('web')).toEqual(['Ready=True InSync']);
  });

  it('names a group that does not exist, and heals when it does', async () => {
    const world = new SmallWorld();
    world.declare('web', all(2), 'z a');
    world.declare('fine', [ins(5)], 'b a');
    await world.clock.advance(10_000);
    expect(world.conditions('web')).toEqual([
      'Ready=False NotFound',
      'Stalled=True NotFound',
      'DriftDetected=True Drifted',
    ]);
    expect(world.list(5)).toBe('b a');
    world.simulator.state.addGroup(REGION, { securityGroupId: groups('z')[0] as string });
    await world.clock.advance(6 * 60_000);
    expect(world.conditions('web')).toEqual(['Ready=True InSync']);
  });

  it('asks rarely where a right is missing, and goes on when it is given', async () => {
    const world = new SmallWorld();
    const fault = world.simulator.faults.add({ kind: 'error', code: '4102', action: ACTION.v2 });
    world.declare('web', all(20), 'b a');
    await world.clock.advance(HOUR_MS);
    expect(world.conditions('web')[0]).toBe('Ready=False Denied');
    expect(world.writeCalls().length).toBeLessThan(400);
    world.simulator.faults.remove(fault.id);
    await world.clock.advance(6 * 60_000);
    expect(world.conditions('web')).toEqual(['Ready=True InSync']);
  });
});

describe('the journal of a failed write', () => {
  it.each([
    {
      code: '7003',
      alone: false,
      outcome: 'unknown',
      reason: 'no document says that a batch is all or nothing',
    },
    { code: '7003', alone: true, outcome: 'rejected', reason: 'a refusal of one instance changed nothing' },
    {
      code: '5000',
      alone: false,
      outcome: 'unknown',
      reason: 'no document says that a batch is all or nothing',
    },
    { code: '4102', alone: true, outcome: 'rejected', reason: 'a refusal of one instance changed nothing' },
    { code: '5400', alone: false, outcome: 'unknown', reason: 'some of it was done' },
    {
      code: '7000',
      alone: true,
      outcome: 'unknown',
      reason: 'the backend failed in the middle of something',
    },
    { code: '4400', alone: false, outcome: 'rejected', reason: 'a call over the quota does nothing' },
    {
      code: '4100',
      alone: false,
      outcome: 'rejected',
      reason: 'a call without a valid signature does nothing',
    },
    {
      code: '4500',
      alone: true,
      outcome: 'unknown',
      reason: 'who knows the nonce has seen the request before, and may have carried it out then',
    },
  ])('says $outcome for $code, alone: $alone', async ({ code, alone, outcome, reason }) => {
    const world = new SmallWorld();
    world.simulator.faults.add({ kind: 'error', code, action: ACTION.v2, count: 1 });
    world.declare('web', alone ? [ins(0)] : all(20), 'b a');
    await world.clock.advance(8 * 60_000);
    const first = world.database.prepare('SELECT outcome, code FROM journal ORDER BY id LIMIT 1').get();
    expect(first, reason).toEqual({ outcome, code });
    expect(world.conditions('web'), reason).toEqual(['Ready=True InSync']);
  });

  it('says rejected for a call that never left the machine', async () => {
    const world = new SmallWorld();
    world.declare('web', all(20), 'a b');
    await world.clock.advance(5_000);
    world.simulator.calls.onCall(() => {
      world.unreachable = true;
    });
    world.declare('web', all(20), 'b a');
    await world.clock.advance(100);
    expect(world.database.prepare('SELECT DISTINCT outcome, code FROM journal').all()).toEqual([
      { outcome: 'rejected', code: 'ECONNREFUSED' },
    ]);
  });
});

describe('a new declaration', () => {
  it('is tried at once, whatever the one before had to wait for', async () => {
    const world = new SmallWorld();
    world.declare('web', all(2), 'z a');
    await world.clock.advance(20_000);
    expect(world.conditions('web')).toContain('Stalled=True NotFound');
    world.declare('web', all(2), 'b a');
    await world.clock.advance(500);
    expect(inSync(world, 2, 'b a')).toBe(true);
  });
});

describe('an account in trouble', () => {
  it('shares its quota with others who use it up, without a failure to show', async () => {
    const world = new SmallWorld({ instances: 200 });
    world.simulator.faults.add({ kind: 'throttle', probability: 0.5 });
    world.declare('web', all(200), 'b a');
    await world.clock.advance(120_000);
    expect(inSync(world, 200, 'b a')).toBe(true);
    world.simulator.faults.clear();
    await world.clock.advance(60_000);
    expect(world.conditions('web')).toEqual(['Ready=True InSync']);
  });

  it('moves to API 3.0 once when 2.0 is retired', async () => {
    const world = new SmallWorld({ api: 'auto' });
    world.declare('web', all(20), 'b a');
    await world.clock.advance(10_000);
    expect(world.movedApi).toBe(0);
    world.simulator.faults.add({ kind: 'v2-retired' });
    world.declare('web', all(10), 'c');
    world.declare('more', all(20).slice(10), 'd c');
    await world.clock.advance(10_000);
    expect(world.movedApi).toBe(1);
    expect([world.list(0), world.list(19)]).toEqual(['c', 'd c']);
    const atMs = world.clock.now();
    await world.clock.advance(300_000);
    expect(world.simulator.calls.entries().filter((call) => call.timeMs > atMs && call.api === 'v2')).toEqual(
      [],
    );
  });

  it('says that its credentials fail, asks rarely, and goes on when they are rotated', async () => {
    const world = new SmallWorld();
    world.declare('web', all(20), 'a b');
    await world.clock.advance(10_000);
    world.simulator.credentialBook.remove(world.env.TENCENTCLOUD_SECRET_ID ?? '');
    world.declare('web', all(20), 'b a');
    const atMs = world.clock.now();
    await world.clock.advance(600_000);
    expect(world.conditions('web')[0]).toBe('Ready=False CredentialsFailed');
    const failed = world.simulator.calls.entries().filter((call) => call.timeMs > atMs);
    expect(failed.length).toBeLessThan(30);
    const fresh = world.simulator.credentialBook.issue('default', world.clock.now(), HOUR_MS);
    world.env.TENCENTCLOUD_SECRET_ID = fresh.secretId;
    world.env.TENCENTCLOUD_SECRET_KEY = fresh.secretKey;
    world.env.TENCENTCLOUD_TOKEN = fresh.token;
    await world.clock.advance(70_000);
    expect(world.conditions('web')).toEqual(['Ready=True InSync']);
  });

  it.each([
    { code: '7000', action: ACTION.v2, reason: 'the backend fails for every write' },
    { code: '6000', action: '*', reason: 'the backend fails for every call' },
  ])('is asked by a few probes while $reason, and converges soon after', async ({ code, action, reason }) => {
    const world = new SmallWorld({ instances: 400 });
    world.declare('web', all(400), 'a b');
    await world.clock.advance(10_000);
    world.simulator.faults.add({ kind: 'error', code, action });
    world.declare('web', all(400), 'b a');
    const atMs = world.clock.now();
    // Long enough for every instance to have been told apart.
    await world.clock.advance(4 * HOUR_MS);
    expect(world.writeCalls(atMs).length, reason).toBeLessThan(600);
    expect(world.conditions('web')[0], reason).toBe('Ready=False CloudError');
    world.simulator.faults.clear();
    await world.clock.advance(120_000);
    expect(world.conditions('web'), reason).toEqual(['Ready=True InSync']);
  });

  it('is asked by a few probes in an outage, and converges soon after', async () => {
    const world = new SmallWorld({ instances: 400 });
    world.declare('web', all(400), 'a b');
    await world.clock.advance(10_000);
    world.simulator.faults.add({ kind: 'http', status: 503 });
    world.declare('web', all(400), 'b a');
    const atMs = world.clock.now();
    await world.clock.advance(HOUR_MS);
    expect(world.simulator.calls.entries().filter((call) => call.timeMs > atMs).length).toBeLessThan(400);
    expect(world.conditions('web')[0]).toBe('Ready=False CloudError');
    world.simulator.faults.clear();
    await world.clock.advance(90_000);
    expect(world.conditions('web')).toEqual(['Ready=True InSync']);
  });
});
