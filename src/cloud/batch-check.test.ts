import { describe, expect, it } from 'vitest';
import type { InstanceId, SecurityGroupId } from '../api/ids.ts';
import { checkReadBatch, checkWriteBatch } from './scope-client.ts';

const id = (n: number) => `ins-${String(n).padStart(8, '0')}` as InstanceId;
const ids = (count: number) => Array.from({ length: count }, (_, n) => id(n));
const one = ['sg-00000001' as SecurityGroupId];
const two = [...one, 'sg-00000002' as SecurityGroupId];
const V2 = { maxInstances: 20, oneListPerCall: false };
const V3 = { maxInstances: 100, oneListPerCall: true };

describe('batches', () => {
  it.each([
    { batch: [], reason: 'empty' },
    { batch: ids(101), reason: 'too large' },
    { batch: [id(1), id(1)], reason: 'twice the same' },
  ])('are refused for reading: $reason', ({ batch }) => {
    expect(() => checkReadBatch(batch)).toThrow(RangeError);
  });

  it('of 100 are read', () => expect(() => checkReadBatch(ids(100))).not.toThrow());

  it.each([
    { limits: V2, writes: [], reason: 'empty' },
    { limits: V2, writes: ids(21).map((instanceId) => ({ instanceId, sgIds: one })), reason: '21 on 2.0' },
    { limits: V3, writes: ids(101).map((instanceId) => ({ instanceId, sgIds: one })), reason: '101 on 3.0' },
    { limits: V2, writes: [1, 1].map((n) => ({ instanceId: id(n), sgIds: one })), reason: 'twice the same' },
    { limits: V2, writes: [{ instanceId: id(1), sgIds: [] }], reason: 'an empty list' },
    { limits: V2, writes: [{ instanceId: id(1), sgIds: [...one, ...one] }], reason: 'a group twice' },
    {
      limits: V3,
      writes: [
        { instanceId: id(1), sgIds: two },
        { instanceId: id(2), sgIds: two.toReversed() },
      ],
      reason: 'two orders in one call of 3.0',
    },
  ])('are refused for writing: $reason', ({ limits, writes, reason }) => {
    expect(() => checkWriteBatch(writes, limits), reason).toThrow(RangeError);
  });

  it('of 20 own lists are written on 2.0, of 100 equal ones on 3.0', () => {
    const own = ids(20).map((instanceId, n) => ({ instanceId, sgIds: n % 2 === 0 ? one : two }));
    expect(() => checkWriteBatch(own, V2)).not.toThrow();
    const equal = ids(100).map((instanceId) => ({ instanceId, sgIds: two }));
    expect(() => checkWriteBatch(equal, V3)).not.toThrow();
  });
});
