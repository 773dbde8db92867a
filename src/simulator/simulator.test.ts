import { describe, expect, it } from 'vitest';
import { v2Request } from '../../test/wire/signed-request.ts';
import { G1, G2, G3, INSTANCE_A, INSTANCE_B, instanceSet, simulated } from '../../test/wire/simulated.ts';
import { seededRandom } from '../runtime/random.ts';

describe('writes and reads', () => {
  it('keeps the order that API 2.0 wrote and shows it on both generations', async () => {
    const cloud = simulated();
    const reply = await cloud.v2('ModifySecurityGroupsOfInstance', instanceSet([[INSTANCE_A, [G3, G1, G2]]]));
    expect(reply.code).toBe(0);
    const old = await cloud.v2('DescribeInstances', { Version: '2017-03-12', 'InstanceIds.0': INSTANCE_A });
    expect(old).toMatchObject({ Response: { InstanceSet: [{ SecurityGroupIds: [G3, G1, G2] }] } });
    const read = await cloud.v3('DescribeInstances', { InstanceIds: [INSTANCE_A] });
    expect(read.InstanceSet?.[0]?.SecurityGroupIds).toEqual([G3, G1, G2]);
  });

  it('gives twelve instances their own lists, in numeric and not in name order', async () => {
    const cloud = simulated();
    for (let n = 0; n < 12; n++) {
      cloud.state.addInstance('ap-guangzhou', {
        instanceId: `ins-0000000${n.toString(36)}`,
        securityGroupIds: [G1],
      });
    }
    const lists = Array.from(
      { length: 12 },
      (_, n) => [`ins-0000000${n.toString(36)}`, n % 2 ? [G2, G3] : [G3, G2]] as const,
    );
    await cloud.v2('ModifySecurityGroupsOfInstance', instanceSet(lists));
    for (const [id, list] of lists) expect(cloud.state.list(id)).toEqual(list);
  });

  it('replaces the list of every instance by ModifyInstancesAttribute and records each effective change once', async () => {
    const cloud = simulated();
    const write = { InstanceIds: [INSTANCE_A, INSTANCE_B], SecurityGroups: [G2] };
    const reply = await cloud.v3('ModifyInstancesAttribute', write);
    await cloud.v3('ModifyInstancesAttribute', write);
    expect(cloud.state.history).toEqual([
      {
        timeMs: cloud.virtual.now(),
        instanceId: INSTANCE_A,
        before: [G1, G2],
        after: [G2],
        account: 'default',
        action: 'ModifyInstancesAttribute',
        requestId: reply.RequestId,
      },
    ]);
  });

  it('appends and removes one group for AssociateSecurityGroups and DisassociateSecurityGroups', async () => {
    const cloud = simulated();
    await cloud.v3('AssociateSecurityGroups', { InstanceIds: [INSTANCE_A], SecurityGroupIds: [G3] });
    expect(cloud.state.list(INSTANCE_A)).toEqual([G1, G2, G3]);
    await cloud.v3('DisassociateSecurityGroups', { InstanceIds: [INSTANCE_A], SecurityGroupIds: [G1] });
    expect(cloud.state.list(INSTANCE_A)).toEqual([G2, G3]);
  });

  it('answers after its latency, and an abort ends the wait but not the work', async () => {
    const cloud = simulated({ latencyMs: 100 });
    const [signer] = cloud.credentials;
    if (signer === undefined) throw new Error('no key');
    const abort = new AbortController();
    const write = v2Request('ModifySecurityGroupsOfInstance', instanceSet([[INSTANCE_A, [G3]]]), {
      signer,
      nowMs: cloud.virtual.now(),
    });
    const pending = cloud.transport(write, abort.signal);
    pending.catch(() => {});
    await cloud.virtual.advance(10);
    abort.abort(new Error('gave up'));
    await expect(pending).rejects.toThrow('gave up');
    await cloud.virtual.advance(100);
    expect(cloud.state.list(INSTANCE_A)).toEqual([G3]);
  });
});

