import { describe, expect, it } from 'vitest';
import { ins, REGION, SmallWorld } from '../../../test/faults/small-world.ts';
import { OPEN_POLICY } from '../../core/policy.ts';

const QUIET_MS = 20 * 60_000;

function quiet(): SmallWorld {
  const settings = { policy: { ...OPEN_POLICY, verifyGroups: true } };
  const one = new SmallWorld({ settings });
  one.declare('web', [ins(0)], 'b a');
  return one;
}

describe('a catalog of groups that was read long ago', () => {
  it('is read again before a group is written that may be gone since', async () => {
    const one = quiet();
    await one.clock.advance(QUIET_MS);
    one.simulator.state.removeGroup(REGION, 'sg-ffffffff');
    const sinceMs = one.clock.now();
    one.declare('web', [ins(0)], 'f');
    await one.clock.advance(30_000);
    expect(one.writeCalls(sinceMs)).toEqual([]);
    expect(one.conditions('web')[0]).toBe('Ready=False UnknownGroup');
  });

  it('holds a write up for no longer than it takes to read it', async () => {
    const one = quiet();
    await one.clock.advance(QUIET_MS);
    one.declare('web', [ins(0)], 'a b');
    await one.clock.advance(2_000);
    expect(one.conditions('web')).toEqual(['Ready=True InSync']);
  });

  it('goes on counting while it cannot be read again', async () => {
    const one = quiet();
    await one.clock.advance(QUIET_MS);
    one.simulator.faults.add({ kind: 'error', code: 'InternalError', action: 'DescribeSecurityGroups' });
    one.declare('web', [ins(0)], 'a b');
    await one.clock.advance(2_000);
    expect(one.conditions('web')).toEqual(['Ready=True InSync']);
  });
});
