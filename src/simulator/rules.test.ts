/** Rules and templates as both generations of the API tell them. */
import { describe, expect, it } from 'vitest';
import { RULES_FLEET } from '../../test/wire/rules-fleet.ts';
import { G1, G2, G3, simulated } from '../../test/wire/simulated.ts';

const cloud = () => simulated({ fleet: RULES_FLEET });
const vpc = (action: string, body: Readonly<Record<string, unknown>>) => cloud().v3(action, body);

const NO_SERVICE = { ServiceTemplate: { ServiceId: '', ServiceGroupId: '' } };
const NO_TEMPLATE = { AddressTemplate: { AddressId: '', AddressGroupId: '' } };
const NO_ADDRESS = { CidrBlock: '', Ipv6CidrBlock: '', SecurityGroupId: '', ...NO_TEMPLATE };
const PLAIN = { PolicyDescription: '', ModifyTime: '2024-01-01 00:00:00' };

describe('DescribeSecurityGroupPolicies', () => {
  it('tells all rules of a group in order, with empty texts for what a rule does not have', async () => {
    const { RequestId: _, ...reply } = await vpc('DescribeSecurityGroupPolicies', { SecurityGroupId: G1 });
    expect(reply).toEqual({
      SecurityGroupPolicySet: {
        Version: '7',
        Ingress: [
          {
            ...PLAIN,
            ...NO_SERVICE,
            ...NO_ADDRESS,
            PolicyIndex: 0,
            Protocol: 'tcp',
            Port: '80,443',
            CidrBlock: '0.0.0.0/0',
            Action: 'ACCEPT',
            PolicyDescription: 'web',
          },
          {
            ...PLAIN,
            ...NO_SERVICE,
            ...NO_ADDRESS,
            PolicyIndex: 1,
            Protocol: 'all',
            Port: 'all',
            Ipv6CidrBlock: '2001:db8::/32',
            Action: 'ACCEPT',
          },
          {
            ...PLAIN,
            ...NO_SERVICE,
            ...NO_ADDRESS,
            PolicyIndex: 2,
            Protocol: 'tcp',
            Port: '22',
            SecurityGroupId: G2,
            Action: 'DROP',
          },
          {
            ...PLAIN,
            PolicyIndex: 3,
            ServiceTemplate: { ServiceId: '', ServiceGroupId: 'ppmg-00000001' },
            AddressTemplate: { AddressId: 'ipm-00000001', AddressGroupId: '' },
            Action: 'ACCEPT',
          },
          {
            ...PLAIN,
            PolicyIndex: 4,
            ServiceTemplate: { ServiceId: 'ppm-00000001', ServiceGroupId: '' },
            AddressTemplate: { AddressId: '', AddressGroupId: 'ipmg-00000001' },
            Action: 'ACCEPT',
          },
        ],
        Egress: [
          {
            ...PLAIN,
            ...NO_SERVICE,
            ...NO_ADDRESS,
            PolicyIndex: 0,
            Protocol: 'all',
            Port: 'all',
            CidrBlock: '0.0.0.0/0',
            Action: 'ACCEPT',
          },
        ],
        PolicyStatistics: {
          IngressIPv4TotalCount: 4,
          IngressIPv6TotalCount: 1,
          EgressIPv4TotalCount: 1,
          EgressIPv6TotalCount: 0,
        },
      },
    });
  });

  it('tells a group without rules as one with none', async () => {
    const reply = await vpc('DescribeSecurityGroupPolicies', { SecurityGroupId: G2 });
    expect(reply.SecurityGroupPolicySet).toMatchObject({ Version: '0', Ingress: [], Egress: [] });
  });

  it.each([
    [{ Name: 'direction', Values: ['OUTBOUND'] }, [], [0]],
    [{ Name: 'direction', Values: ['ALL'] }, [0, 1, 2, 3, 4], [0]],
    [{ Name: 'port', Values: ['22'] }, [2], []],
    [{ Name: 'poly', Values: ['drop'] }, [2], []],
    [{ Name: 'protocol-type', Values: ['TCP'] }, [0, 2], []],
    [{ Name: 'ip', Values: ['0.0.0.0/0'] }, [0], [0]],
    [{ Name: 'address-module', Values: ['ipmg-00000001'] }, [4], []],
    [{ Name: 'service-module', Values: ['ppmg-00000001'] }, [3], []],
    [{ Name: 'description', Values: ['web'] }, [0], []],
  ])('%j keeps the indexes of what fits', async (filter, ingress, egress) => {
    const reply = await vpc('DescribeSecurityGroupPolicies', { SecurityGroupId: G1, Filters: [filter] });
    const set = reply.SecurityGroupPolicySet as Record<'Ingress' | 'Egress', { PolicyIndex: number }[]>;
    const indexes = (rules: { PolicyIndex: number }[]) => rules.map(({ PolicyIndex }) => PolicyIndex);
    expect([indexes(set.Ingress), indexes(set.Egress)]).toEqual([ingress, egress]);
  });

  it.each([
    [{}, 'MissingParameter'],
    [{ SecurityGroupId: 'sg-unknown1' }, 'InvalidSecurityGroupID.NotFound'],
    [{ SecurityGroupId: G3 }, 'InvalidSecurityGroupID.NotFound'],
    [{ SecurityGroupId: 'group' }, 'InvalidSecurityGroupID.Malformed'],
    [{ SecurityGroupId: [G1] }, 'InvalidParameter'],
    [{ SecurityGroupIds: [G1] }, 'UnknownParameter'],
    [
      { SecurityGroupId: G1, Filters: [{ Name: 'colour', Values: ['red'] }] },
      'InvalidParameter.FilterInvalidKey',
    ],
    [{ SecurityGroupId: G1, Filters: [{ Name: 'port', Values: [] }] }, 'InvalidParameterValue.LimitExceeded'],
  ])('refuses %j with %s', async (body, code) => {
    expect((await vpc('DescribeSecurityGroupPolicies', body)).Error?.Code).toBe(code);
  });

  it('counts by itself, a hundred calls in a second', async () => {
    const one = cloud();
    const codes: (string | undefined)[] = [];
    for (let call = 0; call < 101; call++) {
      codes.push((await one.v3('DescribeSecurityGroupPolicies', { SecurityGroupId: G1 })).Error?.Code);
    }
    expect(codes.indexOf('RequestLimitExceeded')).toBe(100);
    expect((await one.v3('DescribeAddressTemplates', {})).Error).toBeUndefined();
  });

  it('fails on purpose like every action, as one without the right to read rules does', async () => {
    const one = cloud();
    one.faults.add({ kind: 'error', action: 'DescribeSecurityGroupPolicies', code: 'UnauthorizedOperation' });
    const reply = await one.v3('DescribeSecurityGroupPolicies', { SecurityGroupId: G1 });
    expect(reply.Error?.Code).toBe('UnauthorizedOperation');
    expect(reply.SecurityGroupPolicySet).toBeUndefined();
  });
});

