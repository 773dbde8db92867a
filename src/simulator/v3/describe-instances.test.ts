import { describe, expect, it } from 'vitest';
import {
  G1,
  G2,
  INSTANCE_A,
  INSTANCE_B,
  INSTANCE_SHANGHAI,
  simulated,
} from '../../../test/wire/simulated.ts';

const many = (count: number) => Array.from({ length: count }, (_, n) => `ins-${String(n).padStart(8, '0')}`);

describe('DescribeInstances', () => {
  it.each([
    [{}, [INSTANCE_A, INSTANCE_B], 2],
    [{ Limit: 1, Offset: 1 }, [INSTANCE_B], 2],
    [{ InstanceIds: [INSTANCE_B, 'ins-unknown1', INSTANCE_SHANGHAI] }, [INSTANCE_B], 1],
    [{ Filters: [{ Name: 'tag:app', Values: ['web', 'x'] }] }, [INSTANCE_A], 1],
    [{ Filters: [{ Name: 'vpc-id', Values: ['vpc-a'] }] }, [INSTANCE_A], 1],
    [{ Filters: [{ Name: 'project-id', Values: ['7'] }] }, [INSTANCE_B], 1],
    [{ Filters: [{ Name: 'security-group-id', Values: [G1] }] }, [INSTANCE_A], 1],
    [{ Filters: [{ Name: 'instance-name', Values: ['b'] }] }, [INSTANCE_B], 1],
    [
      {
        Filters: [
          { Name: 'vpc-id', Values: ['vpc-a'] },
          { Name: 'tag:app', Values: ['api'] },
        ],
      },
      [],
      0,
    ],
  ])('%j finds %j of %i', async (body, ids, total) => {
    const reply = await simulated().v3('DescribeInstances', body);
    expect(reply.InstanceSet?.map((it) => it.InstanceId)).toEqual(ids);
    expect(reply.TotalCount).toBe(total);
  });

  it.each([
    [{ InstanceIds: [INSTANCE_A], Filters: [{ Name: 'vpc-id', Values: ['x'] }] }, 'InvalidParameter'],
    [{ InstanceIds: many(101) }, 'InvalidParameterValue.LimitExceeded'],
    [{ Filters: [{ Name: 'colour', Values: ['x'] }] }, 'InvalidFilter'],
    [
      { Filters: [{ Name: 'vpc-id', Values: ['1', '2', '3', '4', '5', '6'] }] },
      'InvalidFilterValue.LimitExceeded',
    ],
    [{ Limit: 101 }, 'InvalidParameterValue.Range'],
    [{ Limit: '20' }, 'InvalidParameter'],
  ])('%j is refused: %s', async (body, code) => {
    expect((await simulated().v3('DescribeInstances', body)).Error?.Code).toBe(code);
  });
});

describe('the other reads', () => {
  it('tell of groups and limits on both generations', async () => {
    const cloud = simulated();
    const ex = await cloud.v2('DescribeSecurityGroupEx', { sgId: G2 });
    expect(ex).toMatchObject({ code: 0, data: { totalNum: 1, detail: [{ sgId: G2, beAssociateCount: 2 }] } });
    const of = await cloud.v2('DescribeInstancesOfSecurityGroup', { sgId: G1 });
    expect(of.data?.detail).toMatchObject([{ instanceId: INSTANCE_A }]);
    const groups = await cloud.v3('DescribeSecurityGroups', { SecurityGroupIds: [G1] });
    expect(groups).toMatchObject({ TotalCount: 1, SecurityGroupSet: [{ SecurityGroupId: G1 }] });
    const limits = await cloud.v3('DescribeSecurityGroupLimits', {});
    expect(limits).toMatchObject({ SecurityGroupLimitSet: { InstanceSecurityGroupLimit: 5 } });
  });
});
