import { describe, expect, it } from 'vitest';
import { v2Request, v3Request } from '../../test/wire/signed-request.ts';
import {
  G1,
  G2,
  G3,
  INSTANCE_A,
  INSTANCE_B,
  INSTANCE_SHANGHAI,
  instanceSet,
  simulated,
} from '../../test/wire/simulated.ts';

const MODIFY = 'ModifySecurityGroupsOfInstance';

function key(cloud: ReturnType<typeof simulated>) {
  const [signer] = cloud.credentials;
  if (signer === undefined) throw new Error('no key');
  return signer;
}

const many = (count: number) => Array.from({ length: count }, (_, n) => `ins-${String(n).padStart(8, '0')}`);
const SIX = ['1', '2', '3', '4', '5', '6'].map((digit) => `sg-0000000${digit}`);

describe('a write of API 2.0 that production refuses changes nothing', () => {
  it.each([
    { reason: 'no instance', params: {}, code: '4000' },
    { reason: '21 instances', params: instanceSet(many(21).map((id) => [id, [G1]])), code: '4000' },
    { reason: 'an empty list', params: instanceSet([[INSTANCE_A, []]]), code: '4000' },
    { reason: 'a group twice', params: instanceSet([[INSTANCE_A, [G3, G3]]]), code: '4000' },
    {
      reason: 'an instance twice',
      params: instanceSet([
        [INSTANCE_A, [G3]],
        [INSTANCE_A, [G1]],
      ]),
      code: '4000',
    },
    { reason: 'six groups', params: instanceSet([[INSTANCE_A, SIX]]), code: '4000' },
    { reason: 'a malformed instance id', params: instanceSet([['i-1', [G3]]]), code: '4000' },
    {
      reason: 'a list with a gap',
      params: { ...instanceSet([[INSTANCE_A, [G3]]]), 'instanceSet.0.sgIds.2': G1 },
      code: '4000',
    },
    {
      reason: 'an unknown instance',
      params: instanceSet([
        [INSTANCE_A, [G3]],
        ['ins-unknown1', [G3]],
      ]),
      code: '5000',
    },
    {
      reason: 'an instance of another region',
      params: instanceSet([[INSTANCE_SHANGHAI, [G3]]]),
      code: '5000',
    },
    { reason: 'an unknown group', params: instanceSet([[INSTANCE_A, ['sg-unknown1']]]), code: '7001' },
    {
      reason: 'a group of another region',
      params: instanceSet([[INSTANCE_A, ['sg-shanghai']]]),
      code: '7001',
    },
  ])('$reason: $code', async ({ params, code }) => {
    const cloud = simulated();
    expect(String((await cloud.v2(MODIFY, params)).code)).toBe(code);
    expect(cloud.state.history).toEqual([]);
  });
});

describe('a write of API 3.0 that production refuses changes nothing', () => {
  it.each([
    {
      reason: 'no instance',
      body: { InstanceIds: [], SecurityGroups: [G3] },
      code: 'InvalidParameterValue.Empty',
    },
    {
      reason: '101 instances',
      body: { InstanceIds: many(101), SecurityGroups: [G3] },
      code: 'InvalidParameterValue.LimitExceeded',
    },
    {
      reason: 'an empty list',
      body: { InstanceIds: [INSTANCE_A], SecurityGroups: [] },
      code: 'InvalidParameterValue.Empty',
    },
    {
      reason: 'a group twice',
      body: { InstanceIds: [INSTANCE_A], SecurityGroups: [G3, G3] },
      code: 'InvalidParameterValue.Duplicate',
    },
    {
      reason: 'six groups',
      body: { InstanceIds: [INSTANCE_A], SecurityGroups: SIX },
      code: 'LimitExceeded.AssociateUSGLimitExceeded',
    },
    {
      reason: 'two attributes',
      body: { InstanceIds: [INSTANCE_A], SecurityGroups: [G3], InstanceName: 'x' },
      code: 'InvalidParameterCombination',
    },
    { reason: 'no attribute', body: { InstanceIds: [INSTANCE_A] }, code: 'MissingParameter' },
    {
      reason: 'an unknown parameter',
      body: { InstanceIds: [INSTANCE_A], SecurityGroupIds: [G3] },
      code: 'UnknownParameter',
    },
    {
      reason: 'a wrong type',
      body: { InstanceIds: INSTANCE_A, SecurityGroups: [G3] },
      code: 'InvalidParameter',
    },
    {
      reason: 'an unknown instance',
      body: { InstanceIds: ['ins-unknown1'], SecurityGroups: [G3] },
      code: 'InvalidInstanceId.NotFound',
    },
    {
      reason: 'an unknown group',
      body: { InstanceIds: [INSTANCE_A], SecurityGroups: ['sg-unknown1'] },
      code: 'InvalidSecurityGroupId.NotFound',
    },
  ])('$reason: $code', async ({ body, code }) => {
    const cloud = simulated();
    expect((await cloud.v3('ModifyInstancesAttribute', body)).Error?.Code).toBe(code);
    expect(cloud.state.history).toEqual([]);
  });
});

