/** The vendor's own clients, unmodified, as judges of the simulator's wire. */
import { createRequire } from 'node:module';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/runtime/clock.ts';
import { systemRandom } from '../../src/runtime/random.ts';
import { type RunningServer, startServer } from '../../src/simulator/server.ts';
import { createSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import { G1, G2, G3, INSTANCE_A, INSTANCE_B, SMALL_FLEET } from './simulated.ts';

const require = createRequire(import.meta.url);

interface V2Client {
  request(
    data: Readonly<Record<string, unknown>>,
    options: Readonly<Record<string, unknown>>,
    callback: (error: Error | null, body: Record<string, unknown>) => void,
  ): void;
}
const QcloudApi = require('qcloudapi-sdk') as new (defaults: Readonly<Record<string, unknown>>) => V2Client;
const { cvm } = require('tencentcloud-sdk-nodejs-cvm') as typeof import('tencentcloud-sdk-nodejs-cvm');

let simulator: Simulator;
let server: RunningServer;

beforeAll(async () => {
  simulator = createSimulator({
    clock: systemClock,
    random: systemRandom,
    fleet: SMALL_FLEET,
    quotas: { writesPerSecond: 1000, readsPerSecond: 1000, othersPerSecond: 1000 },
  });
  server = await startServer(simulator, { listen: { host: '127.0.0.1', port: 0 } });
});
afterAll(() => server.close());
beforeEach(() => {
  simulator.state.setList(INSTANCE_A, [G1, G2]);
  simulator.state.setList(INSTANCE_B, [G2]);
});

function key() {
  const [credential] = simulator.credentials;
  if (credential === undefined) throw new Error('no key');
  return credential;
}

/** Of its own 65,536 the client draws one twice in a second now and then, and is refused, as it should be. */
let nonce = 0;

function v2(
  data: Readonly<Record<string, unknown>>,
  options: Readonly<Record<string, unknown>> = {},
): Promise<Record<string, unknown>> {
  const client = new QcloudApi({
    SecretId: key().secretId,
    SecretKey: key().secretKey,
    Region: 'gz',
    protocol: 'http',
    host: `127.0.0.1:${server.port}`,
    ...options,
  });
  return new Promise((resolve, reject) => {
    const settings = { ...(client as unknown as { defaults: Record<string, unknown> }).defaults };
    client.request({ Nonce: ++nonce, ...data }, settings, (error, body) =>
      error === null ? resolve(body) : reject(error),
    );
  });
}

function v3(
  profile: { signMethod?: 'TC3-HMAC-SHA256' | 'HmacSHA256' | 'HmacSHA1'; reqMethod?: 'GET' | 'POST' } = {},
) {
  const { secretId, secretKey } = key();
  return new cvm.v20170312.Client({
    credential: { secretId, secretKey },
    region: 'ap-guangzhou',
    profile: {
      signMethod: profile.signMethod ?? 'TC3-HMAC-SHA256',
      httpProfile: {
        endpoint: `127.0.0.1:${server.port}`,
        protocol: 'http://',
        reqMethod: profile.reqMethod ?? 'POST',
      },
    },
  });
}

describe('qcloudapi-sdk (API 2.0)', () => {
  const write = {
    Action: 'ModifySecurityGroupsOfInstance',
    instanceSet: [
      { instanceId: INSTANCE_A, sgIds: [G3, G1, G2] },
      { instanceId: INSTANCE_B, sgIds: [G1] },
    ],
  };

  it.each([
    ['POST', 'sha1'],
    ['POST', 'sha256'],
    ['GET', 'sha1'],
    ['GET', 'sha256'],
  ])(
    'writes by %s signed with %s, each instance its own list in its own order',
    async (method, signatureMethod) => {
      expect(await v2(write, { method, signatureMethod })).toMatchObject({ code: 0, codeDesc: 'Success' });
      expect(simulator.state.list(INSTANCE_A)).toEqual([G3, G1, G2]);
      expect(simulator.state.list(INSTANCE_B)).toEqual([G1]);
    },
  );

  it('reads lists in order by DescribeInstances with Version', async () => {
    const data = { Action: 'DescribeInstances', Version: '2017-03-12', InstanceIds: [INSTANCE_A], Limit: 5 };
    const reply = await v2(data, { signatureMethod: 'sha256' });
    expect(reply).toMatchObject({
      Response: { TotalCount: 1, InstanceSet: [{ SecurityGroupIds: [G1, G2] }] },
    });
  });

  it('reads by filters and pages on the 2.0 host, as API 3.0 does', async () => {
    const data = {
      Action: 'DescribeInstances',
      Version: '2017-03-12',
      Filters: [{ Name: 'tag:app', Values: ['web', 'api'] }],
      Offset: 1,
      Limit: 1,
    };
    expect(await v2(data, { signatureMethod: 'sha256' })).toMatchObject({
      Response: { TotalCount: 2, InstanceSet: [{ InstanceId: INSTANCE_B }] },
    });
  });

  it('writes by the actions of API 3.0 with Version, as the 2.0 host serves them', async () => {
    const Version = '2017-03-12';
    const options = { signatureMethod: 'sha256' };
    const InstanceIds = [INSTANCE_A];
    const whole = { Action: 'ModifyInstancesAttribute', Version, InstanceIds, SecurityGroups: [G3, G1] };
    expect(await v2(whole, options)).toEqual({ Response: { RequestId: expect.any(String) } });
    expect(simulator.state.list(INSTANCE_A)).toEqual([G3, G1]);
    await v2({ Action: 'AssociateSecurityGroups', Version, InstanceIds, SecurityGroupIds: [G2] }, options);
    expect(simulator.state.list(INSTANCE_A)).toEqual([G3, G1, G2]);
    await v2({ Action: 'DisassociateSecurityGroups', Version, InstanceIds, SecurityGroupIds: [G1] }, options);
    expect(simulator.state.list(INSTANCE_A)).toEqual([G3, G2]);
  });

  it('may say where its request comes from', async () => {
    const reply = await v2({ Action: 'DescribeSecurityGroupEx', RequestSource: 'SDK_NODEJS', sgId: G1 });
    expect(reply).toMatchObject({ code: 0, data: { totalNum: 1 } });
  });

  it('reads which instances have a group, without the order', async () => {
    const reply = await v2({ Action: 'DescribeInstancesOfSecurityGroup', sgId: G2 });
    expect(reply).toEqual({
      code: 0,
      message: '',
      codeDesc: 'Success',
      totalCount: 2,
      data: [{ instanceId: INSTANCE_A }, { instanceId: INSTANCE_B }],
    });
  });

  it('reads a group that exists', async () => {
    const reply = await v2({ Action: 'DescribeSecurityGroupEx', sgId: G1 });
    expect(reply).toMatchObject({ code: 0, data: { totalNum: 1 } });
  });

  it.each([
    [
      'an unknown instance',
      { ...write, instanceSet: [{ instanceId: 'ins-unknown1', sgIds: [G1] }] },
      {},
      '5000',
    ],
    [
      'an unknown group',
      { ...write, instanceSet: [{ instanceId: INSTANCE_A, sgIds: ['sg-unknown1'] }] },
      {},
      '7001',
    ],
    ['a wrong key', write, { SecretKey: 'wrong' }, '4100'],
    ['an unknown key', write, { SecretId: 'AKIDnobody' }, '4104'],
  ])('is told of %s', async (_, data, options, code) => {
    expect(String((await v2(data, options)).code)).toBe(code);
    expect(simulator.state.list(INSTANCE_A)).toEqual([G1, G2]);
  });
});

describe('tencentcloud-sdk-nodejs-cvm (API 3.0)', () => {
  it.each([
    ['TC3-HMAC-SHA256', 'POST'],
    ['TC3-HMAC-SHA256', 'GET'],
    ['HmacSHA256', 'POST'],
    ['HmacSHA256', 'GET'],
    ['HmacSHA1', 'POST'],
  ] as const)('writes and reads, signed with %s by %s, order kept', async (signMethod, reqMethod) => {
    const client = v3({ signMethod, reqMethod });
    await client.ModifyInstancesAttribute({
      InstanceIds: [INSTANCE_A, INSTANCE_B],
      SecurityGroups: [G3, G1, G2],
    });
    expect(simulator.state.list(INSTANCE_B)).toEqual([G3, G1, G2]);
    const reply = await client.DescribeInstances({ InstanceIds: [INSTANCE_A], Limit: 10 });
    expect(reply.InstanceSet?.[0]?.SecurityGroupIds).toEqual([G3, G1, G2]);
  });

  it('reads by filters', async () => {
    const reply = await v3().DescribeInstances({ Filters: [{ Name: 'tag:app', Values: ['web'] }] });
    expect(reply.InstanceSet?.map((instance) => instance.InstanceId)).toEqual([INSTANCE_A]);
    expect(reply.InstanceSet?.[0]).toMatchObject({ InstanceState: 'RUNNING', RestrictState: 'NORMAL' });
  });

  it('pages through what fits', async () => {
    const ids = [];
    for (const Offset of [0, 1, 2]) {
      const page = await v3().DescribeInstances({ Offset, Limit: 1 });
      expect(page.TotalCount).toBe(2);
      ids.push(page.InstanceSet?.map((instance) => instance.InstanceId));
    }
    expect(ids).toEqual([[INSTANCE_A], [INSTANCE_B], []]);
    const Filters = [
      { Name: 'vpc-id', Values: ['vpc-a'] },
      { Name: 'tag:app', Values: ['web'] },
    ];
    const both = await v3().DescribeInstances({ Filters, Offset: 0, Limit: 100 });
    expect(both.InstanceSet).toMatchObject([
      {
        InstanceId: INSTANCE_A,
        Tags: [{ Key: 'app', Value: 'web' }],
        VirtualPrivateCloud: { VpcId: 'vpc-a' },
      },
    ]);
  });

  it('associates and disassociates a group', async () => {
    await v3().AssociateSecurityGroups({ InstanceIds: [INSTANCE_A], SecurityGroupIds: [G3] });
    expect(simulator.state.list(INSTANCE_A)).toEqual([G1, G2, G3]);
    await v3().DisassociateSecurityGroups({ InstanceIds: [INSTANCE_A], SecurityGroupIds: [G2] });
    expect(simulator.state.list(INSTANCE_A)).toEqual([G1, G3]);
  });

  it.each([
    ['an unknown instance', ['ins-unknown1'], [G1], 'InvalidInstanceId.NotFound'],
    ['an unknown group', [INSTANCE_A], ['sg-unknown1'], 'InvalidSecurityGroupId.NotFound'],
    ['a list with duplicates', [INSTANCE_A], [G1, G1], 'InvalidParameterValue.Duplicate'],
  ])('is told of %s', async (_, InstanceIds, SecurityGroups, code) => {
    await expect(v3().ModifyInstancesAttribute({ InstanceIds, SecurityGroups })).rejects.toMatchObject({
      code,
    });
  });

  it('is told of an action that the simulator does not have', async () => {
    await expect(v3().DescribeZones()).rejects.toMatchObject({ code: 'InvalidAction' });
  });
});
