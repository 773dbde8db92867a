/** What a guard is asked in its tests: one instance and its binding, and what a row says differently. */
import { bindingKey, type InstanceId, type SecurityGroupId } from '../../src/api/ids.ts';
import { DEFAULT_GUARD_RULES, type GuardInput, type GuardRules } from '../../src/core/guard-port.ts';
import type { Binding, ObservedInstance } from '../../src/core/model.ts';

export const FIRST = 'sg-0000first' as SecurityGroupId;
export const SECOND = 'sg-000second' as SecurityGroupId;

export interface Given {
  readonly binding?: Partial<Binding>;
  readonly observed?: Partial<ObservedInstance>;
  readonly rules?: Partial<GuardRules>;
  readonly wallMs?: number;
}

export const input = ({ binding, observed, rules, wallMs = 0 }: Given): GuardInput => ({
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
  wallMs,
});
