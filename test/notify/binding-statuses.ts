/** Statuses of bindings as they are published, and what they are made of. */
import type { Condition, ConditionReason } from '../../src/api/conditions.ts';
import { type BindingKey, bindingKey, type InstanceId, type SecurityGroupId } from '../../src/api/ids.ts';
import type { TrafficChange } from '../../src/core/firewall/traffic-changes.ts';
import type { InstanceState } from '../../src/core/instance-status.ts';
import type { BindingStatus, ExposureStatus, PendingPlan } from '../../src/ports/status.ts';

export const DIGEST = `sha256:${'a'.repeat(64)}`;
export const WEB = bindingKey('shop', 'web');
export const scope = { account: 'default', region: 'ap-guangzhou' };
export const origin = { kind: 'directory', file: 'web.yaml', line: 1, column: 1, revision: 'r1' } as const;
export const list = (...names: string[]) => names.map((name) => `sg-${name}` as SecurityGroupId);
export const ids = (...numbers: number[]) => numbers.map((n) => `ins-${n}` as InstanceId);
export const opens: TrafficChange = {
  direction: 'ingress',
  family: 'ipv4',
  effect: 'opens',
  dependsOn: [],
  instances: 1,
  services: ['tcp/22'],
  addresses: ['0.0.0.0/0'],
};

export interface Standing {
  readonly reason: ConditionReason;
  readonly message?: string;
  readonly state?: InstanceState;
  readonly mode?: string;
  readonly pendingPlans?: readonly PendingPlan[];
  readonly exposure?: readonly ExposureStatus[];
}

export function statusOf(
  key: BindingKey,
  { reason, message = '', state, mode = 'Enforce', ...rest }: Standing,
): BindingStatus {
  const isReady = reason === 'InSync';
  const ready: Condition = {
    ...{ type: 'Ready', status: isReady ? 'True' : 'False', reason },
    ...{ message: `0 of 1 in sync; ${message}`, lastTransitionTime: '2026-01-01T00:00:00Z' },
  };
  const instance = { instanceId: ids(1)[0] as InstanceId, state: state ?? 'InSync', reason, message };
  return {
    ...{ key, scope, origin, sgIds: list('a'), mode, conditions: [ready] },
    ...{ instanceCount: 1, inSyncCount: isReady ? 1 : 0, instances: state === undefined ? [] : [instance] },
    ...rest,
  };
}

const waitsMessage = `400 instances would change: \`cvmsg approve ${DIGEST} --source DIR\` (or --kubernetes)`;
export const waits: Standing = {
  ...{ reason: 'BlastRadius', state: 'Refused', message: waitsMessage },
  pendingPlans: [{ digest: DIGEST, reason: 'BlastRadius', message: waitsMessage, instanceCount: 1 }],
};