describe('quotas', () => {
  it('refuses the eleventh write of a second, on both generations, and starts afresh with the next', async () => {
    const cloud = simulated();
    const write = { InstanceIds: [INSTANCE_A], SecurityGroups: [G2] };
    const codes: (string | undefined)[] = [];
    for (let n = 0; n < 11; n++) codes.push((await cloud.v3('ModifyInstancesAttribute', write)).Error?.Code);
    expect(codes).toEqual([...Array(10).fill(undefined), 'RequestLimitExceeded']);
    for (let n = 0; n < 10; n++)
      await cloud.v2('ModifySecurityGroupsOfInstance', instanceSet([[INSTANCE_A, [G1]]]));
    const throttled = await cloud.v2('ModifySecurityGroupsOfInstance', instanceSet([[INSTANCE_A, [G1]]]));
    expect(String(throttled.code)).toBe('4400');
    expect(cloud.calls.throttled).toBe(2);
    expect(cloud.calls.peakPerWindow('ModifyInstancesAttribute')).toBe(11);
    await cloud.virtual.advance(1000);
    expect((await cloud.v3('ModifyInstancesAttribute', write)).Error).toBeUndefined();
  });

  it('counts each account and each region by itself', async () => {
    const cloud = simulated({
      quotas: { readsPerSecond: 1 },
      credentials: [
        { secretId: 'one', secretKey: 'k1', accountName: 'one' },
        { secretId: 'two', secretKey: 'k2', accountName: 'two' },
      ],
    });
    const two = { signer: { secretId: 'two', secretKey: 'k2' } };
    const codes = [
      await cloud.v3('DescribeInstances', {}),
      await cloud.v3('DescribeInstances', {}),
      await cloud.v3('DescribeInstances', {}, two),
      await cloud.v3('DescribeInstances', {}, { region: 'ap-shanghai' }),
    ].map((reply) => reply.Error?.Code ?? 'ok');
    expect(codes).toEqual(['ok', 'RequestLimitExceeded', 'ok', 'ok']);
  });
});

describe('on virtual time', () => {
  /** Forty writes and reads at once, under faults of chance. */
  async function story(seed: number): Promise<string> {
    const cloud = simulated({ random: seededRandom(seed), latencyMs: 20 });
    cloud.faults.add({ kind: 'error', code: '7000', probability: 0.3 });
    cloud.faults.add({ kind: 'latency', ms: 300, probability: 0.5 });
    cloud.faults.add({ kind: 'partial', probability: 0.3 });
    const replies: unknown[] = [];
    for (let n = 0; n < 40; n++) {
      const lists = [
        [INSTANCE_A, n % 2 ? [G1] : [G2, G1]],
        [INSTANCE_B, n % 3 ? [G3] : [G1]],
      ] as const;
      // The nonce is given, for the one of the requests' maker runs on from test to test.
      const options = { nowMs: cloud.virtual.now(), nonce: String(n + 1) };
      void cloud
        .v2('ModifySecurityGroupsOfInstance', instanceSet(lists), options)
        .then((reply) => replies.push(reply));
      void cloud.v3('DescribeInstances', {}).then((reply) => replies.push(reply));
      await cloud.virtual.advance(50);
    }
    await cloud.virtual.advance(5000);
    return JSON.stringify([replies, cloud.calls.entries(), cloud.state.history]);
  }

  it('replays to the same byte from the same seed, and differs from another', async () => {
    const first = await story(11);
    expect(await story(11)).toBe(first);
    expect(await story(12)).not.toBe(first);
  });

  it('tells listeners of every call and every change at once', async () => {
    const cloud = simulated();
    const reported: string[] = [];
    const endCalls = cloud.calls.onCall((call) => reported.push(call.outcome));
    const endChanges = cloud.state.onChange((change) => reported.push(change.instanceId));
    await cloud.v2('ModifySecurityGroupsOfInstance', instanceSet([[INSTANCE_A, [G3]]]));
    endCalls();
    endChanges();
    await cloud.v2('ModifySecurityGroupsOfInstance', instanceSet([[INSTANCE_A, [G1]]]));
    expect(reported).toEqual([INSTANCE_A, 'ok']);
  });
});
