import { describe, expect, it } from 'vitest';
import type { InstanceId, SecurityGroupId } from '../api/ids.ts';
import type { ApiGeneration, CloudError, CloudErrorKind } from '../core/cloud-error.ts';
import { classifyCode } from './error-table.ts';
import type { GenerationClient } from './generation-client.ts';
import { ScopeClient } from './scope-client.ts';

const SCOPE = { account: 'default', region: 'gz' };
const ID = 'ins-aaaaaaaa' as InstanceId;
const NEVER = new AbortController().signal;

function failing(
  api: ApiGeneration,
  code: string,
  kind: CloudErrorKind = classifyCode(code),
): GenerationClient {
  const error: CloudError = {
    kind,
    api,
    action: 'A',
    code,
    message: 'm',
    requestId: 'r',
    sent: code !== 'ENOTFOUND',
  };
  const answer = async () => ({ ok: false, error }) as const;
  const writeLimits =
    api === 'v2' ? { maxInstances: 20, oneListPerCall: false } : { maxInstances: 100, oneListPerCall: true };
  return { api, writeLimits, describe: answer, list: answer, write: answer };
}

/** What a retired API would say, were it API 2.0. */
const groupError = {
  ok: false,
  error: {
    kind: 'retired',
    api: 'v3',
    action: 'DescribeSecurityGroups',
    code: 'ActionOffline',
    message: 'm',
    requestId: 'r',
    sent: true,
  },
} as const;

function setUp(first: GenerationClient, options: { auto: boolean; vendorHosts?: boolean }) {
  const moves: CloudError[] = [];
  const client = new ScopeClient({
    scope: SCOPE,
    first,
    ...(options.auto && { successor: failing('v3', 'InternalError') }),
    groups: { list: async () => groupError, limit: async () => groupError },
    vendorHosts: options.vendorHosts ?? true,
    onApiMoved: (_, error) => moves.push(error),
  });
  return { client, moves };
}

async function errorOf(client: ScopeClient): Promise<CloudError> {
  const result = await client.describeInstances([ID], NEVER);
  if (result.ok) throw new Error('succeeded');
  return result.error;
}

describe('a scope on auto', () => {
  it.each(['6100', '4300', 'ActionOffline', 'ENOTFOUND'])(
    'moves to 3.0 on %s, once, and says so',
    async (code) => {
      const { client, moves } = setUp(
        failing('v2', code, code === 'ENOTFOUND' ? 'network' : classifyCode(code)),
        { auto: true },
      );
      expect([client.api, client.writeLimits.maxInstances]).toEqual(['v2', 20]);
      const inFlight = [errorOf(client), errorOf(client)];
      for (const error of await Promise.all(inFlight)) {
        expect(error).toMatchObject({ kind: 'retired', api: 'v2', code, sent: code !== 'ENOTFOUND' });
      }
      expect([client.api, client.writeLimits]).toEqual(['v3', { maxInstances: 100, oneListPerCall: true }]);
      expect(await errorOf(client)).toMatchObject({ api: 'v3', kind: 'transient' });
      expect(moves.map((error) => error.code)).toEqual([code]);
    },
  );

  it('moves to 3.0 when a listing finds 2.0 retired', async () => {
    const { client, moves } = setUp(failing('v2', '6100'), { auto: true });
    const listed = await client.listInstances({ filter: {}, offset: 0 }, NEVER);
    expect(listed).toMatchObject({ ok: false, error: { kind: 'retired', api: 'v2' } });
    expect([client.api, moves.length]).toEqual(['v3', 1]);
  });

  it('stays on 2.0 whatever a call about groups says', async () => {
    const { client, moves } = setUp(failing('v2', '6100'), { auto: true });
    expect(await client.listSecurityGroups({ offset: 0 }, NEVER)).toEqual(groupError);
    expect(await client.describeGroupLimit(NEVER)).toEqual(groupError);
    expect([client.api, moves]).toEqual(['v2', []]);
  });

  it.each([
    '4000',
    '4100',
    '4102',
    '4400',
    '4500',
    '5000',
    '5100',
    '7000',
    '7003',
    'InvalidAction',
    'HTTP 502',
    'EAI_AGAIN',
  ])('stays on 2.0 with %s, which could be ours or pass', async (code) => {
    const { client, moves } = setUp(failing('v2', code), { auto: true });
    expect((await errorOf(client)).kind).toBe(classifyCode(code));
    expect([client.api, moves]).toEqual(['v2', []]);
  });

  it('stays on 2.0 when an address that the user named does not resolve', async () => {
    const { client } = setUp(failing('v2', 'ENOTFOUND', 'network'), { auto: true, vendorHosts: false });
    expect(await errorOf(client)).toMatchObject({ kind: 'network' });
    expect(client.api).toBe('v2');
  });
});

describe('a scope with a chosen generation', () => {
  it.each([
    { api: 'v2', code: '6100', kind: 'retired' },
    { api: 'v2', code: '4300', kind: 'denied' },
    { api: 'v2', code: 'ActionOffline', kind: 'retired' },
    { api: 'v3', code: 'ActionOffline', kind: 'retired' },
  ] as const)('stays on $api with $code, of kind $kind', async ({ api, code, kind }) => {
    const { client, moves } = setUp(failing(api, code), { auto: false });
    expect((await errorOf(client)).kind).toBe(kind);
    expect([client.api, moves]).toEqual([api, []]);
  });
});

it('refuses a batch that breaks the limits of the generation in use', async () => {
  const writes = Array.from({ length: 21 }, (_, n) => ({
    instanceId: `ins-${String(n).padStart(8, '0')}` as InstanceId,
    sgIds: ['sg-00000001' as SecurityGroupId],
  }));
  const onV2 = setUp(failing('v2', '5100'), { auto: false }).client;
  await expect(onV2.writeSecurityGroups(writes, NEVER)).rejects.toThrow(RangeError);
  const onV3 = setUp(failing('v3', 'InternalError'), { auto: false }).client;
  expect((await onV3.writeSecurityGroups(writes, NEVER)).ok).toBe(false);
});

it.each([
  { query: { filter: {}, offset: -1 }, reason: 'a negative offset' },
  { query: { filter: {}, offset: 0.5 }, reason: 'half an offset' },
  { query: { filter: { vpcId: '' }, offset: 0 }, reason: 'a VPC without an id' },
  { query: { filter: { tags: { '': 'x' } }, offset: 0 }, reason: 'a tag without a key' },
  {
    query: {
      filter: { tags: Object.fromEntries(Array.from({ length: 9 }, (_, n) => [`k${n}`, 'v'])) },
      offset: 0,
    },
    reason: 'nine tags',
  },
])('refuses to list with $reason, before anything is sent', async ({ query, reason }) => {
  const { client } = setUp(failing('v2', '5100'), { auto: false });
  await expect(client.listInstances(query, NEVER), reason).rejects.toThrow(RangeError);
});
