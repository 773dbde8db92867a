import { describe, expect, it } from 'vitest';
import { bindingKey, type InstanceId, type SecurityGroupId } from '../../api/ids.ts';
import { DEFAULT_GUARD_RULES, type GuardInput, type GuardRules } from '../guard-port.ts';
import type { Binding, ObservedInstance } from '../model.ts';
import { type ForbiddenRule, OPEN_POLICY } from '../policy.ts';
import { forbidden } from './forbidden.ts';

const FIRST = 'sg-0000first' as SecurityGroupId;
const SECOND = 'sg-000second' as SecurityGroupId;

interface Given {
  readonly binding?: Partial<Binding>;
  readonly observed?: Partial<ObservedInstance>;
  readonly rules?: Partial<GuardRules>;
  readonly nowMs?: number;
}

const input = ({ binding, observed, rules, nowMs = 0 }: Given): GuardInput => ({
  binding: {
    key: bindingKey('shop', 'web'),
    namespace: 'shop',
    name: 'web',
    scope: { account: 'default', region: 'gz' },
    instanceIds: ['ins-00000001' as InstanceId],
    sgIds: [FIRST, SECOND],
    mode: 'Enforce',
    suspend: false,
    origin: { kind: 'directory', file: 'teams/shop/web.yaml', line: 1, column: 1, revision: 'r1' },
    ...binding,
  },
  observed: {
    instanceId: 'ins-00000001' as InstanceId,
    sgIds: [],
    state: 'RUNNING',
    restrictState: 'NORMAL',
    latestOperationState: 'SUCCESS',
    ...observed,
  },
  steps: [],
  rules: { ...DEFAULT_GUARD_RULES, ...rules },
  nowMs,
});

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
    const verdict = forbidden(input({ ...given, rules: { policy: { ...OPEN_POLICY, forbidden: forbids } } }));
    if (said === undefined) return expect(verdict, reason).toBeUndefined();
    expect(verdict, reason).toMatchObject({
      guard: 'forbidden',
      outcome: 'refused',
      reason: 'ForbiddenGroup',
    });
    expect(verdict?.message, reason).toContain(said);
  });
});
