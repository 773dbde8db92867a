import { describe, expect, it } from 'vitest';
import { FIRST, type Given, input, SECOND } from '../../../test/faults/guard-input.ts';
import type { SecurityGroupId } from '../../api/ids.ts';
import { type ForbiddenRule, OPEN_POLICY } from '../policy.ts';
import { forbidden } from './forbidden.ts';

interface Row extends Given {
  readonly reason: string;
  readonly forbids: readonly ForbiddenRule[];
  /** Part of what is said; absent: the list passes. */
  readonly said?: string;
}

const ROWS: readonly Row[] = [
  { reason: 'no rule forbids anything', forbids: [] },
  {
    reason: 'a forbidden group that is not declared does no harm',
    forbids: [{ sgId: 'sg-000other1' as SecurityGroupId, where: {} }],
  },
  {
    reason: 'a forbidden group is refused, and its place told',
    forbids: [{ sgId: SECOND, where: {} }],
    said: '"sg-000second" on instances, and spec.sgIds has it at position 2',
  },
  {
    reason: 'every broken rule is told',
    forbids: [
      { sgId: FIRST, where: {} },
      { sgId: SECOND, where: {} },
    ],
    said: 'at position 1; the policy forbids "sg-000second"',
  },
  {
    reason: 'a group that only the instance has is left to be taken away',
    forbids: [{ sgId: 'sg-000other1' as SecurityGroupId, where: {} }],
    observed: { sgIds: ['sg-000other1' as SecurityGroupId] },
  },
  {
    reason: 'a rule of another region is silent',
    forbids: [{ sgId: FIRST, where: { regions: ['ap-beijing'] } }],
  },
  {
    reason: 'a rule of another namespace is silent',
    forbids: [{ sgId: FIRST, where: { namespaces: ['data'] } }],
  },
  {
    reason: 'a rule of other tags is silent',
    forbids: [{ sgId: FIRST, where: { tags: { env: 'prod' } } }],
    observed: { tags: {} },
  },
  {
    reason: 'everything that is said has to fit',
    forbids: [
      { sgId: FIRST, where: { regions: ['ap-guangzhou'], namespaces: ['shop'], tags: { env: 'prod' } } },
    ],
    observed: { tags: { env: 'prod' } },
    said: 'on instances in ap-guangzhou of namespace shop with tag env=prod',
  },
  {
    reason: 'tags that were not read count as fitting',
    forbids: [{ sgId: FIRST, where: { tags: { env: 'prod' } } }],
    said: 'its tags were not read',
  },
];

describe('forbidden', () => {
  it.each(ROWS)('$reason', ({ reason, forbids, said, ...given }) => {
    const result = forbidden(input({ ...given, rules: { policy: { ...OPEN_POLICY, forbidden: forbids } } }));
    if (said === undefined) return expect(result, reason).toBeUndefined();
    expect(result, reason).toMatchObject({
      guard: 'forbidden',
      outcome: 'refused',
      reason: 'ForbiddenGroup',
    });
    expect(result?.message, reason).toContain(said);
  });
});
