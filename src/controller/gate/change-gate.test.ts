import { describe, expect, it } from 'vitest';
import { groups, ins, OTHER_REGION, REGION, SmallWorld } from '../../../test/faults/small-world.ts';
import { OPEN_POLICY } from '../../core/policy.ts';

const all = (count: number, from = 0) => Array.from({ length: count }, (_, n) => ins(from + n));
const PERIOD_MS = 600_000;
const POLICY = { ...OPEN_POLICY, blastRadius: { share: 0.1, count: 5, periodMs: PERIOD_MS } };
const revision = (name: string) => ({
  origin: { kind: 'directory', file: `${name}.yaml`, line: 1, column: 1, revision: name } as const,
});
const object = (uid: string) => ({ origin: { kind: 'kubernetes', uid, generation: 1 } as const });

function world(instances = 40): SmallWorld {
  return new SmallWorld({ instances, settings: { policy: POLICY } });
}

const written = (one: SmallWorld) => new Set(one.writeCalls().flatMap((call) => call.instanceIds));
const digestIn = (text: string) => /sha256:[0-9a-f]{64}/.exec(text)?.[0] ?? '';

describe('the blast radius', () => {
  it('lets a revision through that changes as many instances as are allowed', async () => {
    const one = world();
    one.declare('web', all(5), 'b a');
    await one.clock.advance(5_000);
    expect(one.conditions('web')).toEqual(['Ready=True InSync']);
  });

  it('refuses a revision whole that changes more, and names the plan that would have to be approved', async () => {
    const one = world();
    one.declare('web', all(40), 'b a');
    await one.clock.advance(60_000);
    expect(one.writeCalls()).toEqual([]);
    expect(one.conditions('web')).toEqual([
      'Ready=False BlastRadius',
      'Stalled=True BlastRadius',
      'DriftDetected=True Drifted',
    ]);
    expect(one.verdict('web', 3).message).toContain('40 of 40 instances in ap-guangzhou would change');
    expect(digestIn(one.verdict('web', 3).message)).not.toBe('');
  });

  it('counts the bindings of one revision together', async () => {
    const one = world();
    for (let n = 0; n < 8; n++) one.declare(`web-${n}`, [ins(n)], 'b a');
    await one.clock.advance(60_000);
    expect(one.writeCalls()).toEqual([]);
  });

  it('lets a lone change and a lone drift pass beside a flood that it refuses', async () => {
    const one = world();
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
    const one = world();
    for (let n = 0; n < 20; n++) {
      one.declare(`web-${n}`, [ins(n)], 'b a', object(`uid-${n}`));
      await one.clock.advance(200);
    }
    await one.clock.advance(120_000);
    expect(written(one).size).toBeLessThanOrEqual(5);
  });

  it('lets changes that fit wait for the period to pass, and says until when', async () => {
    const one = world();
    one.declare('first', all(4), 'b a', revision('r1'));
    await one.clock.advance(5_000);
    one.declare('second', all(4, 10), 'b a', revision('r2'));
    await one.clock.advance(5_000);
    expect(one.verdict('second', 10)).toMatchObject({ state: 'Deferred', reason: 'BlastRadius' });
    expect(one.verdict('second', 10).message).toMatch(/waits until \d{4}-/);
    expect(one.list(10)).toBe('a b');
    await one.clock.advance(PERIOD_MS);
    expect(one.list(10)).toBe('b a');
  });

  it('remembers after a restart what was changed before it', async () => {
    const one = world();
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
    const one = world();
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
    const one = world();
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
    const one = world();
    one.declare('web', all(40), 'b a', revision('r1'));
    await one.clock.advance(10_000);
    one.declare('web', all(40), 'a b', revision('r2'));
    await one.clock.advance(10_000);
    expect(one.conditions('web')).toEqual(['Ready=True InSync']);
    expect(one.writeCalls()).toEqual([]);
  });
});

