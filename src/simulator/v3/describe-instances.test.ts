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

describe('every documented filter of DescribeInstances', () => {
  const instance = {
    instanceId: INSTANCE_A,
    securityGroupIds: [],
    instanceName: 'a',
    tags: { app: 'web' },
    vpcId: 'vpc-a',
    subnetId: 'subnet-a',
    projectId: 3,
    zone: 'ap-guangzhou-6',
    state: 'STOPPED',
    instanceChargeType: 'PREPAID',
    hostId: 'host-a',
    dedicatedClusterId: 'cluster-a',
    privateIpAddresses: ['10.0.0.8'],
    publicIpAddresses: ['43.0.0.8'],
    ipv6Addresses: ['2402:4e00::8'],
    createdTime: '2025-06-01T12:00:00Z',
  };
  const other = { instanceId: INSTANCE_B, securityGroupIds: [], createdTime: '2024-01-01T00:00:00Z' };
  const fleet = {
    accounts: ['default'],
    regions: { 'ap-guangzhou': { securityGroups: [], instances: [instance, other] } },
  };

  it.each([
    ['zone', 'ap-guangzhou-6'],
    ['project-id', '3'],
    ['host-id', 'host-a'],
    ['dedicated-cluster-id', 'cluster-a'],
    ['vpc-id', 'vpc-a'],
    ['subnet-id', 'subnet-a'],
    ['instance-id', INSTANCE_A],
    ['instance-name', 'a'],
    ['instance-charge-type', 'PREPAID'],
    ['instance-state', 'STOPPED'],
    ['private-ip-address', '10.0.0.8'],
    ['public-ip-address', '43.0.0.8'],
    ['ipv6-address', '2402:4e00::8'],
    ['tag-key', 'app'],
    ['tag-value', 'web'],
    ['tag:app', 'web'],
    ['creation-start-time', '2025-06-01 12:00:00'],
  ])('%s finds the instance that has %s, and no other', async (Name, value) => {
    const reply = await simulated({ fleet }).v3('DescribeInstances', {
      Filters: [{ Name, Values: [value] }],
    });
    expect(reply.InstanceSet?.map((it) => it.InstanceId)).toEqual([INSTANCE_A]);
  });

  it('creation-end-time and uuid find the other one', async () => {
    const cloud = simulated({ fleet });
    const early = { Name: 'creation-end-time', Values: ['2025-06-01 11:59:59'] };
    const reply = await cloud.v3('DescribeInstances', { Filters: [early] });
    expect(reply.InstanceSet).toMatchObject([
      { InstanceId: INSTANCE_B, Uuid: expect.stringMatching(/^[0-9a-f-]{36}$/) },
    ]);
    const [{ Uuid }] = reply.InstanceSet as unknown as [{ Uuid: string }];
    const again = await cloud.v3('DescribeInstances', { Filters: [{ Name: 'uuid', Values: [Uuid] }] });
    expect(again.InstanceSet?.map((it) => it.InstanceId)).toEqual([INSTANCE_B]);
  });

  it('a time that is none is refused', async () => {
    const Filters = [{ Name: 'creation-start-time', Values: ['yesterday'] }];
    const reply = await simulated({ fleet }).v3('DescribeInstances', { Filters });
    expect(reply.Error?.Code).toBe('InvalidParameterValue.InvalidTimeFormat');
  });
});

