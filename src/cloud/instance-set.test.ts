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
    {
      payload: { InstanceSet: [row(A)], TotalCount: 2 },
      reason: 'fewer rows than the total: a page is missing',
    },
  ])('is refused whole: $reason', ({ payload, reason }) => {
    expect(readInstanceSet(payload, [A, B]).ok, reason).toBe(false);
  });

  it.each([
    { spoilt: { InstanceId: A }, reason: 'no SecurityGroupIds: not the same as none' },
    { spoilt: row(A, { SecurityGroupIds: null }), reason: 'SecurityGroupIds null' },
    { spoilt: row(A, { SecurityGroupIds: 'sg-00000001' }), reason: 'a text for a list' },
    { spoilt: row(A, { SecurityGroupIds: ['sg-00000001', 7] }), reason: 'a number for an id' },
    { spoilt: row(A, { SecurityGroupIds: ['group'] }), reason: 'a malformed group id' },
    { spoilt: row(A, { Tags: {} }), reason: 'tags that are no list' },
    { spoilt: row(A, { Tags: ['app'] }), reason: 'a tag that is no object' },
    { spoilt: row(A, { Tags: [{ Value: 'x' }] }), reason: 'a tag without a key' },
    { spoilt: row(A, { Tags: [{ Key: 'a', Value: 1 }] }), reason: 'a tag that is a number' },
    { spoilt: row(A, { Tags: [{ Key: 'a' }, { Key: 'a' }] }), reason: 'one tag twice' },
    { spoilt: row(A, { InstanceState: 7 }), reason: 'a state that is a number' },
    { spoilt: row(A, { RestrictState: {} }), reason: 'a restriction that is an object' },
    { spoilt: 'x', reason: 'a row that is no object' },
    { spoilt: { SecurityGroupIds: [] }, reason: 'a row without an id' },
    { spoilt: row('INS-1'), reason: 'a malformed id' },
  ])(
    'tells one instance that cannot be used by name, and every other as ever: $reason',
    ({ spoilt, reason }) => {
      const set = readInstanceSet({ TotalCount: 2, InstanceSet: [row(B), spoilt] }, [A, B]);
      expect(set, reason).toMatchObject({
        ok: true,
        instances: [
          { instanceId: B, sgIds: ['sg-00000001'] },
          { instanceId: A, unreadable: expect.any(String) },
        ],
      });
    },
  );

  it('believes neither of two rows of one instance', () => {
    const set = readInstanceSet({ InstanceSet: [row(A), row(B), row(A)] }, [A, B]);
    expect(set).toMatchObject({
      ok: true,
      instances: [{ instanceId: A, unreadable: 'the answer names the instance twice' }, { instanceId: B }],
    });
  });
});
