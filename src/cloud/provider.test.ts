import { describe, expect, it } from 'vitest';
import type { InstanceId, SecurityGroupId } from '../api/ids.ts';
import { seededRandom } from '../runtime/random.ts';
import { Secret } from '../runtime/secret.ts';
import type { HttpRequest } from '../runtime/transport.ts';
import { VirtualClock } from '../runtime/virtual-clock.ts';
import { type CloudProviderOptions, createCloudProvider } from './provider.ts';
import { v2Signature } from './v2/client.ts';
import { v3Authorization } from './v3/request.ts';

const A = 'ins-aaaaaaaa' as InstanceId;
const B = 'ins-bbbbbbbb' as InstanceId;
const SG1 = 'sg-00000001' as SecurityGroupId;
const SG2 = 'sg-00000002' as SecurityGroupId;
const NEVER = new AbortController().signal;
const KEY = 'key';
const WRITES = [
  { instanceId: A, sgIds: [SG2, SG1] },
  { instanceId: B, sgIds: [SG1] },
];
const SHARED = [A, B].map((instanceId) => ({ instanceId, sgIds: [SG2, SG1] }));
const DESCRIBED = JSON.stringify({
  Response: { TotalCount: 1, InstanceSet: [{ InstanceId: A, SecurityGroupIds: [SG2, SG1] }], RequestId: 'r' },
});

const LISTED = JSON.stringify({
  Response: {
    TotalCount: 101,
    InstanceSet: [
      {
        InstanceId: A,
        SecurityGroupIds: [SG1],
        VirtualPrivateCloud: { VpcId: 'vpc-1' },
        Tags: [{ Key: 'app', Value: 'web' }],
      },
    ],
    RequestId: 'r',
  },
});

function setUp(options: Partial<CloudProviderOptions> & { body?: string; token?: string } = {}) {
  const sent: HttpRequest[] = [];
  const { body = '{"code":0}', token, ...rest } = options;
  const provider = createCloudProvider({
    api: 'auto',
    transport: async (request) => {
      sent.push(request);
      return { status: 200, headers: {}, body };
    },
    credentials: {
      get: async () => ({
        ok: true,
        credentials: {
          secretId: 'AKIDEXAMPLE',
          secretKey: new Secret(KEY),
          ...(token && { token: new Secret(token) }),
          source: 'test',
        },
      }),
      invalidate() {},
    },
    clock: new VirtualClock(Date.UTC(2026, 0, 1)),
    random: seededRandom(1),
    ...rest,
  });
  return { sent, provider, client: provider.client({ account: 'default', region: 'gz' }) };
}

const only = (sent: readonly HttpRequest[]): HttpRequest => {
  expect(sent).toHaveLength(1);
  return sent[0] as HttpRequest;
};
const form = (text: string | undefined) => Object.fromEntries(new URLSearchParams(text));