describe('DescribeSecurityGroupPolicys', () => {
  it('tells the same rules with the names of API 2.0, and leaves out what would say "all"', async () => {
    expect(await cloud().v2('DescribeSecurityGroupPolicys', { sgId: G1 })).toEqual({
      code: 0,
      message: '',
      codeDesc: 'Success',
      data: {
        ingress: [
          {
            index: 0,
            ipProtocol: 'tcp',
            cidrIp: '0.0.0.0/0',
            portRange: '80,443',
            desc: 'web',
            action: 'ACCEPT',
            version: '7',
          },
          { index: 1, cidrIp: '2001:db8::/32', desc: '', action: 'ACCEPT', version: '7' },
          { index: 2, ipProtocol: 'tcp', sgId: G2, portRange: '22', desc: '', action: 'DROP', version: '7' },
          {
            index: 3,
            addressModule: 'ipm-00000001',
            serviceModule: 'ppmg-00000001',
            desc: '',
            action: 'ACCEPT',
            version: '7',
          },
          {
            index: 4,
            addressModule: 'ipmg-00000001',
            serviceModule: 'ppm-00000001',
            desc: '',
            action: 'ACCEPT',
            version: '7',
          },
        ],
        egress: [{ index: 0, cidrIp: '0.0.0.0/0', desc: '', action: 'ACCEPT', version: '7' }],
      },
    });
  });

  it.each([
    [{ sgId: G2 }, 0],
    [{ sgId: 'sg-unknown1' }, 7001],
    [{ sgId: G3 }, 7001],
    [{}, 4000],
  ])('of %j answers %i', async (params, code) => {
    const reply = await cloud().v2('DescribeSecurityGroupPolicys', params as Record<string, string>);
    expect(Number(reply.code)).toBe(code);
    if (code === 0) expect(reply.data).toEqual({});
  });
});

