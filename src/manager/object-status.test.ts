import { describe, expect, it } from 'vitest';
import type { InstanceId } from '../api/ids.ts';
import type { BindingObject } from '../kubernetes/source/binding-object.ts';
import { OBJECTS_TELL_LITTLE, objectWrites } from './history/object-history.ts';
import { objectStatus, omittedInstances, originalIn } from './object-status.ts';

const [A, B] = ['sg-aaaaaaaa', 'sg-bbbbbbbb'];
const ID = 'ins-00000001' as InstanceId;

function object(status?: object, metadata: object = { namespace: 'shop' }): BindingObject {
  return {
    apiVersion: 'cvmsg.dev/v1alpha1',
    kind: 'CvmSecurityGroupBinding',
    metadata: { name: 'web', uid: 'u1', generation: 3, ...metadata },
    spec: { region: 'ap-guangzhou', instanceIds: [ID], sgIds: [A, B] },
    ...(status === undefined ? {} : { status }),
  } as unknown as BindingObject;
}

describe('the status of an object', () => {
  it('has no condition and no instance as long as nobody has looked after it', () => {
    const { status, declared } = objectStatus(object(undefined, {}));
    expect(status).toMatchObject({
      ...{ key: 'default/web', scope: { account: 'default', region: 'ap-guangzhou' } },
      ...{ origin: { kind: 'kubernetes', uid: 'u1', generation: 3 }, sgIds: [A, B] },
      ...{ conditions: [], instances: [], instanceCount: 1, inSyncCount: 0 },
    });
    expect(Object.keys(status)).not.toContain('pendingPlans');
    expect(declared?.instanceIds).toEqual([ID]);
  });

  it('tells everything that its object tells', () => {
    const told = object({
      ...{ instanceCount: 4, inSyncCount: 2, mode: 'Enforce', omittedInstances: 1 },
      ...{
        lastWriteTime: '2026-01-01T00:00:00Z',
        lastHandledReconcileAt: 'now',
        lastHandledApproval: 'sha256:1',
      },
      conditions: [{ type: 'Ready', status: 'False', reason: 'BlastRadius', message: '' }],
      groups: [{ sgId: A, name: 'base' }, { sgId: B }],
      pendingPlans: [{ digest: 'sha256:2', reason: 'BlastRadius', instanceCount: 30 }],
      exposure: [{ rule: 'no-ssh', instanceCount: 1 }],
      instances: [
        { instanceId: ID, state: 'InSync', sgIds: [A, B], originalSgIds: [B] },
        {
          ...{ instanceId: 'ins-00000002', state: 'Failed', reason: 'Denied', message: 'no' },
          ...{ requestId: 'r', lastWriteTime: '2026-01-01T00:00:00Z' },
        },
        { instanceId: 'ins-00000003', state: 'Restoring' },
      ],
    });
    const { status } = objectStatus(told);
    expect(status).toMatchObject({
      ...{ instanceCount: 4, inSyncCount: 2, mode: 'Enforce', lastWriteMs: Date.UTC(2026, 0, 1) },
      ...{ groupNames: { [A as string]: 'base', [B as string]: '' }, lastHandledApproval: 'sha256:1' },
      pendingPlans: [{ digest: 'sha256:2', reason: 'BlastRadius', message: '', instanceCount: 30 }],
      exposure: [{ rule: 'no-ssh', instanceCount: 1 }],
    });
    expect(status.instances, 'without one that has left the binding').toEqual([
      { instanceId: ID, state: 'InSync', sgIds: [A, B], reason: 'InSync', message: '' },
      {
        ...{ instanceId: 'ins-00000002', state: 'Failed', reason: 'Denied', message: 'no', requestId: 'r' },
        lastWriteMs: Date.UTC(2026, 0, 1),
      },
    ]);
    expect([originalIn(told, ID), originalIn(undefined, ID)]).toEqual([[B], undefined]);
    expect([omittedInstances(told), omittedInstances(object())]).toEqual([1, 0]);
  });
});

describe('the writes that objects tell', () => {
  it('are told newest first, with who let them pass as data', () => {
    const at = '2026-01-01T00:00:00Z';
    const approvedBy = { digest: 'sha256:1', by: 'ann', at };
    const writes = objectWrites([
      object({
        history: [
          { time: '2026-01-01T00:00:01Z', cause: 'declared', after: [A] },
          {
            time: '2026-01-01T00:00:03Z',
            cause: 'drift',
            after: [A],
            approvedBy: { ...approvedBy, saidBy: 'server' },
          },
        ],
      }),
      object(
        {
          history: [
            {
              ...{ time: '2026-01-01T00:00:02Z', cause: 'declared', outcome: 'accepted', authority: 'ann' },
              ...{
                instanceIds: [ID],
                instanceCount: 5,
                before: [B],
                after: [A],
                generation: 3,
                requestId: 'r',
              },
              ...{ traffic: ['opens tcp/22 from 0.0.0.0/0'], since: at },
              ...{
                approvedBy: { ...approvedBy, saidBy: 'somebody' },
                emergency: { until: at, reason: 'fire' },
              },
            },
          ],
        },
        {},
      ),
      object(),
    ]);
    expect(writes).toEqual([
      expect.objectContaining({
        cause: 'drift',
        permit: { approvedBy: { ...approvedBy, saidBy: 'server' } },
      }),
      {
        ...{ time: '2026-01-01T00:00:02Z', binding: 'default/web', cause: 'declared', outcome: 'accepted' },
        ...{ authority: 'ann', instanceIds: [ID], instanceCount: 5, before: [B], after: [A], generation: 3 },
        ...{ requestId: 'r', traffic: ['opens tcp/22 from 0.0.0.0/0'], since: at },
        permit: { approvedBy, emergency: { until: at, reason: 'fire' } },
      },
      {
        ...{
          time: '2026-01-01T00:00:01Z',
          binding: 'shop/web',
          cause: 'declared',
          outcome: '',
          authority: '',
        },
        ...{ instanceIds: [], instanceCount: 0, after: [A], requestId: '', traffic: [] },
      },
    ]);
    expect(OBJECTS_TELL_LITTLE).toContain('last ten writes');
  });
});
