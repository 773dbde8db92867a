import { expect, it } from 'vitest';
import type { InstanceId, SecurityGroupId } from '../../api/ids.ts';
import { allAtOnce } from '../../api/steps.ts';
import type { PlanChange } from '../../core/plan.ts';
import { planDigest, planDigestInSteps } from './plan-digest.ts';

it.each([0, 1, 12_345])('is the same in steps, of %i changes in any order', (count) => {
  const changes = Array.from(
    { length: count },
    (_, n): PlanChange => ({
      scope: { account: '', region: 'ap-guangzhou' },
      instanceId: `ins-${((n * 7_919) % 100_003).toString(36)}` as InstanceId,
      from: [`sg-${n % 3}` as SecurityGroupId],
      to: ['sg-a' as SecurityGroupId],
    }),
  );
  expect(allAtOnce(planDigestInSteps(changes))).toBe(planDigest(changes));
});
