/** Argo CD's view of objects as the controller writes them. */
import { describe, expect, it } from 'vitest';
import type { ConditionReason } from '../../src/api/conditions.ts';
import { bindingKey, type InstanceId, type SecurityGroupId } from '../../src/api/ids.ts';
import { inSyncCount, report } from '../../src/core/binding-conditions.ts';
import type { InstanceState } from '../../src/core/instance-status.ts';
import type { Binding } from '../../src/core/model.ts';
import { statusOf } from '../../src/kubernetes/status/binding-status.ts';
import { argoHealth, HEALTH_CHECK } from './argocd-health.ts';

const GENERATION = 3;

interface Story {
  readonly reason: string;
  readonly object: object;
  readonly health: 'Healthy' | 'Progressing' | 'Degraded' | 'Suspended';
  readonly message: RegExp;
}

const metadata = { name: 'web', namespace: 'shop', generation: GENERATION };
const BINDING: Binding = {
  key: bindingKey('shop', 'web'),
  namespace: 'shop',
  name: 'web',
  scope: { account: 'default', region: 'ap-guangzhou' },
  instanceIds: ['ins-00000000' as InstanceId],
  sgIds: ['sg-aaaaaaaa' as SecurityGroupId],
  mode: 'Enforce',
  suspend: false,
  origin: { kind: 'kubernetes', uid: 'u', generation: GENERATION },
};

/** The object with the status that the controller writes for instances in these states. */
function object(
  states: readonly (readonly [InstanceState, ConditionReason])[],
  options: {
    readonly binding?: Partial<Binding>;
    readonly generation?: number;
    readonly metadata?: object;
  } = {},
): object {
  const binding = { ...BINDING, ...options.binding };
  const instances = states.map(([state, reason], n) => ({
    instanceId: `ins-0000000${n}` as InstanceId,
    state,
    reason,
    message: state === 'InSync' ? '' : `the cloud said "${state}"\nin two lines`,
  }));
  const conditions = report({ binding, instances, previous: [], wallMs: 0 });
  const counts = { instanceCount: instances.length, inSyncCount: inSyncCount(instances) };
  const bindingStatus = { ...binding, conditions, instances, ...counts };
  return {
    metadata: { ...metadata, ...options.metadata },
    status: statusOf(bindingStatus, { generation: options.generation ?? GENERATION }),
  };
}

const NOT_LOOKED = /has not looked/;
const STORIES: readonly Story[] = [
  { reason: 'fresh, without a status', object: { metadata }, health: 'Progressing', message: NOT_LOOKED },
  {
    reason: "fresh, with the schema's default status",
    object: { metadata, status: { observedGeneration: -1 } },
    health: 'Progressing',
    message: NOT_LOOKED,
  },
  {
    reason: 'in sync with an older spec',
    object: object([['InSync', 'InSync']], { generation: GENERATION - 1 }),
    health: 'Progressing',
    message: NOT_LOOKED,
  },
  {
    reason: 'in sync',
    object: object([['InSync', 'InSync']]),
    health: 'Healthy',
    message: /has the declared ordered list/,
  },
  {
    reason: 'progressing',
    object: object([
      ['InSync', 'InSync'],
      ['Writing', 'Progressing'],
    ]),
    health: 'Progressing',
    message: /1 of 2 in sync/,
  },
  {
    reason: 'retrying',
    object: object([['Retrying', 'Throttled']]),
    health: 'Progressing',
    message: /Retrying/,
  },
  {
    reason: "waiting for an instance's state",
    object: object([['Blocked', 'Blocked']]),
    health: 'Progressing',
    message: /Blocked/,
  },
  {
    reason: 'terminal',
    object: object([
      ['InSync', 'InSync'],
      ['Failed', 'Denied'],
    ]),
    health: 'Degraded',
    message: /Failed/,
  },
  {
    reason: 'one terminal while another still moves',
    object: object([
      ['Drifted', 'Drifted'],
      ['NotFound', 'NotFound'],
    ]),
    health: 'Progressing',
    message: /NotFound/,
  },
  {
    reason: 'conflicting',
    object: object([['Conflicted', 'Conflicted']]),
    health: 'Degraded',
    message: /Conflicted/,
  },
  {
    reason: 'suspended and in sync',
    object: object([['InSync', 'InSync']], { binding: { suspend: true } }),
    health: 'Suspended',
    message: /spec.suspend is true/,
  },
  {
    reason: 'suspended and drifted',
    object: object([['Held', 'Suspended']], { binding: { suspend: true } }),
    health: 'Suspended',
    message: /spec.suspend is true/,
  },
  {
    reason: 'suspended, with an instance that does not exist',
    object: object([['NotFound', 'NotFound']], { binding: { suspend: true } }),
    health: 'Degraded',
    message: /NotFound/,
  },
  {
    reason: 'observed only, with drift',
    object: object([['Held', 'ObserveOnly']], { binding: { mode: 'Observe' } }),
    health: 'Progressing',
    message: /Held/,
  },
  {
    reason: 'an invalid document in force no more',
    object: object([['InSync', 'InSync']], { binding: { invalid: 'web.yaml:3:1 no sgIds' } }),
    health: 'Degraded',
    message: /not valid/,
  },
  {
    reason: 'deleting',
    object: object([['InSync', 'InSync']], { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } }),
    health: 'Progressing',
    message: /Being deleted/,
  },
  {
    reason: 'a condition of an older spec under a newer status',
    object: {
      metadata,
      status: {
        observedGeneration: GENERATION,
        conditions: [{ type: 'Ready', status: 'True', observedGeneration: GENERATION - 1, message: 'old' }],
      },
    },
    health: 'Progressing',
    message: NOT_LOOKED,
  },
];

describe("Argo CD's health of a binding", () => {
  it.each(STORIES)('is $health when it is $reason', ({ object, health, message }) => {
    const found = argoHealth(object);
    expect(found.status).toBe(health);
    expect(found.message).toMatch(message);
  });

  it('is told by a check whose mistakes would be seen', () => {
    const mistaken = HEALTH_CHECK.replace('obj.metadata.generation', 'obj.metadatum.generation');
    expect(() => argoHealth({ metadata, status: {} }, mistaken)).toThrow(/metadatum/);
  });
});
