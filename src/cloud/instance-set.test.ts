import { describe, expect, it } from 'vitest';
import type { InstanceId } from '../api/ids.ts';
import { readInstanceSet } from './instance-set.ts';

const A = 'ins-aaaaaaaa' as InstanceId;
const B = 'ins-bbbbbbbb' as InstanceId;
const C = 'ins-cccccccc' as InstanceId;
const row = (id: string, extra: object = {}) => ({
  InstanceId: id,
  SecurityGroupIds: ['sg-00000001'],
  ...extra,
});

describe('an InstanceSet', () => {
  it('gives the ordered groups and the states of each instance', () => {
    const full = row(A, {
      SecurityGroupIds: ['sg-00000002', 'sg-00000001'],
      InstanceName: 'web',
      InstanceState: 'RUNNING',
      RestrictState: 'NORMAL',
      LatestOperationState: 'SUCCESS',
      VirtualPrivateCloud: { VpcId: 'vpc-1' },
    });
    expect(readInstanceSet({ TotalCount: 1, InstanceSet: [full] }, [A])).toEqual({
      ok: true,
      instances: [
        {
          instanceId: A,
          name: 'web',
          sgIds: ['sg-00000002', 'sg-00000001'],
          state: 'RUNNING',
          restrictState: 'NORMAL',
          latestOperationState: 'SUCCESS',
          vpcId: 'vpc-1',
        },
      ],
    });
  });

  it('leaves out what the cloud left out, fields and instances alike', () => {
    const set = readInstanceSet({ InstanceSet: [row(B, { SecurityGroupIds: [], InstanceName: null })] }, [
      A,
      B,
    ]);
    expect(set).toEqual({
      ok: true,
      instances: [{ instanceId: B, sgIds: [], state: '', restrictState: '', latestOperationState: '' }],
    });
  });

  it('gives the tags, an empty value for a tag that has none', () => {
    const Tags = [
      { Key: 'app', Value: 'web' },
      { Key: '__proto__', Value: 'x' },
      { Key: 'bare', Value: null },
    ];
    const rows = [row(A, { Tags }), row(B, { Tags: [] }), row(C)];
    const set = readInstanceSet({ InstanceSet: rows }, [A, B, C]);
    expect(set.ok && set.instances.map(({ tags }) => tags && Object.entries(tags))).toEqual([
      [
        ['app', 'web'],
        ['__proto__', 'x'],
        ['bare', ''],
      ],
      [],
      undefined,
    ]);
  });

  it('drops instances that nobody asked for', () => {
    expect(readInstanceSet({ InstanceSet: [row(B)] }, [A])).toEqual({ ok: true, instances: [] });
  });

  it.each([
    { payload: {}, reason: 'no InstanceSet' },
    { payload: { InstanceSet: null }, reason: 'InstanceSet null' },
    { payload: { InstanceSet: {} }, reason: 'InstanceSet an object' },
    { payload: { InstanceSet: ['x'] }, reason: 'a row that is no object' },
    { payload: { InstanceSet: [{ SecurityGroupIds: [] }] }, reason: 'a row without an id' },
    { payload: { InstanceSet: [row('INS-1')] }, reason: 'a malformed id' },
    { payload: { InstanceSet: [{ InstanceId: A }] }, reason: 'no SecurityGroupIds: not the same as none' },
    { payload: { InstanceSet: [row(A, { SecurityGroupIds: null })] }, reason: 'SecurityGroupIds null' },
    { payload: { InstanceSet: [row(A, { SecurityGroupIds: 'sg-00000001' })] }, reason: 'a text for a list' },
    {
      payload: { InstanceSet: [row(A, { SecurityGroupIds: ['sg-00000001', 7] })] },
      reason: 'a number for an id',
    },
    { payload: { InstanceSet: [row(A, { SecurityGroupIds: ['group'] })] }, reason: 'a malformed group id' },
    { payload: { InstanceSet: [row(A, { Tags: {} })] }, reason: 'tags that are no list' },
    { payload: { InstanceSet: [row(A, { Tags: ['app'] })] }, reason: 'a tag that is no object' },
    { payload: { InstanceSet: [row(A, { Tags: [{ Value: 'x' }] })] }, reason: 'a tag without a key' },
    {
      payload: { InstanceSet: [row(A, { Tags: [{ Key: 'a', Value: 1 }] })] },
      reason: 'a tag that is a number',
    },
    {
      payload: { InstanceSet: [row(A, { Tags: [{ Key: 'a' }, { Key: 'a' }] })] },
      reason: 'one tag twice',
    },
    { payload: { InstanceSet: [row(A), row(A)] }, reason: 'one instance twice' },
    {
      payload: { InstanceSet: [row(A)], TotalCount: 2 },
      reason: 'fewer rows than the total: a page is missing',
    },
  ])('is refused whole: $reason', ({ payload, reason }) => {
    expect(readInstanceSet(payload, [A, B]).ok, reason).toBe(false);
  });
});
