import { describe, expect, it } from 'vitest';
import { groups, ins, SmallWorld } from '../../../test/faults/small-world.ts';
import { OPEN_POLICY } from '../../core/policy.ts';

const FIGHTS = { rewrites: 3, withinMs: 600_000, paceMs: 300_000 };
const HOUR_MS = 3_600_000;

function world() {
  return new SmallWorld({ settings: { policy: { ...OPEN_POLICY, fights: FIGHTS } } });
}

/** Hands the list of an instance back sorted, whatever was written. */
function sorting(one: SmallWorld, n: number): void {
  one.simulator.state.onChange(({ instanceId, after }) => {
    if (instanceId === ins(n)) one.simulator.state.setList(instanceId, [...after].sort());
  });
}

const causes = (one: SmallWorld) =>
  one.database
    .prepare('SELECT cause FROM journal ORDER BY id')
    .all()
    .map((row) => row.cause);

describe('a write that is accepted and never in force', () => {
  it('is said with both lists and the words of the cloud, once no late read can explain it', async () => {
    const one = world();
    one.simulator.faults.add({ kind: 'not-applied', instanceIds: [ins(0)], message: 'host is busy' });
    one.declare('web', [ins(0), ins(1)], 'b a');
    await one.clock.advance(70_000);
    expect(one.status('web', 0)).toMatchObject({ state: 'Drifted', reason: 'NotInForce' });
    const { message } = one.status('web', 0);
    expect(message).toContain('accepted and is not in force');
    expect(message).toContain('[sg-aaaaaaaa sg-bbbbbbbb] is read where [sg-bbbbbbbb sg-aaaaaaaa]');
    expect(message).toContain('FAILED: host is busy');
    expect(one.conditions('web')).toEqual([
      'Ready=False NotInForce',
      'Reconciling=True ProgressingWithRetry',
      'DriftDetected=True Drifted',
    ]);
    expect(one.list(1), 'its neighbour in the same call').toBe('b a');
  });

  it('is said with the newest words of the cloud', async () => {
    const one = world();
    one.simulator.faults.add({ kind: 'not-applied', instanceIds: [ins(0)], message: 'host is busy' });
    one.declare('web', [ins(0)], 'b a');
    await one.clock.advance(70_000);
    one.simulator.faults.clear();
    one.simulator.faults.add({ kind: 'not-applied', instanceIds: [ins(0)], message: 'host is gone' });
    await one.clock.advance(HOUR_MS);
    expect(one.status('web', 0).message).toContain('FAILED: host is gone');
  });

  it('is journalled with the list that was read back, not with the one that was written', async () => {
    const one = world();
    one.simulator.faults.add({ kind: 'not-applied', instanceIds: [ins(0)] });
    one.declare('web', [ins(0), ins(1)], 'b a');
    await one.clock.advance(70_000);
    const rows = one.database
      .prepare('SELECT instance_id, before, after, outcome, observed FROM journal WHERE cause = ?')
      .all('declared');
    const [before, after] = [groups('a b').join(' '), groups('b a').join(' ')];
    expect(rows.map((row) => ({ ...row }))).toEqual([
      { instance_id: ins(0), before, after, outcome: 'accepted', observed: before },
      { instance_id: ins(1), before, after, outcome: 'accepted', observed: after },
    ]);
  });

  it('goes on being said while it is written again and read back', async () => {
    const one = world();
    one.simulator.faults.add({ kind: 'not-applied', instanceIds: [ins(0)] });
    one.declare('web', [ins(0)], 'b a');
    await one.clock.advance(70_000);
    const said = one.status('web', 0).message;
    for (let passed = 0; passed < HOUR_MS; passed += 10_000) {
      await one.clock.advance(10_000);
      expect(one.status('web', 0).message).toBe(said);
    }
  });

  it.each([
    {
      how: 'the cloud drops it',
      spoil: (one: SmallWorld) => void one.simulator.faults.add({ kind: 'not-applied' }),
    },
    { how: 'the cloud sorts it, from the same groups', spoil: (one: SmallWorld) => sorting(one, 0) },
    {
      how: 'the cloud sorts it, from other groups',
      spoil: (one: SmallWorld) => {
        one.simulator.state.setList(ins(0), groups('c'));
        sorting(one, 0);
      },
    },
  ])('is written again as often as a fight allows, and journalled as drift: $how', async ({ spoil, how }) => {
    const one = world();
    spoil(one);
    one.declare('web', [ins(0)], 'b a');
    await one.clock.advance(HOUR_MS);
    expect(one.status('web', 0), how).toMatchObject({ state: 'Drifted', reason: 'NotInForce' });
    const calls = one.writeCalls().length;
    expect(calls, how).toBeGreaterThan(FIGHTS.rewrites + 2);
    expect(calls, how).toBeLessThanOrEqual(1 + FIGHTS.rewrites + HOUR_MS / FIGHTS.paceMs);
    expect(causes(one), how).toEqual(['declared', ...Array(calls - 1).fill('drift')]);
  });

  it('is over when the cloud puts it into force, or when another list is declared', async () => {
    const one = world();
    const fault = one.simulator.faults.add({ kind: 'not-applied' });
    one.declare('web', [ins(0)], 'b a');
    await one.clock.advance(70_000);
    one.declare('web', [ins(0)], 'a b');
    await one.clock.advance(130_000);
    expect(one.conditions('web')).toEqual(['Ready=True InSync']);
    one.declare('web', [ins(0)], 'b a');
    await one.clock.advance(130_000);
    expect(one.status('web', 0).reason).toBe('NotInForce');
    one.simulator.faults.remove(fault.id);
    await one.clock.advance(2 * FIGHTS.paceMs);
    expect(one.list(0)).toBe('b a');
    expect(one.conditions('web')).toEqual(['Ready=True InSync']);
  });

  it('of somebody else who writes at once is a fight, as it was', async () => {
    const one = world();
    one.simulator.state.onChange(({ action }) => {
      if (action !== 'drift') one.simulator.state.setList(ins(0), groups('c'));
    });
    one.declare('web', [ins(0)], 'b a');
    await one.clock.advance(HOUR_MS);
    expect(one.status('web', 0)).toMatchObject({ state: 'Contested', reason: 'Contested' });
  });
});
