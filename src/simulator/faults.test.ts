import { describe, expect, it } from 'vitest';
import { v2Request, v3Request } from '../../test/wire/signed-request.ts';
import { G1, G2, G3, INSTANCE_A, INSTANCE_B, instanceSet, simulated } from '../../test/wire/simulated.ts';
import type { FaultSpec } from './fault.ts';
import { parseFault, parseFaultText } from './fault-input.ts';

const MODIFY = 'ModifySecurityGroupsOfInstance';
const BOTH = { InstanceIds: [INSTANCE_A, INSTANCE_B], SecurityGroups: [G3] };

/** One write of both instances on each generation: what came back, and what is true afterwards. */
async function writeUnder(spec: FaultSpec, api: 'v2' | 'v3') {
  const cloud = simulated();
  cloud.faults.add(spec);
  const [signer] = cloud.credentials;
  if (signer === undefined) throw new Error('no key');
  const options = { signer, nowMs: cloud.virtual.now() };
  const request =
    api === 'v2'
      ? v2Request(
          MODIFY,
          instanceSet([
            [INSTANCE_A, [G3]],
            [INSTANCE_B, [G3]],
          ]),
          options,
        )
      : v3Request('ModifyInstancesAttribute', BOTH, options);
  const seen = await cloud.transport(request).then(
    (reply) => ({ status: reply.status, body: reply.body, error: '' }),
    (error: { code: string }) => ({ status: 0, body: '', error: error.code }),
  );
  const applied = [INSTANCE_A, INSTANCE_B].filter((id) => cloud.state.list(id)[0] === G3).length;
  return { ...seen, applied, outcome: cloud.calls.entries()[0]?.outcome, throttled: cloud.calls.throttled };
}

const codeOf = (body: string): string => {
  const reply = JSON.parse(body) as { code?: unknown; Response?: { Error?: { Code: string } } };
  return String(reply.code ?? reply.Response?.Error?.Code);
};

describe('faults on a write', () => {
  it.each([
    { spec: { kind: 'throttle' }, v2: '4400', v3: 'RequestLimitExceeded', applied: 0 },
    { spec: { kind: 'error', code: '7000' }, v2: '7000', v3: '7000', applied: 0 },
    { spec: { kind: 'partial' }, v2: '5400', v3: 'FailedOperation.SecurityGroupActionFailed', applied: 1 },
    { spec: { kind: 'token-expired' }, v2: '4105', v3: 'AuthFailure.TokenFailure', applied: 0 },
    { spec: { kind: 'clock-skew', ms: 400_000 }, v2: '4200', v3: 'AuthFailure.SignatureExpire', applied: 0 },
  ] as const)(
    '$spec.kind is told by a code, and $applied of 2 are applied',
    async ({ spec, v2, v3, applied }) => {
      const old = await writeUnder(spec, 'v2');
      expect([codeOf(old.body), old.applied, old.outcome]).toEqual([v2, applied, v2]);
      const now = await writeUnder(spec, 'v3');
      expect([codeOf(now.body), now.applied, now.outcome]).toEqual([v3, applied, v3]);
      expect(now.throttled).toBe(spec.kind === 'throttle' ? 1 : 0);
    },
  );

  it.each([
    { spec: { kind: 'http', status: 502 }, status: 502, error: '', applied: 0 },
    { spec: { kind: 'html' }, status: 200, error: '', applied: 0 },
    { spec: { kind: 'truncated' }, status: 200, error: '', applied: 2 },
    { spec: { kind: 'reset-before' }, status: 0, error: 'ECONNRESET', applied: 0 },
    { spec: { kind: 'reset-after' }, status: 0, error: 'ECONNRESET', applied: 2 },
  ] as const)('$spec.kind leaves no usable reply, and $applied of 2 are applied', async (row) => {
    for (const api of ['v2', 'v3'] as const) {
      const { status, error, applied, body } = await writeUnder(row.spec, api);
      expect({ status, error, applied }).toEqual({
        status: row.status,
        error: row.error,
        applied: row.applied,
      });
      expect(() => JSON.parse(body)).toThrow();
    }
  });

  it('v2-retired meets API 2.0 alone, the read on its host included', async () => {
    const cloud = simulated();
    cloud.faults.add({ kind: 'v2-retired' });
    expect(String((await cloud.v2(MODIFY, instanceSet([[INSTANCE_A, [G3]]]))).code)).toBe('6100');
    const read = await cloud.v2('DescribeInstances', { Version: '2017-03-12' });
    expect(read).toMatchObject({ Response: { Error: { Code: 'ActionOffline' } } });
    expect((await cloud.v3('DescribeInstances', {})).TotalCount).toBe(2);
  });

  it('stale reads show the lists before, each for its time, on both generations', async () => {
    const cloud = simulated();
    cloud.faults.add({ kind: 'stale-reads', ms: 3000 });
    const read = async () =>
      (await cloud.v3('DescribeInstances', { InstanceIds: [INSTANCE_A] })).InstanceSet?.[0]?.SecurityGroupIds;
    await cloud.v2(MODIFY, instanceSet([[INSTANCE_A, [G3]]]));
    await cloud.virtual.advance(1000);
    await cloud.v2(MODIFY, instanceSet([[INSTANCE_A, [G2]]]));
    expect([await read(), cloud.state.list(INSTANCE_A)]).toEqual([[G1, G2], [G2]]);
    await cloud.virtual.advance(2000);
    expect(await read()).toEqual([G3]);
    await cloud.virtual.advance(1000);
    expect(await read()).toEqual([G2]);
  });

  it('a clock that is off shows in the Date header', async () => {
    const cloud = simulated();
    cloud.faults.add({ kind: 'clock-skew', ms: 60_000 });
    const reply = await cloud.transport({ method: 'POST', url: 'http://127.0.0.1/', headers: {}, body: '' });
    expect(Date.parse(reply.headers.date ?? '')).toBe(cloud.virtual.now() + 60_000);
  });

  it('latency is added to the wait', async () => {
    const cloud = simulated();
    cloud.faults.add({ kind: 'latency', ms: 500, action: 'DescribeInstances' });
    let done = false;
    const reply = cloud.v3('DescribeInstances', {}).then(() => {
      done = true;
    });
    await cloud.virtual.advance(499);
    expect(done).toBe(false);
    await cloud.virtual.advance(1);
    await reply;
    expect(done).toBe(true);
  });
});