it('at the hosts of the vendor rules and templates are served by vpc alone', async () => {
  const at = (product: string) => ({ url: `https://${product}.tencentcloudapi.com/` });
  for (const [action, body] of [
    ['DescribeSecurityGroupPolicies', { SecurityGroupId: G1 }],
    ['DescribeSecurityGroupReferences', { SecurityGroupIds: [G1] }],
    ['DescribeAddressTemplates', {}],
  ] as const) {
    expect((await cloud().v3(action, body, at('vpc'))).Error, action).toBeUndefined();
    expect((await cloud().v3(action, body, at('cvm'))).Error?.Code, action).toBe('InvalidAction');
  }
});

describe('DescribeSecurityGroupReferences', () => {
  it('tells of each group the groups of the account whose rules name it', async () => {
    const reply = await vpc('DescribeSecurityGroupReferences', { SecurityGroupIds: [G1, G2] });
    expect(reply.ReferredSecurityGroupSet).toEqual([
      { SecurityGroupId: G1, ReferredSecurityGroupIds: [] },
      { SecurityGroupId: G2, ReferredSecurityGroupIds: [G1] },
    ]);
  });

  it.each([
    [{}, 'MissingParameter'],
    [{ SecurityGroupIds: [G1, 'sg-unknown1'] }, 'InvalidSecurityGroupID.NotFound'],
    [{ SecurityGroupIds: Array(101).fill(G1) }, 'InvalidParameterValue.LimitExceeded'],
  ])('refuses %j with %s', async (body, code) => {
    expect((await vpc('DescribeSecurityGroupReferences', body)).Error?.Code).toBe(code);
  });
});

const TIMES = { CreatedTime: '2024-01-01 00:00:00', UpdatedTime: '2024-01-01 00:00:00', TagSet: [] };
const EXTRA = { Description: '', UpdatedTime: '2024-01-01 00:00:00' };
const WEB = {
  ...TIMES,
  ServiceTemplateId: 'ppm-00000001',
  ServiceTemplateName: 'web',
  ServiceSet: ['tcp:80,443', 'udp:all'],
  ServiceExtraSet: [
    { Service: 'tcp:80,443', ...EXTRA },
    { Service: 'udp:all', ...EXTRA },
  ],
};