describe('drift that comes again soon', () => {
  it('is repaired again, though its wave is not over', async () => {
    const one = new SmallWorld({ settings: { policy: POLICY, sweepIntervalMs: 5_000 } });
    one.declare('web', all(2), 'a b');
    await one.clock.advance(6_000);
    for (let round = 0; round < 2; round++) {
      one.simulator.state.setList(ins(0), groups('c'));
      await one.clock.advance(8_000);
      expect(one.list(0)).toBe('a b');
    }
  });

  it('and a restoration count an instance of their wave once', async () => {
    const one = world();
    one.declare('web', all(4), 'b a', { deletionPolicy: 'Restore' });
    await one.clock.advance(5_000);
    one.declare('web', all(3, 1), 'b a', { deletionPolicy: 'Restore' });
    await one.clock.advance(5_000);
    expect(one.list(0)).toBe('a b');
  });
});

describe('an approval', () => {
  it('lets exactly the plan pass whose digest it names, and the journal tells who gave it', async () => {
    const one = world();
    one.declare('web', all(20), 'b a');
    await one.clock.advance(10_000);
    const digest = digestIn(one.verdict('web', 0).message);
    one.source.approve({ digest, by: 'alice@ops', at: '2026-01-01T00:00:00Z' });
    await one.clock.advance(10_000);
    expect(one.conditions('web')).toEqual(['Ready=True InSync']);
    const rows = one.database.prepare('SELECT DISTINCT authority FROM journal').all();
    expect(rows).toEqual([{ authority: `approved ${digest} by alice@ops at 2026-01-01T00:00:00Z` }]);
  });

  it('does not cover a later, different plan', async () => {
    const one = world();
    one.declare('web', all(20), 'b a');
    await one.clock.advance(10_000);
    const digest = digestIn(one.verdict('web', 0).message);
    one.simulator.state.setList(ins(3), groups('c'));
    await one.clock.advance(70_000);
    one.source.approve({ digest, by: '', at: '' });
    await one.clock.advance(70_000);
    expect(one.writeCalls()).toEqual([]);
    expect(digestIn(one.verdict('web', 0).message)).not.toBe(digest);
  });

  it('does not cover an instance that somebody changes before its write succeeds', async () => {
    const one = world();
    const fault = one.simulator.faults.add({
      kind: 'throttle',
      action: 'ModifySecurityGroupsOfInstance',
    });
    one.declare('web', all(20), 'b a');
    await one.clock.advance(10_000);
    one.source.approve({ digest: digestIn(one.verdict('web', 0).message), by: '', at: '' });
    await one.clock.advance(10_000);
    for (const id of all(10)) one.simulator.state.setList(id, groups('c'));
    await one.clock.advance(70_000);
    one.simulator.faults.remove(fault.id);
    await one.clock.advance(70_000);
    expect([...Array(10).keys()].map((n) => one.list(n))).toEqual(Array(10).fill('c'));
    expect(one.list(15)).toBe('b a');
  });

  it('does not cover an instance that has drifted again after it was changed', async () => {
    const one = world();
    one.declare('web', all(20), 'b a');
    await one.clock.advance(10_000);
    one.source.approve({ digest: digestIn(one.verdict('web', 0).message), by: '', at: '' });
    await one.clock.advance(10_000);
    for (const id of all(20)) one.simulator.state.setList(id, groups('a b'));
    await one.clock.advance(70_000);
    expect([...Array(20).keys()].filter((n) => one.list(n) === 'b a').length).toBeLessThanOrEqual(5);
  });

  it('that is taken out of its binding covers nothing that was not written yet', async () => {
    const one = world();
    const fault = one.simulator.faults.add({ kind: 'throttle', action: 'ModifySecurityGroupsOfInstance' });
    one.declare('web', all(20), 'b a');
    await one.clock.advance(10_000);
    const approvedPlan = { digest: digestIn(one.verdict('web', 0).message), by: 'bob', at: '' };
    one.declare('web', all(20), 'b a', { approvedPlan });
    await one.clock.advance(10_000);
    one.declare('web', all(20), 'b a');
    one.simulator.faults.remove(fault.id);
    await one.clock.advance(70_000);
    expect(one.list(0)).toBe('a b');
    expect(one.conditions('web')[0]).toBe('Ready=False BlastRadius');
  });

  it('covers after a restart what was not changed yet, and not what has drifted again', async () => {
    const one = world();
    one.simulator.faults.add({
      kind: 'error',
      code: '7000',
      action: 'ModifySecurityGroupsOfInstance',
      instanceIds: [ins(19)],
      count: 12,
    });
    one.declare('web', all(20), 'b a');
    await one.clock.advance(10_000);
    one.source.approve({ digest: digestIn(one.verdict('web', 0).message), by: '', at: '' });
    await one.clock.advance(10_000);
    await one.stop();
    expect([one.list(0), one.list(19)]).toEqual(['b a', 'a b']);
    for (const id of all(19)) one.simulator.state.setList(id, groups('a b'));
    one.start();
    await one.clock.advance(300_000);
    expect([...Array(19).keys()].filter((n) => one.list(n) === 'b a').length).toBeLessThanOrEqual(5);
    expect(one.list(19)).toBe('b a');
  });

  it('in a binding covers that binding alone', async () => {
    const one = world();
    one.declare('web', all(10), 'b a');
    one.declare('db', all(10, 10), 'b a');
    await one.clock.advance(10_000);
    const approvedPlan = { digest: digestIn(one.verdict('web', 0).message), by: 'bob', at: '' };
    one.declare('web', all(10), 'b a', { approvedPlan });
    await one.clock.advance(10_000);
    expect(one.conditions('web')).toEqual(['Ready=True InSync']);
    expect(one.conditions('db')[0]).toBe('Ready=False BlastRadius');
    one.declare('db', all(10, 10), 'b a', { approvedPlan });
    await one.clock.advance(10_000);
    expect(one.conditions('db')).toEqual(['Ready=True InSync']);
  });

  it('holds across a kill in the middle of its writes', async () => {
    const one = world();
    one.declare('web', all(40), 'b a');
    await one.clock.advance(10_000);
    one.source.approve({ digest: digestIn(one.verdict('web', 0).message), by: '', at: '' });
    one.killAt('applied');
    await one.clock.advance(10_000);
    one.start();
    await one.clock.advance(70_000);
    expect(one.conditions('web')).toEqual(['Ready=True InSync']);
  });
});

