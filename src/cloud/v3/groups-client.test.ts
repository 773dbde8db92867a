import { describe, expect, it } from 'vitest';
import { Secret } from '../../runtime/secret.ts';
import type { HttpRequest } from '../../runtime/transport.ts';
import { VirtualClock } from '../../runtime/virtual-clock.ts';
import { ClockSkew } from '../clock-skew.ts';
import { resolveEndpoints } from '../endpoint.ts';
import { GroupsClient } from './groups-client.ts';
import { v3Authorization } from './request.ts';

const SG1 = 'sg-00000001';
const SG2 = 'sg-00000002';
const KEY = 'key';
const NEVER = new AbortController().signal;

const answer = (payload: object) => JSON.stringify({ Response: { ...payload, RequestId: 'r' } });

function setUp(body: string) {
  const sent: HttpRequest[] = [];
  const clock = new VirtualClock(Date.UTC(2026, 0, 1));
  const credentials = { secretId: 'AKIDEXAMPLE', secretKey: new Secret(KEY), source: 'test' };
  const context = {
    scope: { account: 'default', region: 'gz' },
    transport: async (request: HttpRequest) => {
      sent.push(request);
      return { status: 200, headers: {}, body };
    },
    credentials: { get: async () => ({ ok: true, credentials }) as const, invalidate() {} },
    clock,
    skew: new ClockSkew(clock),
  };
  return { sent, client: new GroupsClient(context, resolveEndpoints('gz')) };
}

const only = (sent: readonly HttpRequest[]): HttpRequest => {
  expect(sent).toHaveLength(1);
  return sent[0] as HttpRequest;
};

describe('security groups', () => {
  it('are listed through VPC, signed for it, with numbers as text', async () => {
    const rows = [{ SecurityGroupId: SG2, SecurityGroupName: 'web' }, { SecurityGroupId: SG1 }];
    const { client, sent } = setUp(answer({ TotalCount: 102, SecurityGroupSet: rows }));
    expect(await client.list(100, NEVER)).toMatchObject({
      ok: true,
      api: 'v3',
      value: {
        total: 102,
        items: [
          { sgId: SG2, name: 'web' },
          { sgId: SG1, name: '' },
        ],
      },
    });
    const request = only(sent);
    expect(request.url).toBe('https://vpc.tencentcloudapi.com/');
    const input = {
      service: 'vpc',
      headers: {
        'content-type': 'application/json; charset=utf-8',
        host: 'vpc.tencentcloudapi.com',
        'x-tc-action': 'DescribeSecurityGroups',
        'x-tc-region': 'ap-guangzhou',
        'x-tc-timestamp': '1767225600',
        'x-tc-version': '2017-03-12',
      },
      timestampS: 1767225600,
      body: request.body ?? '',
    };
    expect(request.headers).toMatchObject({
      authorization: v3Authorization(input, { secretId: 'AKIDEXAMPLE', secretKey: new Secret(KEY) }),
      'x-tc-action': 'DescribeSecurityGroups',
      'x-tc-version': '2017-03-12',
      'x-tc-region': 'ap-guangzhou',
    });
    expect(JSON.parse(request.body ?? '')).toEqual({ Offset: '100', Limit: '100' });
  });

  it('have a limit that the cloud tells', async () => {
    const body = answer({ SecurityGroupLimitSet: { InstanceSecurityGroupLimit: 7 } });
    const { client, sent } = setUp(body);
    expect(await client.limit(NEVER)).toMatchObject({ ok: true, value: 7, api: 'v3' });
    expect(only(sent)).toMatchObject({
      body: '{}',
      headers: { 'x-tc-action': 'DescribeSecurityGroupLimits' },
    });
  });

  it.each([
    { set: undefined, reason: 'no set' },
    { set: {}, reason: 'no limit' },
    { set: { InstanceSecurityGroupLimit: 0 }, reason: 'none at all' },
    { set: { InstanceSecurityGroupLimit: 2.5 }, reason: 'no whole number' },
    { set: { InstanceSecurityGroupLimit: '5' }, reason: 'a text' },
  ])('have no limit that is guessed: $reason', async ({ set, reason }) => {
    const { client } = setUp(answer({ SecurityGroupLimitSet: set }));
    expect(await client.limit(NEVER), reason).toMatchObject({
      ok: false,
      error: { kind: 'network', code: 'UNREADABLE', api: 'v3', action: 'DescribeSecurityGroupLimits' },
    });
  });

  it.each([
    { row: null, reason: 'a row that is no object' },
    { row: { SecurityGroupName: 'x' }, reason: 'no id' },
    { row: { SecurityGroupId: 'group' }, reason: 'a malformed id' },
  ])('are listed beside a row that cannot be used: $reason', async ({ row, reason }) => {
    const body = answer({ TotalCount: 2, SecurityGroupSet: [row, { SecurityGroupId: SG1 }] });
    const { client } = setUp(body);
    expect(await client.list(0, NEVER), reason).toMatchObject({
      ok: true,
      value: { total: 2, items: [{ unreadable: expect.any(String) }, { sgId: SG1 }] },
    });
  });

  it('are refused whole when one is there twice', async () => {
    const rows = [{ SecurityGroupId: SG1 }, { SecurityGroupId: SG1 }];
    const { client } = setUp(answer({ TotalCount: 2, SecurityGroupSet: rows }));
    expect(await client.list(0, NEVER)).toMatchObject({ ok: false, error: { code: 'UNREADABLE' } });
  });
});
