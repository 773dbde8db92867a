/** The product's own client against the simulator, in process and on virtual time: two readings of one protocol that share no code. */

import { describe, expect, it } from 'vitest';
import type { InstanceId, SecurityGroupId } from '../../src/api/ids.ts';
import { createCredentialsProvider } from '../../src/cloud/credentials/provider.ts';
import { createCloudProvider } from '../../src/cloud/provider.ts';
import { isReadable } from '../../src/core/model.ts';
import { seededRandom } from '../../src/runtime/random.ts';
import type { FaultSpec } from '../../src/simulator/fault.ts';
import type { Fleet } from '../../src/simulator/fleet.ts';
import { longRegion } from '../../src/simulator/regions.ts';
import { G1, G2, G3, INSTANCE_A, INSTANCE_B, type Simulated, SMALL_FLEET, simulated } from './simulated.ts';

type Environment = Readonly<Record<string, string>>;

const ENDPOINT = 'http://127.0.0.1:8099';
const NEVER = new AbortController().signal;
const A = INSTANCE_A as InstanceId;
const B = INSTANCE_B as InstanceId;
const groups = (...ids: string[]) => ids as SecurityGroupId[];

interface ClientOptions {
  readonly api: 'auto' | 'v2' | 'v3';
  readonly env?: Environment;
  readonly region?: string;
  /** In place of the simulator's address: the vendor's hosts below this domain. */
  readonly rootDomain?: string;
}

function clientOf(cloud: Simulated, { api, env, region = 'gz', rootDomain }: ClientOptions) {
  const [key] = cloud.credentials;
  const { transport, clock } = cloud;
  const credentials = createCredentialsProvider({
    env: env ?? {
      TENCENTCLOUD_SECRET_ID: key?.secretId ?? '',
      TENCENTCLOUD_SECRET_KEY: key?.secretKey ?? '',
    },
    transport,
    clock,
    stsEndpoint: ENDPOINT,
    metadataEndpoint: ENDPOINT,
    files: {
      readFile: async () => 'a web identity token',
      stat: async () => undefined,
    },
  });
  const random = seededRandom(5);
  const hosts = rootDomain === undefined ? { endpoint: ENDPOINT } : { rootDomain };
  return createCloudProvider({ api, ...hosts, transport, credentials, clock, random }).client({
    account: 'default',
    region,
  });
}

const WIDE_FLEET: Fleet = {
  accounts: ['default'],
  regions: {
    'ap-guangzhou': {
      securityGroups: Array.from({ length: 101 }, (_, n) => ({
        securityGroupId: `sg-${String(n).padStart(8, '0')}`,
        name: `group ${n}`,
      })),
      instances: Array.from({ length: 250 }, (_, n) => ({
        instanceId: `ins-${String(n).padStart(8, '0')}`,
        securityGroupIds: ['sg-00000001'],
      })),
    },
  },
};

const GENERATIONS = ['v2', 'v3'] as const;

it.each([
  ['auto', 'ap-guangzhou', 'internal.tencentcloudapi.com'],
  ['v3', 'ap-shanghai-fsi', 'tencentcloudapi.com'],
  ['v3', 'shjr', 'internal.tencentcloudapi.com'],
] as const)('with %s, region %s below %s is read and written', async (api, region, rootDomain) => {
  const [home] = Object.values(SMALL_FLEET.regions);
  const fleet = { accounts: ['default'], regions: home === undefined ? {} : { [longRegion(region)]: home } };
  const cloud = simulated({ fleet });
  const client = clientOf(cloud, { api, region, rootDomain });
  expect(await client.writeSecurityGroups([{ instanceId: A, sgIds: groups(G3, G1) }], NEVER)).toMatchObject({
    ok: true,
    api: 'v3',
  });
  expect(await client.describeInstances([A], NEVER)).toMatchObject({ value: [{ sgIds: [G3, G1] }] });
  expect(await client.describeGroupLimit(NEVER)).toMatchObject({ ok: true });
});