describe('DescribeSecurityGroups', () => {
  const group = (digit: number, fields = {}) => ({ securityGroupId: `sg-0000000${digit}`, ...fields });
  const fleet = {
    accounts: ['default'],
    regions: {
      'ap-guangzhou': {
        securityGroups: [
          group(1, { createdTime: '2024-03-01 00:00:00', tags: { team: 'net' }, description: 'first' }),
          group(2, { createdTime: '2024-01-01 00:00:00', updateTime: '2024-04-01 00:00:00' }),
          group(3, { createdTime: '2024-02-01 00:00:00', tags: { team: 'web' } }),
        ],
        instances: [],
      },
    },
  };
  const idsOf = async (body: Readonly<Record<string, unknown>>) => {
    const { SecurityGroupSet } = await simulated({ fleet }).v3('DescribeSecurityGroups', body);
    return (SecurityGroupSet as readonly { SecurityGroupId: string }[]).map((it) =>
      it.SecurityGroupId.at(-1),
    );
  };

  it.each([
    [{}, '123'],
    [{ OrderField: 'CreatedTime' }, '231'],
    [{ OrderField: 'UpdateTime', OrderDirection: 'DESC' }, '213'],
    [{ Filters: [{ Name: 'tag-key', Values: ['team'] }] }, '13'],
    [{ Filters: [{ Name: 'tag:team', Values: ['web'] }] }, '3'],
  ])('%j lists %s', async (body, ids) => expect((await idsOf(body)).join('')).toBe(ids));

  it('tells tags, description and both times', async () => {
    const reply = await simulated({ fleet }).v3('DescribeSecurityGroups', { SecurityGroupIds: [G1] });
    expect(reply.SecurityGroupSet).toMatchObject([
      {
        SecurityGroupDesc: 'first',
        CreatedTime: '2024-03-01 00:00:00',
        UpdateTime: '2024-03-01 00:00:00',
        TagSet: [{ Key: 'team', Value: 'net' }],
      },
    ]);
  });

  it.each([
    [{ SecurityGroupIds: Array.from({ length: 101 }, () => G1) }, 'InvalidParameterValue.LimitExceeded'],
    [{ SecurityGroupIds: ['sg-x'] }, 'InvalidSecurityGroupID.Malformed'],
    [{ SecurityGroupIds: ['sg-unknown1'] }, 'ResourceNotFound'],
    [{ OrderField: 'Name' }, 'InvalidParameterValue'],
    [{ OrderField: 'UpdateTime', OrderDirection: 'UP' }, 'InvalidParameterValue'],
    [{ Filters: [{ Name: 'tag-value', Values: ['x'] }] }, 'InvalidParameter.FilterInvalidKey'],
  ])('%j is refused: %s', async (body, code) => {
    expect((await simulated({ fleet }).v3('DescribeSecurityGroups', body)).Error?.Code).toBe(code);
  });
});

describe('the attributes that ModifyInstancesAttribute changes', () => {
  it.each([
    [{ InstanceName: 'n'.repeat(61) }, 'InvalidInstanceName.TooLong'],
    [{ UserData: 'not base64!' }, 'InvalidParameterValue.InvalidUserDataFormat'],
    [{ UserData: 'QUFB'.repeat(5462) }, 'InvalidParameterValue.InvalidUserDataFormat'],
    [{ HostName: `h${'o'.repeat(60)}` }, 'InvalidParameterValue.IllegalHostName'],
    [{ HostName: '-web' }, 'InvalidParameterValue.IllegalHostName'],
    [{ CamRoleName: 'a role' }, 'InvalidParameterValue.CamRoleNameMalformed'],
    [{ InstanceName: 'n', HostName: 'h' }, 'InvalidParameterCombination'],
  ])('%j is refused: %s', async (attributes, code) => {
    const cloud = simulated();
    const body = { InstanceIds: [INSTANCE_A], ...attributes };
    expect((await cloud.v3('ModifyInstancesAttribute', body)).Error?.Code).toBe(code);
    expect(cloud.state.instance(INSTANCE_A)?.instanceName).toBe('a');
  });

  it('are kept and read again', async () => {
    const cloud = simulated();
    for (const attribute of [
      { InstanceName: 'n'.repeat(60) },
      { HostName: 'web-1' },
      { CamRoleName: 'role' },
      { DisableApiTermination: true },
      { UserData: 'aGVsbG8=' },
    ]) {
      await cloud.v3('ModifyInstancesAttribute', { InstanceIds: [INSTANCE_A], ...attribute });
    }
    const reply = await cloud.v3('DescribeInstances', { InstanceIds: [INSTANCE_A] });
    expect(reply.InstanceSet).toMatchObject([
      { InstanceName: 'n'.repeat(60), HostName: 'web-1', CamRoleName: 'role', DisableApiTermination: true },
    ]);
  });
});

describe('the other reads', () => {
  it('tell of groups and limits on both generations', async () => {
    const cloud = simulated();
    const ex = await cloud.v2('DescribeSecurityGroupEx', { sgId: G2 });
    expect(ex).toMatchObject({ code: 0, data: { totalNum: 1, detail: [{ sgId: G2, beAssociateCount: 2 }] } });
    const of = await cloud.v2('DescribeInstancesOfSecurityGroup', { sgId: G1 });
    expect(of).toMatchObject({ code: 0, totalCount: 1, data: [{ instanceId: INSTANCE_A }] });
    const groups = await cloud.v3('DescribeSecurityGroups', { SecurityGroupIds: [G1] });
    expect(groups).toMatchObject({ TotalCount: 1, SecurityGroupSet: [{ SecurityGroupId: G1 }] });
    const limits = await cloud.v3('DescribeSecurityGroupLimits', {});
    expect(limits).toMatchObject({ SecurityGroupLimitSet: { InstanceSecurityGroupLimit: 5 } });
  });
});