describe('one plan and nothing else', () => {
  it('writes what stands in the plan and refuses what has changed since', async () => {
    const change = { from: groups('a b'), to: groups('b a') };
    const changes = new Map([
      [ins(0), change],
      [ins(1), change],
    ]);
    const onlyPlan = { changes, authority: 'approved' };
    const one = new SmallWorld({ settings: { onlyPlan } });
    one.simulator.state.setList(ins(1), groups('c'));
    one.declare('web', all(3), 'b a');
    await one.clock.advance(10_000);
    expect(written(one)).toEqual(new Set([ins(0)]));
    expect(one.verdict('web', 1).message).toContain('not a part of the plan');
  });
});

describe('one revision', () => {
  it('may not change more in all regions together than the limit, though each region would allow its part', async () => {
    const one = new SmallWorld({ instances: 8, otherRegion: 8, settings: { policy: POLICY } });
    one.declare('here', all(4), 'b a');
    one.declare('there', all(4, 100), 'b a', { scope: { account: 'default', region: OTHER_REGION } });
    await one.clock.advance(30_000);
    expect(one.writeCalls()).toEqual([]);
    expect(one.verdict('here', 0).message).toContain('one revision would change 8 instances in all regions');
  });

  it('passes when both parts together are few enough', async () => {
    const one = new SmallWorld({ instances: 8, otherRegion: 8, settings: { policy: POLICY } });
    one.declare('here', all(2), 'b a');
    one.declare('there', all(2, 100), 'b a', { scope: { account: 'default', region: OTHER_REGION } });
    await one.clock.advance(30_000);
    expect([one.list(0), one.list(101)]).toEqual(['b a', 'b a']);
  });
});