describe.each(GENERATIONS)('the client of API %s', (api) => {
  it.each(['gz', 'ap-guangzhou'])(
    'writes an ordered list and reads it back, in region %s',
    async (region) => {
      const cloud = simulated();
      const client = clientOf(cloud, { api, region });
      const writes = [A, B].map((instanceId) => ({ instanceId, sgIds: groups(G3, G1, G2) }));
      expect(await client.writeSecurityGroups(writes, NEVER)).toMatchObject({ ok: true });
      expect(cloud.state.list(INSTANCE_A)).toEqual([G3, G1, G2]);
      const read = await client.describeInstances([A, B, 'ins-unknown1' as InstanceId], NEVER);
      expect(read).toMatchObject({
        ok: true,
        value: [
          { instanceId: A, sgIds: [G3, G1, G2], state: 'RUNNING', restrictState: 'NORMAL' },
          { instanceId: B, sgIds: [G3, G1, G2] },
        ],
      });
    },
  );

  it.each([
    { filter: {}, ids: [A, B] },
    { filter: { tags: { app: 'web' } }, ids: [A] },
    { filter: { vpcId: 'vpc-a', tags: { app: 'web' } }, ids: [A] },
    { filter: { vpcId: 'vpc-a', tags: { app: 'api' } }, ids: [] },
  ])('lists the instances that fit $filter, with their tags', async ({ filter, ids }) => {
    const client = clientOf(simulated(), { api });
    const listed = await client.listInstances({ filter, offset: 0 }, NEVER);
    expect(listed).toMatchObject({ ok: true, api, value: { total: ids.length } });
    expect(listed.ok && listed.value.items.filter(isReadable).map(({ instanceId }) => instanceId)).toEqual(
      ids,
    );
    const read = await client.describeInstances([A], NEVER);
    expect(read).toMatchObject({ ok: true, value: [{ tags: { app: 'web' }, vpcId: 'vpc-a' }] });
  });

  it('lists a fleet of 250 in three pages, each instance once, and nothing beyond the end', async () => {
    const client = clientOf(simulated({ fleet: WIDE_FLEET }), { api });
    const ids: string[] = [];
    for (const offset of [0, 100, 200, 300]) {
      const page = await client.listInstances({ filter: {}, offset }, NEVER);
      expect(page).toMatchObject({ ok: true, value: { total: 250 } });
      if (page.ok) ids.push(...page.value.items.filter(isReadable).map(({ instanceId }) => instanceId));
    }
    expect([ids.length, new Set(ids).size]).toEqual([250, 250]);
  });

  it('lists groups with their names in pages, and reads the limit of groups', async () => {
    const client = clientOf(simulated({ fleet: WIDE_FLEET, groupsPerInstance: 7 }), { api });
    const pages = [];
    for (const offset of [0, 100]) pages.push(await client.listSecurityGroups({ offset }, NEVER));
    expect(pages).toMatchObject([
      { ok: true, api: 'v3', value: { total: 101 } },
      { ok: true, value: { items: [{ sgId: 'sg-00000100', name: 'group 100' }] } },
    ]);
    expect(await client.describeGroupLimit(NEVER)).toMatchObject({ ok: true, value: 7 });
  });

  it.each<{ spec: FaultSpec; kind: string }>([
    { spec: { kind: 'throttle' }, kind: 'throttled' },
    { spec: { kind: 'truncated' }, kind: 'network' },
    { spec: { kind: 'token-expired' }, kind: 'credential' },
    { spec: { kind: 'clock-skew', ms: 3_600_000 }, kind: 'clock' },
  ])('understands $spec.kind as $kind on every listing', async ({ spec, kind }) => {
    for (const call of ['instances', 'groups', 'limit'] as const) {
      const cloud = simulated();
      cloud.faults.add(spec);
      const client = clientOf(cloud, { api });
      const result =
        call === 'instances'
          ? await client.listInstances({ filter: {}, offset: 0 }, NEVER)
          : call === 'groups'
            ? await client.listSecurityGroups({ offset: 0 }, NEVER)
            : await client.describeGroupLimit(NEVER);
      expect(result, call).toMatchObject({ ok: false, error: { kind } });
    }
  });

  it.each<{ spec: FaultSpec; kind: string }>([
    { spec: { kind: 'throttle' }, kind: 'throttled' },
    { spec: { kind: 'error', code: api === 'v2' ? '7000' : 'InternalError' }, kind: 'transient' },
    { spec: { kind: 'partial' }, kind: api === 'v2' ? 'partial' : 'transient' },
    { spec: { kind: 'http', status: 502 }, kind: 'network' },
    { spec: { kind: 'html' }, kind: 'network' },
    { spec: { kind: 'truncated' }, kind: 'network' },
    { spec: { kind: 'reset-before' }, kind: 'network' },
    { spec: { kind: 'reset-after' }, kind: 'network' },
    { spec: { kind: 'token-expired' }, kind: 'credential' },
    { spec: { kind: 'clock-skew', ms: 3_600_000 }, kind: 'clock' },
    { spec: { kind: 'clock-skew', ms: -3_600_000 }, kind: 'clock' },
  ])('understands $spec.kind as $kind', async ({ spec, kind }) => {
    const cloud = simulated();
    cloud.faults.add(spec);
    const client = clientOf(cloud, { api });
    const result = await client.writeSecurityGroups([{ instanceId: A, sgIds: groups(G3) }], NEVER);
    expect(result).toMatchObject({ ok: false, error: { kind, api } });
  });

  it('corrects its clock by the Date header, so that the same call again succeeds', async () => {
    const cloud = simulated();
    cloud.faults.add({ kind: 'clock-skew', ms: 3_600_000 });
    const client = clientOf(cloud, { api });
    const write = () => client.writeSecurityGroups([{ instanceId: A, sgIds: groups(G3) }], NEVER);
    expect([(await write()).ok, (await write()).ok]).toEqual([false, true]);
  });

  it('is refused for a state that forbids the change, an unknown instance and an unknown group', async () => {
    const cloud = simulated();
    const client = clientOf(cloud, { api });
    const kindOf = async (instanceId: InstanceId, ...list: string[]) => {
      const result = await client.writeSecurityGroups([{ instanceId, sgIds: groups(...list) }], NEVER);
      return result.ok ? 'ok' : result.error.kind;
    };
    cloud.state.patch(INSTANCE_B, { restrictState: 'EXPIRED' });
    expect(await kindOf(B, G1)).toBe('blocked');
    expect(await kindOf('ins-unknown1' as InstanceId, G1)).toBe('not-found');
    expect(await kindOf(A, 'sg-unknown1')).toBe('not-found');
    expect(cloud.state.history).toEqual([]);
  });

  it.each<[string, Environment]>([
    ['the role of the machine', {}],
    [
      'the identity of the pod',
      {
        TKE_REGION: 'ap-guangzhou',
        TKE_PROVIDER_ID: 'tke',
        TKE_ROLE_ARN: 'qcs::cam::uin/100000000001:roleName/cvmsg-role',
        TKE_WEB_IDENTITY_TOKEN_FILE: '/token',
      },
    ],
  ])('works with temporary keys of %s', async (_, env) => {
    const client = clientOf(simulated(), { api, env });
    expect(await client.describeInstances([A], NEVER)).toMatchObject({
      ok: true,
      value: [{ sgIds: [G1, G2] }],
    });
  });
});

