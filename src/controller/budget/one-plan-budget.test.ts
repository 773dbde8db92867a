import { describe, expect, it } from 'vitest';
import { all, written } from '../../../test/faults/guarded-world.ts';
import { groups, ins, SmallWorld } from '../../../test/faults/small-world.ts';
import type { InstanceId } from '../../api/ids.ts';

describe('one plan and nothing else', () => {
  it('writes what stands in the plan and refuses what has changed since', async () => {
    const change = { from: groups('a b'), to: groups('b a') };
    const changes = new Map([
      [ins(0), change],
      [ins(1), change],
    ]);
    const onlyPlan = {
      changes,
      exposed: new Set<InstanceId>(),
      permit: { approvedBy: { digest: 'sha256:0', by: 'me', at: '2026-01-01T00:00:00Z' } },
    };
    const one = new SmallWorld({ settings: { onlyPlan } });
    one.simulator.state.setList(ins(1), groups('c'));
    one.declare('web', all(3), 'b a');
    await one.clock.advance(10_000);
    expect(written(one)).toEqual(new Set([ins(0)]));
    expect(one.status('web', 1).message).toContain('not a part of the plan');
  });
});
