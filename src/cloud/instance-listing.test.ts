import { describe, expect, it } from 'vitest';
import { readInstancePage, vendorFilters } from './instance-listing.ts';

const ROW = {
  InstanceId: 'ins-aaaaaaaa',
  SecurityGroupIds: ['sg-00000002', 'sg-00000001'],
  VirtualPrivateCloud: { VpcId: 'vpc-a' },
  Tags: [{ Key: 'app', Value: 'web' }],
};
const page = (row: object) => ({ TotalCount: 1, InstanceSet: [row] });

describe('a filter of instances', () => {
  it('becomes one vendor filter for the VPC and one for each tag', () => {
    expect(vendorFilters({ vpcId: 'vpc-a', tags: { app: 'web', env: '' } })).toEqual([
      { Name: 'vpc-id', Values: ['vpc-a'] },
      { Name: 'tag:app', Values: ['web'] },
      { Name: 'tag:env', Values: [''] },
    ]);
    expect(vendorFilters({})).toEqual([]);
  });
});

describe('a page of instances', () => {
  it('gives each instance with its ordered groups, its VPC and its tags', () => {
    const query = { filter: { vpcId: 'vpc-a', tags: { app: 'web' } }, offset: 0 };
    expect(readInstancePage(page(ROW), query)).toMatchObject({
      ok: true,
      page: {
        total: 1,
        items: [{ sgIds: ['sg-00000002', 'sg-00000001'], vpcId: 'vpc-a', tags: { app: 'web' } }],
      },
    });
  });

  it.each([
    { row: { ...ROW, Tags: [] }, reason: 'no tags' },
    { row: { ...ROW, Tags: [{ Key: 'app', Value: 'Web' }] }, reason: 'another value' },
    { row: { ...ROW, Tags: [{ Key: 'App', Value: 'web' }] }, reason: 'another key' },
    { row: { ...ROW, VirtualPrivateCloud: { VpcId: 'vpc-b' } }, reason: 'another VPC' },
    { row: { ...ROW, VirtualPrivateCloud: undefined }, reason: 'no VPC told' },
  ])('is refused whole with an instance that the filter leaves out: $reason', ({ row, reason }) => {
    const query = { filter: { vpcId: 'vpc-a', tags: { app: 'web' } }, offset: 0 };
    expect(readInstancePage(page(row), query).ok, reason).toBe(false);
  });

  it('holds an instance that cannot be used beside the others, with what else it says of it', () => {
    const rows = { TotalCount: 2, InstanceSet: [{ ...ROW, SecurityGroupIds: null }, { Tags: 7 }] };
    expect(readInstancePage(rows, { filter: {}, offset: 0 })).toMatchObject({
      ok: true,
      page: {
        items: [
          { instanceId: ROW.InstanceId, tags: { app: 'web' }, unreadable: expect.any(String) },
          { unreadable: expect.any(String) },
        ],
      },
    });
  });
});