describe('the state of an instance', () => {
  it.each([
    [{ state: 'REBOOTING' }, 'UnsupportedOperation.InstanceStateRebooting'],
    [{ state: 'ENTER_SERVICE_LIVE_MIGRATE' }, 'UnsupportedOperation.InstanceStateEnterServiceLiveMigrate'],
    [{ restrictState: 'EXPIRED' }, 'UnsupportedOperation.InstanceStateExpired'],
    [
      { restrictState: 'PROTECTIVELY_ISOLATED' },
      'UnsupportedOperation.InvalidInstanceNotSupportedProtectedInstance',
    ],
    [{ state: 'STOPPED', stopChargingMode: 'STOP_CHARGING' }, 'UnsupportedOperation.StoppedModeStopCharging'],
    [{ latestOperationState: 'OPERATING' }, 'OperationDenied.InstanceOperationInProgress'],
  ])('%j forbids a change of the whole batch, on both generations', async (fields, code) => {
    const cloud = simulated();
    cloud.state.patch(INSTANCE_B, fields);
    const body = { InstanceIds: [INSTANCE_A, INSTANCE_B], SecurityGroups: [G3] };
    expect((await cloud.v3('ModifyInstancesAttribute', body)).Error?.Code).toBe(code);
    const old = await cloud.v2(
      MODIFY,
      instanceSet([
        [INSTANCE_A, [G3]],
        [INSTANCE_B, [G3]],
      ]),
    );
    expect(String(old.code)).toBe('7003');
    expect(cloud.state.history).toEqual([]);
  });

  it('STOPPED alone forbids nothing', async () => {
    const cloud = simulated();
    cloud.state.patch(INSTANCE_A, { state: 'STOPPED' });
    expect((await cloud.v2(MODIFY, instanceSet([[INSTANCE_A, [G3]]]))).code).toBe(0);
  });
});

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

describe('malformed and unknown calls', () => {
  it.each([
    ['an unknown action', 'NoSuchAction', { InstanceIds: [] }, {}, 'InvalidAction'],
    ['a version that does not exist', 'DescribeInstances', {}, { version: '2016-01-01' }, 'NoSuchVersion'],
    ['an unknown region', 'DescribeInstances', {}, { region: 'ap-nowhere' }, 'UnsupportedRegion'],
    ['a short region on 3.0', 'DescribeInstances', {}, { region: 'gz' }, 'UnsupportedRegion'],
    [
      'a host of another service',
      'DescribeInstances',
      {},
      { url: 'http://vpc.tencentcloudapi.com/' },
      'InvalidAction',
    ],
  ])('3.0 refuses %s', async (_, action, body, options, code) => {
    expect((await simulated().v3(action, body, options)).Error?.Code).toBe(code);
  });

  it('2.0 refuses an unknown action and a host of another module with 6100, and takes short regions', async () => {
    const cloud = simulated();
    const write = instanceSet([[INSTANCE_A, [G3]]]);
    const wrongHost = { url: 'http://cvm.api.qcloud.com/v2/index.php' };
    expect(String((await cloud.v2('NoSuchAction', {})).code)).toBe('6100');
    expect(String((await cloud.v2(MODIFY, write, wrongHost)).code)).toBe('6100');
    expect(String((await cloud.v2(MODIFY, write, { region: 'nowhere' })).code)).toBe('4000');
    expect((await cloud.v2(MODIFY, write, { region: 'gz' })).code).toBe(0);
  });

  it('answers 404 where neither generation lives', async () => {
    const cloud = simulated();
    const reply = await cloud.transport({ method: 'GET', url: 'http://127.0.0.1/other', headers: {} });
    expect(reply.status).toBe(404);
  });
});

