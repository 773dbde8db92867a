import { describe, expect, it } from 'vitest';
import type { SecurityGroupId } from '../../api/ids.ts';
import type { TemplateKind } from '../../core/firewall/rules.ts';
import { Secret } from '../../runtime/secret.ts';
import type { HttpRequest } from '../../runtime/transport.ts';
import { VirtualClock } from '../../runtime/virtual-clock.ts';
import { ClockSkew } from '../clock-skew.ts';
import { resolveEndpoints } from '../endpoint.ts';
import { RulesClient } from './rules-client.ts';

const SG1 = 'sg-00000001' as SecurityGroupId;
const NEVER = new AbortController().signal;

function setUp(payload: object) {
  const sent: HttpRequest[] = [];
  const clock = new VirtualClock(Date.UTC(2026, 0, 1));
  const credentials = { secretId: 'AKIDEXAMPLE', secretKey: new Secret('key'), source: 'test' };
  const context = {
    scope: { account: 'default', region: 'gz' },
    transport: async (request: HttpRequest) => {
      sent.push(request);
      return {
        status: 200,
        headers: {},
        body: JSON.stringify({ Response: { ...payload, RequestId: 'r' } }),
      };
    },
    credentials: { get: async () => ({ ok: true, credentials }) as const, invalidate() {} },
    clock,
    skew: new ClockSkew(clock),
  };
  return { sent, client: new RulesClient(context, resolveEndpoints('gz')) };
}

const policies = (Ingress: unknown, Egress: unknown = []) => ({
  SecurityGroupPolicySet: { Version: '3', Ingress, Egress },
});
const row = (more: object = {}) => ({ PolicyIndex: 0, Action: 'ACCEPT', ...more });

describe('the rules of a group', () => {
  it('are asked for by its id, of VPC, and come in the order of their indices', async () => {
    const { client, sent } = setUp(
      policies(
        [
          row({ PolicyIndex: 1, Protocol: 'tcp', Port: '22', CidrBlock: '', SecurityGroupId: 'sg-00000002' }),
          row({ Protocol: 'all', Port: 'all', Ipv6CidrBlock: '::/0', CidrBlock: null, Action: 'drop' }),
        ],
        [
          row({
            ServiceTemplate: { ServiceId: '', ServiceGroupId: 'ppmg-1' },
            AddressTemplate: { AddressId: 'ipm-1', AddressGroupId: '' },
          }),
        ],
      ),
    );
    expect(await client.groupRules.read(SG1, NEVER)).toMatchObject({
      ok: true,
      api: 'v3',
      value: {
        version: '3',
        ingress: [
          { action: 'DROP', protocol: 'all', port: 'all', ipv6CidrBlock: '::/0' },
          { action: 'ACCEPT', protocol: 'tcp', port: '22', securityGroupId: 'sg-00000002' },
        ],
        egress: [{ action: 'ACCEPT', serviceTemplate: 'ppmg-1', addressTemplate: 'ipm-1' }],
      },
    });
    expect(sent).toMatchObject([
      {
        url: 'https://vpc.tencentcloudapi.com/',
        body: JSON.stringify({ SecurityGroupId: SG1 }),
        headers: {
          'x-tc-action': client.groupRules.action,
          'x-tc-version': '2017-03-12',
          'x-tc-region': 'ap-guangzhou',
          authorization: expect.stringContaining('/vpc/tc3_request'),
        },
      },
    ]);
  });

  it.each([
    { reason: 'no set', payload: {} },
    { reason: 'a direction that is not there', payload: policies(undefined) },
    { reason: 'a direction that is no list', payload: policies({}) },
    { reason: 'a rule that is no object', payload: policies([null]) },
    { reason: 'a rule that neither accepts nor drops', payload: policies([row({ Action: 'LOG' })]) },
    { reason: 'a rule without an index', payload: policies([{ Action: 'ACCEPT' }]) },
    { reason: 'a gap between rules', payload: policies([row(), row({ PolicyIndex: 2 })]) },
    { reason: 'two rules at one place', payload: policies([row(), row()]) },
    { reason: 'a port that is no text', payload: policies([row({ Port: 22 })]) },
    { reason: 'a template that is no object', payload: policies([row({ AddressTemplate: 'ipm-1' })]) },
    {
      reason: 'a template and a group of them',
      payload: policies([row({ AddressTemplate: { AddressId: 'ipm-1', AddressGroupId: 'ipmg-1' } })]),
    },
  ])('are refused whole for $reason', async ({ payload }) => {
    const { client } = setUp(payload);
    expect(await client.groupRules.read(SG1, NEVER)).toMatchObject({
      ok: false,
      error: { kind: 'network', code: 'UNREADABLE', action: client.groupRules.action },
    });
  });
});

