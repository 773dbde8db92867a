import { describe, expect, it } from 'vitest';
import { FIRST, type Given, input, SECOND } from '../../../test/faults/guard-input.ts';
import type { SecurityGroupId } from '../../api/ids.ts';
import { type MustKeepRule, OPEN_POLICY } from '../policy.ts';
import { mustKeep } from './must-keep.ts';

const OTHER = 'sg-000other1' as SecurityGroupId;
const demand = (rule: Partial<MustKeepRule>): MustKeepRule => ({ sgId: OTHER, where: {}, ...rule });

interface Row extends Given {
  readonly reason: string;
  readonly demands: readonly MustKeepRule[];
  /** Part of what is said; absent: the list passes. */
  readonly said?: string;
}

const ROWS: readonly Row[] = [
  { reason: 'no rule demands anything', demands: [] },
  { reason: 'a group that is there is enough', demands: [demand({ sgId: SECOND })] },
  { reason: 'a group that is missing is refused', demands: [demand({})], said: 'spec.sgIds lacks it' },
  { reason: 'a group in its place passes', demands: [demand({ sgId: FIRST, position: 1 })] },
  {
    reason: 'a group in another place is refused',
    demands: [demand({ sgId: SECOND, position: 1 })],
    said: '"sg-000second" first on instances, and spec.sgIds has it at position 2',
  },
  {
    reason: 'a place is counted from one',
    demands: [demand({ sgId: FIRST, position: 2 })],
    said: 'at position 2 on instances, and spec.sgIds has it at position 1',
  },
  {
    reason: 'every broken rule is told',
    demands: [demand({}), demand({ sgId: SECOND, position: 1 })],
    said: 'lacks it; the policy demands "sg-000second" first',
  },
  { reason: 'a rule of another region is silent', demands: [demand({ where: { regions: ['ap-beijing'] } })] },
  {
    reason: 'a short region name is the long one',
    demands: [demand({ where: { regions: ['ap-guangzhou'] } })],
    said: 'on instances in ap-guangzhou',
  },
  {
    reason: 'a rule of another namespace is silent',
    demands: [demand({ where: { namespaces: ['data-*'] } })],
  },
  {
    reason: 'a glob fits the namespace',
    demands: [demand({ where: { namespaces: ['data-*', 'sho?'] } })],
    said: 'of namespace data-*, sho?',
  },
  {
    reason: 'a tag with another value is silent',
    demands: [demand({ where: { tags: { env: 'prod' } } })],
    observed: { tags: { env: 'test' } },
  },
  {
    reason: 'all tags have to fit',
    demands: [demand({ where: { tags: { env: 'prod', tier: 'web' } } })],
    observed: { tags: { env: 'prod' } },
  },
  {
    reason: 'a tag that fits is refused',
    demands: [demand({ where: { tags: { env: 'prod' } } })],
    observed: { tags: { env: 'prod', tier: 'web' } },
    said: 'with tag env=prod',
  },
  {
    reason: 'an inherited property is no tag',
    demands: [demand({ where: { tags: { constructor: 'prod' } } })],
    observed: { tags: {} },
  },
  {
    reason: 'tags that were not read count as fitting',
    demands: [demand({ where: { tags: { env: 'prod' } } })],
    said: 'its tags were not read',
  },
];

describe('must-keep', () => {
  it.each(ROWS)('$reason', ({ reason, demands, said, ...given }) => {
    const result = mustKeep(input({ ...given, rules: { policy: { ...OPEN_POLICY, mustKeep: demands } } }));
    if (said === undefined) return expect(result, reason).toBeUndefined();
    expect(result, reason).toMatchObject({ guard: 'must-keep', outcome: 'refused', reason: 'MustKeep' });
    expect(result?.message, reason).toContain(said);
  });
});
