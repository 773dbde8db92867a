/** The product's own client against the simulator, in process and on virtual time: two readings of one protocol that share no code. */
import { describe, expect, it } from 'vitest';
import type { InstanceId, SecurityGroupId } from '../../src/api/ids.ts';
import { createCredentialsProvider } from '../../src/cloud/credentials/provider.ts';
import { createCloudProvider } from '../../src/cloud/provider.ts';
import { seededRandom } from '../../src/runtime/random.ts';
import type { FaultSpec } from '../../src/simulator/fault.ts';
import { G1, G2, G3, INSTANCE_A, INSTANCE_B, type Simulated, simulated } from './simulated.ts';

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
}

function clientOf(cloud: Simulated, { api, env, region = 'gz' }: ClientOptions) {
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
  return createCloudProvider({ api, endpoint: ENDPOINT, transport, credentials, clock, random }).client({
    account: 'default',
    region,
  });
}

const GENERATIONS = ['v2', 'v3'] as const;

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

it('a client on auto moves to API 3.0 when 2.0 is retired, and writes there', async () => {
  const cloud = simulated();
  cloud.faults.add({ kind: 'v2-retired' });
  const client = clientOf(cloud, { api: 'auto' });
  const write = () => client.writeSecurityGroups([{ instanceId: A, sgIds: groups(G3) }], NEVER);
  expect(await write()).toMatchObject({ ok: false, error: { kind: 'retired' } });
  expect(client.api).toBe('v3');
  expect(await write()).toMatchObject({ ok: true, api: 'v3' });
});