describe('templates', () => {
  it.each<{ kind: TemplateKind; noun: string; members: string }>([
    { kind: 'addressTemplates', noun: 'AddressTemplate', members: 'AddressSet' },
    { kind: 'addressTemplateGroups', noun: 'AddressTemplateGroup', members: 'AddressTemplateIdSet' },
    { kind: 'serviceTemplates', noun: 'ServiceTemplate', members: 'ServiceSet' },
    { kind: 'serviceTemplateGroups', noun: 'ServiceTemplateGroup', members: 'ServiceTemplateIdSet' },
  ])('are listed by Describe$noun' + 's, with numbers as text', async ({ kind, noun, members }) => {
    const rows = [{ [`${noun}Id`]: 'x-1', [members]: ['a', 'b'] }];
    const { client, sent } = setUp({ TotalCount: 101, [`${noun}Set`]: rows });
    expect(await client.templates[kind].page(100, NEVER)).toMatchObject({
      ok: true,
      value: { total: 101, items: [{ id: 'x-1', members: ['a', 'b'] }] },
    });
    expect(sent).toMatchObject([
      { body: '{"Offset":"100","Limit":"100"}', headers: { 'x-tc-action': `Describe${noun}s` } },
    ]);
  });

  it.each([
    { reason: 'no object', spoilt: null },
    { reason: 'no id', spoilt: { AddressSet: [] } },
    { reason: 'no members', spoilt: { AddressTemplateId: 'ipm-1' } },
    { reason: 'a member that is no text', spoilt: { AddressTemplateId: 'ipm-1', AddressSet: [1] } },
  ])('are listed beside a row that cannot be used: $reason', async ({ spoilt }) => {
    const rows = [spoilt, { AddressTemplateId: 'ipm-2', AddressSet: [] }];
    const { client } = setUp({ TotalCount: 2, AddressTemplateSet: rows });
    expect(await client.templates.addressTemplates.page(0, NEVER)).toMatchObject({
      ok: true,
      value: { items: [{ unreadable: expect.any(String) }, { id: 'ipm-2', members: [] }] },
    });
  });
});

describe('the groups whose rules name a group', () => {
  const SG2 = 'sg-00000002' as SecurityGroupId;
  const rows = (...set: unknown[]) => ({ ReferredSecurityGroupSet: set });
  const of = (SecurityGroupId: unknown, ReferredSecurityGroupIds: unknown) => ({
    SecurityGroupId,
    ReferredSecurityGroupIds,
  });

  it('are asked for several groups at once; a group without a row is named by none', async () => {
    const { client, sent } = setUp(rows(of(SG2, [SG1, SG2])));
    expect(await client.referrers.read([SG1, SG2], NEVER)).toMatchObject({
      ok: true,
      value: new Map([
        [SG1, []],
        [SG2, [SG1, SG2]],
      ]),
    });
    expect(sent).toMatchObject([
      {
        body: JSON.stringify({ SecurityGroupIds: [SG1, SG2] }),
        headers: { 'x-tc-action': 'DescribeSecurityGroupReferences', 'x-tc-version': '2017-03-12' },
      },
    ]);
  });

  it.each([
    { payload: {}, said: 'no ReferredSecurityGroupSet' },
    { payload: rows('x'), said: 'no group that was asked for' },
    { payload: rows(of('sg-00000009', [])), said: 'no group that was asked for' },
    { payload: rows(of(SG1, []), of(SG1, [])), said: 'two rows' },
    { payload: rows(of(SG1, null)), said: 'no usable ReferredSecurityGroupIds' },
    { payload: rows(of(SG1, ['web'])), said: 'no usable ReferredSecurityGroupIds' },
  ])('are not told by an answer that cannot be used: $said', async ({ payload, said }) => {
    const { client } = setUp(payload);
    expect(await client.referrers.read([SG1], NEVER)).toMatchObject({
      ok: false,
      error: { message: expect.stringContaining(said) },
    });
  });
});