describe('which calls a fault meets', () => {
  it('ends after its count', async () => {
    const cloud = simulated();
    cloud.faults.add({ kind: 'error', code: 'InternalError', count: 2 });
    const codes = [];
    for (let n = 0; n < 3; n++) codes.push((await cloud.v3('DescribeInstances', {})).Error?.Code);
    expect(codes).toEqual(['InternalError', 'InternalError', undefined]);
    expect(cloud.faults.list()).toEqual([]);
  });

  it('poisons every batch that holds an instance, and no other', async () => {
    const cloud = simulated();
    cloud.faults.poison(INSTANCE_B, '7000');
    expect(
      String(
        (
          await cloud.v2(
            MODIFY,
            instanceSet([
              [INSTANCE_A, [G3]],
              [INSTANCE_B, [G3]],
            ]),
          )
        ).code,
      ),
    ).toBe('7000');
    expect((await cloud.v2(MODIFY, instanceSet([[INSTANCE_A, [G3]]]))).code).toBe(0);
    expect((await cloud.v3('ModifyInstancesAttribute', BOTH)).Error?.Code).toBe('7000');
  });

  it('leaves out the named instance of a partial batch', async () => {
    const cloud = simulated();
    cloud.faults.add({ kind: 'partial', instanceIds: [INSTANCE_A] });
    await cloud.v3('ModifyInstancesAttribute', BOTH);
    expect(cloud.state.list(INSTANCE_A)).toEqual([G1, G2]);
    expect(cloud.state.list(INSTANCE_B)).toEqual([G3]);
  });

  it('keeps to its action, api, account, region and chance', async () => {
    const cloud = simulated();
    cloud.faults.add({ kind: 'error', code: 'A', action: MODIFY });
    cloud.faults.add({ kind: 'error', code: 'B', api: 'v2' });
    cloud.faults.add({ kind: 'error', code: 'C', account: 'other' });
    cloud.faults.add({ kind: 'error', code: 'D', region: 'sh' });
    expect((await cloud.v3('DescribeInstances', {})).Error).toBeUndefined();
    expect((await cloud.v3('DescribeInstances', {}, { region: 'ap-shanghai' })).Error?.Code).toBe('D');
    expect((await cloud.v2('DescribeSecurityGroupEx', {})).code).toBe('B');
    expect((await cloud.v2(MODIFY, instanceSet([[INSTANCE_A, [G3]]]))).code).toBe('A');
    cloud.faults.clear();
    cloud.faults.add({ kind: 'error', code: 'E', probability: 0.5 });
    let failed = 0;
    for (let n = 0; n < 40; n++) if ((await cloud.v3('DescribeInstances', {})).Error !== undefined) failed++;
    expect(failed).toBeGreaterThan(8);
    expect(failed).toBeLessThan(32);
  });
});

describe('faults as users write them', () => {
  it('refuses an action that no call can have, because such a fault would never fire', () => {
    expect(parseFault({ kind: 'throttle', action: 'ModifySecurityGroupOfInstance' })).toMatchObject({
      ok: false,
    });
    expect(parseFault({ kind: 'throttle', action: '*' })).toMatchObject({ ok: true });
  });

  it.each([
    ['kind=throttle', { kind: 'throttle' }],
    [
      'kind=error,action=ListRoles,code=7000,count=3',
      { kind: 'error', action: 'ListRoles', code: '7000', count: 3 },
    ],
    ['kind=clock-skew, ms=-500', { kind: 'clock-skew', ms: -500 }],
    [
      'kind=partial,instanceIds=ins-aaaaaaaa+ins-bbbbbbbb',
      { kind: 'partial', instanceIds: [INSTANCE_A, INSTANCE_B] },
    ],
  ])('reads %s', (line, spec) => {
    expect(parseFaultText(line)).toEqual({ ok: true, spec });
  });

  it.each([
    [{ kind: 'eror' }, /Expected `kind` to be one of throttle/],
    [{ kind: 'error' }, /needs 'code'/],
    [{ kind: 'throttle', cuont: 1 }, /Unknown field 'cuont'/],
    [{ kind: 'throttle', count: 0 }, /'count' to be a whole number of 1 or more, got 0/],
    [{ kind: 'throttle', probability: 2 }, /'probability' to be above 0/],
    [{ kind: 'http', status: 200 }, /'status' to be an HTTP status/],
    [{ kind: 'latency', ms: -1 }, /'ms' to be milliseconds/],
    [[], /JSON object/],
  ])('refuses %j and says what to write', (value, problem) => {
    expect(parseFault(value)).toMatchObject({ ok: false, problem: expect.stringMatching(problem) });
  });
});
