import { describe, expect, it } from 'vitest';
import { v2Request, v3Request } from '../../test/wire/signed-request.ts';
import { G1, INSTANCE_A, INSTANCE_B, simulated } from '../../test/wire/simulated.ts';

function key(cloud: ReturnType<typeof simulated>) {
  const [signer] = cloud.credentials;
  if (signer === undefined) throw new Error('no key');
  return signer;
}

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

  it('refuses a 2.0 signature over the host without the port that was sent', async () => {
    const cloud = simulated();
    const url = 'http://127.0.0.1/v2/index.php';
    const signed = v2Request(
      'DescribeSecurityGroupEx',
      {},
      { signer: key(cloud), nowMs: cloud.virtual.now(), url },
    );
    const moved = { ...signed, url: 'http://127.0.0.1:8099/v2/index.php' };
    expect(String(((await cloud.json(moved)) as { code: unknown }).code)).toBe('4100');
  });

  it('refuses a 2.0 signature over a port that was not sent', async () => {
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