describe('authentication', () => {
  it('refuses a nonce used before, then takes a new one', async () => {
    const cloud = simulated();
    const options = { signer: key(cloud), nowMs: cloud.virtual.now(), nonce: '42' };
    const request = v2Request('DescribeSecurityGroupEx', {}, options);
    expect(await cloud.json(request)).toMatchObject({ code: 0 });
    const { code } = (await cloud.json(request)) as { code: unknown };
    expect(String(code)).toBe('4500');
    expect(
      await cloud.json(v2Request('DescribeSecurityGroupEx', {}, { ...options, nonce: '43' })),
    ).toMatchObject({ code: 0 });
  });

  it.each([
    ['five minutes old', -300_000, '0'],
    ['older than five minutes', -302_000, '4200'],
    ['early by more than five minutes', 302_000, '4500'],
  ])('judges a request that is %s', async (_, offMs, code) => {
    const cloud = simulated();
    const reply = await cloud.v2('DescribeSecurityGroupEx', {}, { nowMs: cloud.virtual.now() + offMs });
    expect(String(reply.code)).toBe(code);
  });

  it.each(['0', '-1', '1.5', '9223372036854775808', 'x'])('refuses the nonce %s', async (nonce) => {
    const cloud = simulated();
    const request = v2Request(
      'DescribeSecurityGroupEx',
      {},
      { signer: key(cloud), nowMs: cloud.virtual.now(), nonce },
    );
    expect(String(((await cloud.json(request)) as { code: unknown }).code)).toBe('4000');
  });

  it('signs the host with its port on 2.0', async () => {
    const cloud = simulated();
    const signed = v2Request(
      'DescribeSecurityGroupEx',
      {},
      { signer: key(cloud), nowMs: cloud.virtual.now() },
    );
    const moved = { ...signed, url: signed.url.replace(':8099', '') };
    expect(String(((await cloud.json(moved)) as { code: unknown }).code)).toBe('4100');
  });

  it('knows the unknown key, the wrong key and the missing Signature', async () => {
    const cloud = simulated();
    const unknown = { signer: { secretId: 'AKIDnobody', secretKey: 'x' } };
    const wrong = { signer: { secretId: key(cloud).secretId, secretKey: 'x' } };
    expect(String((await cloud.v2('DescribeSecurityGroupEx', {}, unknown)).code)).toBe('4104');
    expect(String((await cloud.v2('DescribeSecurityGroupEx', {}, wrong)).code)).toBe('4100');
    expect((await cloud.v3('DescribeInstances', {}, unknown)).Error?.Code).toBe(
      'AuthFailure.SecretIdNotFound',
    );
    expect((await cloud.v3('DescribeInstances', {}, wrong)).Error?.Code).toBe('AuthFailure.SignatureFailure');
    const bare = { method: 'POST', url: 'http://127.0.0.1/', headers: {}, body: '' } as const;
    expect(await cloud.json(bare)).toMatchObject({ Response: { Error: { Code: 'MissingParameter' } } });
  });

  it('hands out temporary keys that need their token and end', async () => {
    const cloud = simulated();
    const url = 'http://metadata.tencentyun.com/latest/meta-data/cam/security-credentials/';
    const role = (await cloud.transport({ method: 'GET', url, headers: {} })).body;
    const given = (await cloud.json({ method: 'GET', url: `${url}${role}`, headers: {} })) as Record<
      string,
      string
    >;
    const signer = {
      secretId: given.TmpSecretId ?? '',
      secretKey: given.TmpSecretKey ?? '',
      token: given.Token ?? '',
    };
    const { token: _, ...tokenless } = signer;
    expect((await cloud.v3('DescribeInstances', {}, { signer })).TotalCount).toBe(2);
    expect((await cloud.v2('DescribeSecurityGroupEx', {}, { signer })).code).toBe(0);
    expect((await cloud.v3('DescribeInstances', {}, { signer: tokenless })).Error?.Code).toBe(
      'AuthFailure.TokenFailure',
    );
    await cloud.virtual.advance(7_200_000);
    expect((await cloud.v3('DescribeInstances', {}, { signer })).Error?.Code).toBe(
      'AuthFailure.TokenFailure',
    );
    expect(String((await cloud.v2('DescribeSecurityGroupEx', {}, { signer })).code)).toBe('4105');
  });

  it('exchanges a web identity for a temporary key without a signature', async () => {
    const cloud = simulated();
    const body = {
      ProviderId: 'tke',
      WebIdentityToken: 'jwt',
      RoleArn: 'qcs::cam::uin/100000000001:roleName/cvmsg-role',
      RoleSessionName: 'pod',
    };
    const options = { signer: key(cloud), nowMs: cloud.virtual.now(), version: '2018-08-13' };
    const signed = v3Request('AssumeRoleWithWebIdentity', body, options);
    const reply = await cloud.json({ ...signed, headers: { ...signed.headers, authorization: 'SKIP' } });
    const { Credentials: it } = (reply as { Response: { Credentials: Record<string, string> } }).Response;
    const signer = {
      secretId: it.TmpSecretId ?? '',
      secretKey: it.TmpSecretKey ?? '',
      token: it.Token ?? '',
    };
    expect((await cloud.v3('DescribeInstances', {}, { signer })).TotalCount).toBe(2);
    const read = v3Request('DescribeInstances', {}, options);
    const skipped = await cloud.json({ ...read, headers: { ...read.headers, authorization: 'SKIP' } });
    expect(skipped).toMatchObject({ Response: { Error: { Code: 'AuthFailure.InvalidAuthorization' } } });
  });

  it('shows each account its own instances', async () => {
    const cloud = simulated({
      fleet: {
        accounts: ['one', 'two'],
        regions: {
          'ap-guangzhou': {
            securityGroups: [{ securityGroupId: G1 }],
            instances: [
              { instanceId: INSTANCE_A, securityGroupIds: [G1], account: 'one' },
              { instanceId: INSTANCE_B, securityGroupIds: [G1], account: 'two' },
            ],
          },
        },
      },
    });
    const [, second] = cloud.credentials;
    if (second === undefined) throw new Error('no second key');
    const seen = await cloud.v3('DescribeInstances', {}, { signer: second });
    expect(seen.InstanceSet?.map((item) => item.InstanceId)).toEqual([INSTANCE_B]);
    const foreign = { InstanceIds: [INSTANCE_A], SecurityGroups: [G1] };
    const refused = await cloud.v3('ModifyInstancesAttribute', foreign, { signer: second });
    expect(refused.Error?.Code).toBe('InvalidInstanceId.NotFound');
  });
});