describe('API 2.0 on the wire', () => {
  it('writes each instance its own ordered list, signed, to module dfw', async () => {
    const { client, sent } = setUp({ token: 'tok/en+==' });
    expect(await client.writeSecurityGroups(WRITES, NEVER)).toMatchObject({ ok: true, api: 'v2' });
    const request = only(sent);
    expect(request).toMatchObject({
      method: 'POST',
      url: 'https://dfw.api.qcloud.com/v2/index.php',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    const { Signature, Nonce, ...rest } = form(request.body);
    expect(rest).toEqual({
      Action: 'ModifySecurityGroupsOfInstance',
      Region: 'gz',
      SecretId: 'AKIDEXAMPLE',
      SignatureMethod: 'HmacSHA256',
      Timestamp: '1767225600',
      Token: 'tok/en+==',
      'instanceSet.0.instanceId': A,
      'instanceSet.0.sgIds.0': SG2,
      'instanceSet.0.sgIds.1': SG1,
      'instanceSet.1.instanceId': B,
      'instanceSet.1.sgIds.0': SG1,
    });
    expect(BigInt(Nonce ?? 0)).toBeGreaterThan(2n ** 53n);
    const input = {
      method: 'POST',
      host: 'dfw.api.qcloud.com',
      path: '/v2/index.php',
      parameters: { ...rest, Nonce: Nonce ?? '' },
    } as const;
    expect(Signature).toBe(v2Signature(input, KEY));
  });

  it('reads through module cvm with a Version, and asks for all 100', async () => {
    const { client, sent } = setUp({ body: DESCRIBED });
    const read = await client.describeInstances([A, B], NEVER);
    expect(read).toMatchObject({
      ok: true,
      api: 'v2',
      requestId: 'r',
      value: [{ instanceId: A, sgIds: [SG2, SG1] }],
    });
    const request = only(sent);
    expect(request.url).toBe('https://cvm.api.qcloud.com/v2/index.php');
    expect(form(request.body)).toMatchObject({
      Action: 'DescribeInstances',
      Version: '2017-03-12',
      Limit: '100',
      'InstanceIds.0': A,
      'InstanceIds.1': B,
    });
  });

  it('lists a page by filters and offset through module cvm, flattened', async () => {
    const { client, sent } = setUp({ body: LISTED });
    const query = { filter: { vpcId: 'vpc-1', tags: { app: 'web' } }, offset: 100 };
    expect(await client.listInstances(query, NEVER)).toMatchObject({
      ok: true,
      api: 'v2',
      value: { total: 101, items: [{ instanceId: A }] },
    });
    const request = only(sent);
    expect(request.url).toBe('https://cvm.api.qcloud.com/v2/index.php');
    expect(form(request.body)).toMatchObject({
      Action: 'DescribeInstances',
      Version: '2017-03-12',
      Offset: '100',
      Limit: '100',
      'Filters.0.Name': 'vpc-id',
      'Filters.0.Values.0': 'vpc-1',
      'Filters.1.Name': 'tag:app',
      'Filters.1.Values.0': 'web',
    });
  });

  it('can put everything in the query, by GET and SHA-1', async () => {
    const { client, sent } = setUp({ v2HttpMethod: 'GET', signatureMethod: 'HmacSHA1' });
    await client.writeSecurityGroups(WRITES, NEVER);
    const request = only(sent);
    expect([request.method, request.body]).toEqual(['GET', undefined]);
    const { Signature = '', ...parameters } = form(new URL(request.url).search);
    expect(parameters.SignatureMethod).toBe('HmacSHA1');
    const input = { method: 'GET', host: 'dfw.api.qcloud.com', path: '/v2/index.php', parameters } as const;
    expect(Signature).toBe(v2Signature(input, KEY));
  });

  it('signs a named address with its port', async () => {
    const { client, sent } = setUp({ endpoint: 'http://127.0.0.1:8099' });
    await client.writeSecurityGroups(WRITES, NEVER);
    const request = only(sent);
    expect(request.url).toBe('http://127.0.0.1:8099/v2/index.php');
    const { Signature, ...parameters } = form(request.body);
    const input = { method: 'POST', host: '127.0.0.1:8099', path: '/v2/index.php', parameters } as const;
    expect(Signature).toBe(v2Signature(input, KEY));
  });

  it('never sends a nonce or a timestamp twice', async () => {
    const clock = new VirtualClock();
    const { client, sent } = setUp({ clock, body: '{"code":5100}' });
    await client.writeSecurityGroups(WRITES, NEVER);
    await clock.advance(1000);
    await client.writeSecurityGroups(WRITES, NEVER);
    const [first, second] = sent.map((request) => form(request.body));
    expect(first?.Nonce).not.toBe(second?.Nonce);
    expect(Number(second?.Timestamp)).toBe(Number(first?.Timestamp) + 1);
  });
});

describe('API 3.0 on the wire', () => {
  it('writes one list to all instances, with the long name of the region', async () => {
    const { client, sent } = setUp({ api: 'v3', body: '{"Response":{"RequestId":"r"}}', token: 't' });
    expect(await client.writeSecurityGroups(SHARED, NEVER)).toMatchObject({
      ok: true,
      api: 'v3',
      requestId: 'r',
    });
    const request = only(sent);
    expect(request.url).toBe('https://cvm.tencentcloudapi.com/');
    expect(request.headers).toEqual({
      'content-type': 'application/json; charset=utf-8',
      authorization: expect.stringMatching(
        /^TC3-HMAC-SHA256 Credential=AKIDEXAMPLE\/2026-01-01\/cvm\/tc3_request, SignedHeaders=content-type;host;x-tc-action;x-tc-region;x-tc-timestamp;x-tc-token;x-tc-version, /,
      ),
      'x-tc-action': 'ModifyInstancesAttribute',
      'x-tc-version': '2017-03-12',
      'x-tc-region': 'ap-guangzhou',
      'x-tc-timestamp': '1767225600',
      'x-tc-token': 't',
    });
    expect(JSON.parse(request.body ?? '')).toEqual({ InstanceIds: [A, B], SecurityGroups: [SG2, SG1] });
  });

  it('reads up to 100 instances by id', async () => {
    const { client, sent } = setUp({ api: 'v3', body: DESCRIBED, endpoint: 'https://cloud.example:8443' });
    expect(await client.describeInstances([A], NEVER)).toMatchObject({
      ok: true,
      value: [{ instanceId: A }],
    });
    const request = only(sent);
    expect(request.url).toBe('https://cloud.example:8443/');
    const input = {
      service: 'cvm',
      headers: {
        'content-type': 'application/json; charset=utf-8',
        host: 'cloud.example:8443',
        'x-tc-action': 'DescribeInstances',
        'x-tc-region': 'ap-guangzhou',
        'x-tc-timestamp': '1767225600',
        'x-tc-version': '2017-03-12',
      },
      timestampS: 1767225600,
      body: request.body ?? '',
    };
    expect(request.headers.authorization).toBe(
      v3Authorization(input, { secretId: 'AKIDEXAMPLE', secretKey: new Secret(KEY) }),
    );
    expect(JSON.parse(request.body ?? '')).toEqual({ InstanceIds: [A], Limit: 100 });
  });

  it('lists a page by filters and offset, and all instances without any filter', async () => {
    const { client, sent } = setUp({ api: 'v3', body: LISTED });
    const filter = { vpcId: 'vpc-1', tags: { app: 'web' } };
    expect((await client.listInstances({ filter, offset: 100 }, NEVER)).ok).toBe(true);
    await client.listInstances({ filter: {}, offset: 0 }, NEVER);
    expect(sent.map((request) => JSON.parse(request.body ?? ''))).toEqual([
      {
        Filters: [
          { Name: 'vpc-id', Values: ['vpc-1'] },
          { Name: 'tag:app', Values: ['web'] },
        ],
        Offset: 100,
        Limit: 100,
      },
      { Offset: 0, Limit: 100 },
    ]);
  });

  it.each([
    { body: '{"Response":{"RequestId":"r"}}', reason: 'no InstanceSet' },
    { body: '{"code":0}', reason: 'an envelope of the other generation' },
  ])('takes no answer for an empty one: $reason', async ({ body, reason }) => {
    const { client } = setUp({ api: 'v3', body });
    const read = await client.describeInstances([A], NEVER);
    expect(read, reason).toMatchObject({
      ok: false,
      error: { kind: 'network', code: 'UNREADABLE', sent: true },
    });
  });
});

describe('the provider', () => {
  it('hands out one client per scope', () => {
    const { provider, client } = setUp();
    expect(provider.client({ account: 'default', region: 'gz' })).toBe(client);
    expect(provider.client({ account: 'default', region: 'sh' })).not.toBe(client);
    expect(provider.client({ account: 'shop', region: 'gz' })).not.toBe(client);
  });

  it.each([
    ['gz', undefined, 'https://cvm.tencentcloudapi.com/'],
    ['ap-shanghai-fsi', undefined, 'https://cvm.ap-shanghai-fsi.tencentcloudapi.com/'],
    ['gz', 'internal.tencentcloudapi.com', 'https://cvm.internal.tencentcloudapi.com/'],
  ])('asks for region %s below %s at %s, and signs that host', async (region, rootDomain, url) => {
    const { provider, sent } = setUp({ api: 'v3', body: DESCRIBED, rootDomain });
    await provider.client({ account: 'default', region }).describeInstances([A], NEVER);
    const request = only(sent);
    expect(request.url).toBe(url);
    const { authorization, ...headers } = request.headers;
    const input = {
      service: 'cvm',
      headers: { ...headers, host: new URL(url).host },
      timestampS: 1767225600,
      body: request.body ?? '',
    };
    const signer = { secretId: 'AKIDEXAMPLE', secretKey: new Secret(KEY) };
    expect(authorization).toBe(v3Authorization(input, signer));
  });

  it.each([
    [undefined, 'v2'],
    ['tencentcloudapi.com', 'v2'],
    ['intl.tencentcloudapi.com', 'v3'],
  ])('with auto and the root domain %s starts on %s', (rootDomain, api) => {
    expect(setUp({ rootDomain }).client.api).toBe(api);
  });

  it('refuses a root domain that is none at construction', () => {
    expect(() => setUp({ rootDomain: 'https://evil.example/' })).toThrow(TypeError);
  });

  it('refuses an unsafe endpoint at construction', () => {
    expect(() => setUp({ endpoint: 'http://cloud.example' })).toThrow(TypeError);
    expect(() => setUp({ endpoint: 'http://cloud.example', allowInsecureEndpoint: true })).not.toThrow();
  });

  it('moves the scope that found 2.0 retired, and no other', async () => {
    const moved: string[] = [];
    const { provider, client } = setUp({
      body: '{"code":6100}',
      onApiMoved: (scope) => moved.push(scope.region),
    });
    expect(await client.describeInstances([A], NEVER)).toMatchObject({
      error: { kind: 'retired', api: 'v2' },
    });
    expect([client.api, provider.client({ account: 'default', region: 'sh' }).api, moved]).toEqual([
      'v3',
      'v2',
      ['gz'],
    ]);
  });
});
