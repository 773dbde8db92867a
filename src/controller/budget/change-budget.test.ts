import { describe, expect, it } from 'vitest';
import {
  all,
  digestIn,
  guardedWorld,
  PERIOD_MS,
  POLICY,
  written,
} from '../../../test/faults/guarded-world.ts';
import { groups, ins, OTHER_REGION, REGION, SmallWorld } from '../../../test/faults/small-world.ts';

const revision = (name: string) => ({
  origin: { kind: 'directory', file: `${name}.yaml`, line: 1, column: 1, revision: name } as const,
});
const object = (uid: string) => ({ origin: { kind: 'kubernetes', uid, generation: 1 } as const });

describe('the blast radius', () => {
  it('lets a revision through that changes as many instances as are allowed', async () => {
    const one = guardedWorld();
    one.declare('web', all(5), 'b a');
    await one.clock.advance(5_000);
    expect(one.conditions('web')).toEqual(['Ready=True InSync']);
  });

  it('refuses a revision whole that changes more, and names the plan that would have to be approved', async () => {
    const one = guardedWorld();
    one.declare('web', all(40), 'b a');
    await one.clock.advance(60_000);
    expect(one.writeCalls()).toEqual([]);
    expect(one.conditions('web')).toEqual([
      'Ready=False BlastRadius',
      'Stalled=True BlastRadius',
      'DriftDetected=True Drifted',
    ]);
    expect(one.status('web', 3).message).toContain('40 of 40 instances in ap-guangzhou would change');
    expect(digestIn(one.status('web', 3).message)).not.toBe('');
  });

  it('counts the bindings of one revision together', async () => {
    const one = guardedWorld();
    for (let n = 0; n < 8; n++) one.declare(`web-${n}`, [ins(n)], 'b a');
    await one.clock.advance(60_000);
    expect(one.writeCalls()).toEqual([]);
  });

  it('lets a lone change and a lone drift pass beside a flood that it refuses', async () => {
    const one = guardedWorld();
    one.declare('calm', all(5, 30), 'a b', revision('r0'));
    one.declare('flood', all(20), 'b a', revision('r1'));
    await one.clock.advance(10_000);
    one.declare('lone', [ins(25)], 'c a', revision('r2'));
    one.simulator.state.setList(ins(31), groups('c'));
    await one.clock.advance(130_000);
    expect(one.list(25)).toBe('c a');
    expect(one.list(31)).toBe('a b');
    expect(written(one)).toEqual(new Set([ins(25), ins(31)]));
    expect(one.conditions('flood')[0]).toBe('Ready=False BlastRadius');
  });

  it('never lets more instances change within the period than the limit, however they arrive', async () => {
    const one = guardedWorld();
    for (let n = 0; n < 20; n++) {
      one.declare(`web-${n}`, [ins(n)], 'b a', object(`uid-${n}`));
      await one.clock.advance(200);
    }
    await one.clock.advance(120_000);
    expect(written(one).size).toBeLessThanOrEqual(5);
  });

  it('lets changes that fit wait for the period to pass, and says until when', async () => {
    const one = guardedWorld();
    one.declare('first', all(4), 'b a', revision('r1'));
    await one.clock.advance(5_000);
    one.declare('second', all(4, 10), 'b a', revision('r2'));
    await one.clock.advance(5_000);
    expect(one.status('second', 10)).toMatchObject({ state: 'Deferred', reason: 'BlastRadius' });
    expect(one.status('second', 10).message).toMatch(/waits until \d{4}-/);
    expect(one.list(10)).toBe('a b');
    await one.clock.advance(PERIOD_MS);
    expect(one.list(10)).toBe('b a');
  });

  it('writes each of several change sets that wait at the time that is told of it', async () => {
    const one = guardedWorld();
    one.declare('first', all(3), 'b a', revision('r1'));
    await one.clock.advance(300_000);
    one.declare('second', all(2, 5), 'b a', revision('r2'));
    await one.clock.advance(5_000);
    one.declare('third', all(3, 10), 'b a', revision('r3'));
    one.declare('fourth', all(5, 20), 'b a', revision('r4'));
    await one.clock.advance(5_000);
    const promised = (name: string, n: number) =>
      Date.parse(/until (\S+)$/.exec(one.status(name, n).message)?.[1] ?? '');
    const [third, fourth] = [promised('third', 10), promised('fourth', 20)];
    expect(fourth - third).toBeGreaterThan(200_000);
    await one.clock.advance(third + 3_000 - one.clock.now());
    expect([one.list(10), one.list(20)]).toEqual(['b a', 'a b']);
  });

  it('remembers after a restart what was changed before it', async () => {
    const one = guardedWorld();
    one.declare('first', all(4), 'b a', revision('r1'));
    await one.clock.advance(5_000);
    await one.stop();
    one.start();
    one.declare('second', all(4, 10), 'b a', revision('r2'));
    await one.clock.advance(60_000);
    expect(one.list(10)).toBe('a b');
  });

  it('remembers after a restart what an emergency let pass a window, which is no approval', async () => {
    const never = { name: 'never', effect: 'deny', schedule: '* * * * *', durationMs: 60_000 } as const;
    const windows = [{ ...never, timeZone: 'UTC', where: {} }];
    const one = new SmallWorld({ instances: 40, settings: { policy: { ...POLICY, windows } } });
    const emergency = { untilMs: one.clock.now() + PERIOD_MS, reason: 'fire' };
    one.declare('first', all(4), 'b a', { ...revision('r1'), emergency });
    await one.clock.advance(5_000);
    expect(one.list(0)).toBe('b a');
    await one.stop();
    one.start();
    one.declare('second', all(4, 10), 'b a', { ...revision('r2'), emergency });
    await one.clock.advance(60_000);
    expect(one.list(10)).toBe('a b');
  });

  it('knows an instance of a revision that can only be read when all the others are done', async () => {
    const one = guardedWorld();
    const fault = one.simulator.faults.add({
      kind: 'error',
      code: '5100',
      action: 'DescribeInstances',
      instanceIds: [ins(4)],
    });
    one.declare('calm', all(4), 'a b');
    one.declare('web', [ins(4)], 'b a');
    await one.clock.advance(10_000);
    one.simulator.faults.remove(fault.id);
    await one.clock.advance(130_000);
    expect(one.list(4)).toBe('b a');
  });

  it('counts no change that the cloud refuses for good, while it is tried again now and then', async () => {
    const one = guardedWorld();
    one.declare('wrong', all(5), 'z', revision('r1'));
    await one.clock.advance(PERIOD_MS + 60_000);
    one.declare('web', all(5, 10), 'b a', revision('r2'));
    await one.clock.advance(PERIOD_MS);
    expect(one.list(10)).toBe('b a');
    one.simulator.state.addGroup(REGION, { securityGroupId: 'sg-zzzzzzzz' });
    await one.clock.advance(2 * PERIOD_MS);
    expect(one.conditions('wrong')).toEqual(['Ready=True InSync']);
  });

  it('goes on by itself when a new revision takes the flood back', async () => {
    const one = guardedWorld();
    one.declare('web', all(40), 'b a', revision('r1'));
    await one.clock.advance(10_000);
    one.declare('web', all(40), 'a b', revision('r2'));
    await one.clock.advance(10_000);
    expect(one.conditions('web')).toEqual(['Ready=True InSync']);
    expect(one.writeCalls()).toEqual([]);
  });
});