it.each([
  ['x-tc-action', 'ModifyInstancesAttribute'],
  ['x-tc-region', 'ap-shanghai'],
  ['x-tc-version', '2018-01-01'],
  ['x-tc-timestamp', '1767225601'],
  ['x-tc-token', 'another'],
  ['host', '127.0.0.1:8098'],
  ['content-type', 'application/json'],
])('whoever changes %s of a call of API 3.0 on its way is refused for the signature', async (name, value) => {
  const cloud = simulated();
  const transport: Simulated['transport'] = (request, signal) => {
    if (!request.headers.authorization?.startsWith('TC3')) return cloud.transport(request, signal);
    const changed =
      name === 'host'
        ? { ...request, url: request.url.replace('127.0.0.1:8099', value) }
        : { ...request, headers: { ...request.headers, [name]: value } };
    return cloud.transport(changed, signal);
  };
  // The role of the machine has temporary keys, and so a token.
  const client = clientOf({ ...cloud, transport }, { api: 'v3', env: {} });
  const read = await client.describeInstances([A], NEVER);
  expect(read).toMatchObject({ ok: false, error: { code: 'AuthFailure.SignatureFailure' } });
});

it('a client on auto moves to API 3.0 when 2.0 is retired, and writes there', async () => {
  const cloud = simulated();
  cloud.faults.add({ kind: 'v2-retired' });
  const client = clientOf(cloud, { api: 'auto' });
  const write = () => client.writeSecurityGroups([{ instanceId: A, sgIds: groups(G3) }], NEVER);
  expect(await write()).toMatchObject({ ok: false, error: { kind: 'retired' } });
  expect(client.api).toBe('v3');
  expect(await write()).toMatchObject({ ok: true, api: 'v3' });
});

it('a client on auto moves to API 3.0 when a listing finds 2.0 retired, and asks for groups all the while', async () => {
  const cloud = simulated();
  cloud.faults.add({ kind: 'v2-retired' });
  const client = clientOf(cloud, { api: 'auto' });
  expect(await client.listSecurityGroups({ offset: 0 }, NEVER)).toMatchObject({ ok: true, api: 'v3' });
  expect(client.api).toBe('v2');
  const list = () => client.listInstances({ filter: {}, offset: 0 }, NEVER);
  expect(await list()).toMatchObject({ ok: false, error: { kind: 'retired' } });
  expect(await list()).toMatchObject({ ok: true, api: 'v3', value: { total: 2 } });
});
