import { expect, it } from 'vitest';
import { G3, INSTANCE_A, INSTANCE_B, simulated } from '../../test/wire/simulated.ts';
import { seededRandom } from '../runtime/random.ts';

it('a partial write of several instances always applies some and never all, whatever chance says', async () => {
  const applied = new Set<string>();
  for (let seed = 1; seed <= 30; seed++) {
    const cloud = simulated({ random: seededRandom(seed) });
    cloud.faults.add({ kind: 'partial' });
    await cloud.v3('ModifyInstancesAttribute', {
      InstanceIds: [INSTANCE_A, INSTANCE_B],
      SecurityGroups: [G3],
    });
    const changed = cloud.state.history.map((change) => change.instanceId);
    expect(changed).toHaveLength(1);
    applied.add(changed[0] ?? '');
  }
  expect([...applied].sort()).toEqual([INSTANCE_A, INSTANCE_B]);
});