describe('instances that vanish before their write', () => {
  /** Five that were let through and could not be written yet are terminated, and stay declared. */
  async function vanished() {
    const one = guardedWorld();
    const fault = one.simulator.faults.add({ kind: 'throttle', action: 'ModifySecurityGroupsOfInstance' });
    one.declare('gone', all(5), 'b a', revision('r1'));
    await one.clock.advance(10_000);
    for (const id of all(5)) one.simulator.state.removeInstance(id);
    await one.clock.advance(70_000);
    one.simulator.faults.remove(fault.id);
    return one;
  }

  it('take nothing from the changes of others', async () => {
    const one = await vanished();
    one.declare('web', all(5, 10), 'b a', revision('r2'));
    await one.clock.advance(10_000);
    expect(one.conditions('web')).toEqual(['Ready=True InSync']);
  });

  it('are written when they come back, within the limit', async () => {
    const one = await vanished();
    one.declare('web', all(4, 10), 'b a', revision('r2'));
    await one.clock.advance(10_000);
    for (const id of all(2))
      one.simulator.state.addInstance(REGION, { instanceId: id, securityGroupIds: groups('a b') });
    await one.clock.advance(70_000);
    expect(one.status('gone', 0)).toMatchObject({ state: 'Deferred', reason: 'BlastRadius' });
    await one.clock.advance(PERIOD_MS);
    expect([one.list(0), one.list(1)]).toEqual(['b a', 'b a']);
  });

  it('are no part of the plan that is refused with them', async () => {
    const one = guardedWorld();
    one.declare('web', all(20), 'b a', revision('r1'));
    await one.clock.advance(10_000);
    expect(one.conditions('web')[0]).toBe('Ready=False BlastRadius');
    for (const id of all(15)) one.simulator.state.removeInstance(id);
    await one.clock.advance(70_000);
    expect([...Array(5).keys()].map((n) => one.list(15 + n))).toEqual(Array(5).fill('b a'));
  });
});

describe('drift that comes again soon', () => {
  it('is repaired again, though its change set is not over', async () => {
    const one = new SmallWorld({ settings: { policy: POLICY, sweepIntervalMs: 5_000 } });
    one.declare('web', all(2), 'a b');
    await one.clock.advance(6_000);
    for (let round = 0; round < 2; round++) {
      one.simulator.state.setList(ins(0), groups('c'));
      await one.clock.advance(8_000);
      expect(one.list(0)).toBe('a b');
    }
  });

  it('and a restoration count an instance of their change set once', async () => {
    const one = guardedWorld();
    one.declare('web', all(4), 'b a', { deletionPolicy: 'Restore' });
    await one.clock.advance(5_000);
    one.declare('web', all(3, 1), 'b a', { deletionPolicy: 'Restore' });
    await one.clock.advance(5_000);
    expect(one.list(0)).toBe('a b');
  });
});

describe('one revision', () => {
  it('may not change more in all regions together than the limit, though each region would allow its part', async () => {
    const one = new SmallWorld({ instances: 8, otherRegion: 8, settings: { policy: POLICY } });
    one.declare('here', all(4), 'b a');
    one.declare('there', all(4, 100), 'b a', { scope: { account: 'default', region: OTHER_REGION } });
    await one.clock.advance(30_000);
    expect(one.writeCalls()).toEqual([]);
    expect(one.status('here', 0).message).toContain('one revision would change 8 instances in all regions');
  });

  it('passes when both parts together are few enough', async () => {
    const one = new SmallWorld({ instances: 8, otherRegion: 8, settings: { policy: POLICY } });
    one.declare('here', all(2), 'b a');
    one.declare('there', all(2, 100), 'b a', { scope: { account: 'default', region: OTHER_REGION } });
    await one.clock.advance(30_000);
    expect([one.list(0), one.list(101)]).toEqual(['b a', 'b a']);
  });
});
