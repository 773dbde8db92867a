import { describe, expect, it } from 'vitest';
import type { BindingKey, InstanceId, SecurityGroupId } from '../../api/ids.ts';
import type { BindingStatus } from '../../ports/status.ts';
import { statusOf } from './binding-status.ts';

const list = (...letters: string[]) => letters.map((letter) => `sg-${letter}` as SecurityGroupId);

const bindingStatus = (over: Partial<BindingStatus> = {}): BindingStatus => ({
  key: 'shop/web' as BindingKey,
  scope: { account: 'default', region: 'ap-guangzhou' },
  origin: { kind: 'kubernetes', uid: 'u', generation: 1 },
  sgIds: list('a', 'b'),
  conditions: [],
  instanceCount: 0,
  inSyncCount: 0,
  instances: [],
  ...over,
});

describe('the groups of a status', () => {
  const reported = [{ sgId: 'sg-a', name: 'web' }, { sgId: 'sg-b' }];

  it.each([
    { earlier: reported, sgIds: list('a', 'b'), groups: reported, reason: 'they were not read again yet' },
    { earlier: reported, sgIds: list('b', 'a'), groups: undefined, reason: 'others are declared' },
    { earlier: reported, sgIds: list('a'), groups: undefined, reason: 'fewer are declared' },
    { earlier: undefined, sgIds: list('a', 'b'), groups: undefined, reason: 'nothing was ever told' },
  ])('are what an earlier process told only while the same are declared: $reason', (row) => {
    const status = statusOf(bindingStatus({ sgIds: row.sgIds }), {
      generation: 1,
      earlier: { groups: row.earlier },
    });
    expect((status as { groups?: unknown }).groups, row.reason).toEqual(row.groups);
  });

  it('are what was read last once they were read', () => {
    const status = statusOf(bindingStatus({ groupNames: { 'sg-a': 'api' } }), {
      generation: 1,
      earlier: { groups: reported },
    });
    expect(status).toMatchObject({ groups: [{ sgId: 'sg-a', name: 'api' }, { sgId: 'sg-b' }] });
  });
});

it('tells the history only where there is one', () => {
  const entry = { time: '2026-01-01T00:00:00Z', cause: 'drift', after: list('a') };
  expect(statusOf(bindingStatus(), { generation: 1, history: [entry] })).toMatchObject({ history: [entry] });
  expect(statusOf(bindingStatus(), { generation: 1, history: [] })).not.toHaveProperty('history');
});

it('lists every instance that it does not hold, whatever else it has no room for', () => {
  const NOT_HELD = [
    { state: 'Conflicted', reason: 'Conflicted', sgIds: [] },
    { state: 'Refused', reason: 'NotAllowed' },
    { state: 'NotFound', reason: 'NotFound' },
    { state: 'Retrying', reason: 'CredentialsFailed' },
  ] as const;
  const instances = Array.from({ length: 150 }, (_, index) => ({
    instanceId: `ins-${1000 + index}` as InstanceId,
    ...(index < 120
      ? { state: 'Failed' as const, reason: 'Denied' as const, sgIds: [] }
      : (NOT_HELD[index % NOT_HELD.length] ?? NOT_HELD[0])),
    message: '',
  }));
  const status = statusOf(bindingStatus({ instanceCount: 150, instances }), { generation: 1 });
  const { instances: listed, omittedInstances } = status as {
    instances: readonly { readonly state: string }[];
    omittedInstances: number;
  };
  expect([listed.filter(({ state }) => state !== 'Failed').length, omittedInstances]).toEqual([30, 50]);
});

it('tells which approval was taken up last, until another one is', () => {
  const lastHandledApproval = 'sha256:… at 2026-01-01T00:00:00Z';
  const reported = [
    statusOf(bindingStatus({ lastHandledApproval }), { generation: 1 }),
    statusOf(bindingStatus(), { generation: 1, lastHandledApproval }),
    statusOf(bindingStatus({ lastHandledApproval }), { generation: 1, lastHandledApproval: 'older' }),
  ];
  for (const status of reported) expect(status).toMatchObject({ lastHandledApproval });
  expect(statusOf(bindingStatus(), { generation: 1 })).not.toHaveProperty('lastHandledApproval');
});

it('counts members that nobody could name as omitted, so that the next process knows of them', () => {
  expect(statusOf(bindingStatus({ instanceCount: 50 }), { generation: 1 })).toMatchObject({
    instanceCount: 50,
    omittedInstances: 50,
  });
});

it('says of an instance that left what its list from before waits for, and nothing of the steps in between', () => {
  const original = list('a');
  const waits = { reason: 'BlastRadius' as const, message: 'approve sha256:0' };
  const restoring = [
    { instanceId: 'ins-1' as InstanceId, original, waits },
    { instanceId: 'ins-2' as InstanceId, original },
  ];
  const { instances } = statusOf(bindingStatus({ restoring }), { generation: 2 }) as { instances: object[] };
  const left = { state: 'Restoring', originalSgIds: original };
  const message = 'left the binding; its original list is put back';
  expect(instances).toEqual([
    {
      ...left,
      instanceId: 'ins-1',
      reason: 'BlastRadius',
      message: `${message}; it waits: approve sha256:0`,
    },
    { ...left, instanceId: 'ins-2', reason: 'Progressing', message },
  ]);
});