describe('listings of templates', () => {
  it('tell what an address template holds', async () => {
    const byId = [{ Name: 'address-template-id', Values: ['ipm-00000001'] }];
    const { RequestId: _, ...reply } = await vpc('DescribeAddressTemplates', {
      Filters: byId,
      NeedMemberInfo: true,
    });
    expect(reply).toEqual({
      TotalCount: 1,
      AddressTemplateSet: [
        {
          ...TIMES,
          AddressTemplateId: 'ipm-00000001',
          AddressTemplateName: 'office',
          AddressSet: ['192.128.8.8/17', '10.0.0.1-10.0.0.9'],
          AddressExtraSet: [
            { Address: '192.128.8.8/17', ...EXTRA },
            { Address: '10.0.0.1-10.0.0.9', ...EXTRA },
          ],
        },
      ],
    });
  });

  it('tell the members of a group of address templates by their ids', async () => {
    const { RequestId: _, ...reply } = await vpc('DescribeAddressTemplateGroups', {});
    expect(reply).toEqual({
      TotalCount: 1,
      AddressTemplateGroupSet: [
        {
          ...TIMES,
          AddressTemplateGroupId: 'ipmg-00000001',
          AddressTemplateGroupName: 'all',
          AddressTemplateIdSet: ['ipm-00000001', 'ipm-00000002'],
          AddressTemplateSet: [
            { AddressTemplateId: 'ipm-00000001', ...EXTRA },
            { AddressTemplateId: 'ipm-00000002', ...EXTRA },
          ],
        },
      ],
    });
  });

  it('tell what service templates hold, and groups of them with their members whole', async () => {
    expect(await vpc('DescribeServiceTemplates', {})).toMatchObject({
      TotalCount: 1,
      ServiceTemplateSet: [WEB],
    });
    const { ServiceTemplateGroupSet } = await vpc('DescribeServiceTemplateGroups', {});
    expect(ServiceTemplateGroupSet).toEqual([
      {
        ...TIMES,
        ServiceTemplateGroupId: 'ppmg-00000001',
        ServiceTemplateGroupName: '',
        ServiceTemplateIdSet: ['ppm-00000001'],
        ServiceTemplateSet: [WEB],
      },
    ]);
  });

  it.each([
    [{ Offset: '1', Limit: '1' }, ['ipm-00000002']],
    [{ OrderField: 'CreatedTime' }, ['ipm-00000002', 'ipm-00000001']],
    [{ OrderField: 'UpdatedTime', OrderDirection: 'DESC' }, ['ipm-00000001', 'ipm-00000002']],
    [{ Filters: [{ Name: 'address-template-name', Values: ['office'] }] }, ['ipm-00000001']],
    [{ Filters: [{ Name: 'address-ip', Values: ['192.128.8.8/17'] }] }, ['ipm-00000001']],
  ])('%j finds %j', async (body, ids) => {
    const { AddressTemplateSet } = await vpc('DescribeAddressTemplates', body);
    expect((AddressTemplateSet as { AddressTemplateId: string }[]).map((it) => it.AddressTemplateId)).toEqual(
      ids,
    );
  });

  it.each([
    ['DescribeAddressTemplates', { Limit: 20 }, 'InvalidParameter'],
    ['DescribeAddressTemplates', { Limit: '101' }, 'InvalidParameterValue.Range'],
    ['DescribeAddressTemplates', { OrderField: 'Name' }, 'InvalidParameterValue'],
    ['DescribeAddressTemplates', { OrderDirection: 'UP' }, 'InvalidParameterValue'],
    [
      'DescribeServiceTemplates',
      { Filters: [{ Name: 'address-template-id', Values: ['x'] }] },
      'InvalidParameter.FilterInvalidKey',
    ],
    [
      'DescribeServiceTemplateGroups',
      { Filters: [{ Name: 'service-template-group-id', Values: ['1', '2', '3', '4', '5', '6'] }] },
      'InvalidParameterValue.LimitExceeded',
    ],
  ])('%s refuses %j with %s', async (action, body, code) => {
    expect((await vpc(action, body)).Error?.Code).toBe(code);
  });

  it.each([
    ['DescribeServiceTemplates', 'service-template-id', 'ppm-00000001'],
    ['DescribeServiceTemplates', 'service-template-name', 'web'],
    ['DescribeServiceTemplates', 'service-port', 'udp:all'],
    ['DescribeServiceTemplateGroups', 'service-template-group-id', 'ppmg-00000001'],
    ['DescribeAddressTemplateGroups', 'address-template-group-name', 'all'],
  ])('%s finds by %s what has it, and nothing else', async (action, Name, value) => {
    const found = async (wanted: string) =>
      (await vpc(action, { Filters: [{ Name, Values: [wanted] }] })).TotalCount;
    expect([await found(value), await found('other')]).toEqual([1, 0]);
  });

  it('belong to their region', async () => {
    const reply = await cloud().v3('DescribeAddressTemplates', {}, { region: 'ap-shanghai' });
    expect(reply).toMatchObject({ TotalCount: 0, AddressTemplateSet: [] });
  });
});
