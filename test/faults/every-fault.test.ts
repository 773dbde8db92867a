/** Every fault of the simulator on both APIs: what it may cost, and that it ends well. */
import { describe, expect, it } from 'vitest';
import { FAULT_KINDS, type FaultSpec } from '../../src/simulator/fault.ts';
import { ins, SmallWorld } from './small-world.ts';

type Api = 'v2' | 'v3';
const WRITE = { v2: 'ModifySecurityGroupsOfInstance', v3: 'ModifyInstancesAttribute' } as const;
const SIZE = 60;
const all = Array.from({ length: SIZE }, (_, n) => ins(n));

interface Row {
  readonly reason: string;
  readonly fault: FaultSpec;
  readonly apis?: readonly Api[];
  /** Under `auto`. */
  readonly auto?: true;
}

const codes: Readonly<Record<Api, readonly string[]>> = {
  v2: [
    '4000',
    '4100',
    '4102',
    '4105',
    '4200',
    '4400',
    '4500',
    '5000',
    '5100',
    '5400',
    '6000',
    '6200',
    '7000',
    '7001',
    '7003',
    '9999',
  ],
  v3: [
    'RequestLimitExceeded',
    'InternalError',
    'ResourceBusy',
    'FailedOperation.SecurityGroupActionFailed',
    'UnsupportedOperation.InstanceStateExpired',
    'LimitExceeded.AssociateUSGLimitExceeded',
    'InvalidInstanceId.NotFound',
    'InvalidParameterValue',
    'UnauthorizedOperation.CamNoAuth',
    'AuthFailure.SignatureExpire',
    'AuthFailure.TokenFailure',
    'SomethingNew.NeverSeen',
  ],
};

const ROWS: readonly Row[] = [
  { reason: 'every call is throttled', fault: { kind: 'throttle' } },
  { reason: 'half of the calls are throttled', fault: { kind: 'throttle', probability: 0.5 } },
  { reason: 'batches are applied in part', fault: { kind: 'partial' } },
  { reason: 'one instance of a batch is left out', fault: { kind: 'partial', instanceIds: [ins(3)] } },
  { reason: 'writes are accepted and never in force', fault: { kind: 'not-applied' } },
  ...[500, 502, 503, 429].map(
    (status): Row => ({ reason: `HTTP ${status}`, fault: { kind: 'http', status } }),
  ),
  { reason: 'an HTML page in place of an answer', fault: { kind: 'html' } },
  { reason: 'answers break off', fault: { kind: 'truncated' } },
  { reason: 'some answers break off', fault: { kind: 'truncated', probability: 0.5 } },
  { reason: 'connections are reset', fault: { kind: 'reset-before' } },
  { reason: 'connections are reset after the work', fault: { kind: 'reset-after' } },
  { reason: 'some are reset after the work', fault: { kind: 'reset-after', probability: 0.5 } },
  { reason: 'answers come late', fault: { kind: 'latency', ms: 4_000 } },
  { reason: 'reads are late after a write', fault: { kind: 'stale-reads', ms: 15_000 } },
  { reason: 'the token is expired', fault: { kind: 'token-expired' } },
  { reason: 'the clock of the cloud is ahead', fault: { kind: 'clock-skew', ms: 900_000 } },
  { reason: 'the clock of the cloud is behind', fault: { kind: 'clock-skew', ms: -900_000 } },
  { reason: 'API 2.0 is retired', fault: { kind: 'v2-retired' }, apis: ['v2'] },
  {
    reason: 'API 2.0 is retired and 3.0 may be used',
    fault: { kind: 'v2-retired', code: '4300' },
    apis: ['v2'],
    auto: true,
  },
  ...(['v2', 'v3'] as const).flatMap((api) =>
    codes[api].map(
      (code): Row => ({ reason: `the code ${code}`, fault: { kind: 'error', code }, apis: [api] }),
    ),
  ),
];

const CASES = ROWS.flatMap((row) =>
  (row.apis ?? ['v2', 'v3']).flatMap((api) =>
    (['of every call', 'of writes alone', 'of reads alone'] as const).map((where) => ({
      ...row,
      api,
      where,
    })),
  ),
);

const code = (fault: FaultSpec) => (fault.kind === 'error' ? fault.code : '');
const DURATION_MS = 120_000;
/** The slow re-check of what looked as if a person had to mend it, and a sweep. */
const HEALED_MS = 7 * 60_000;

describe('every fault', () => {
  it('has a row', () => {
    expect(new Set(ROWS.map((row) => row.fault.kind))).toEqual(new Set(FAULT_KINDS));
  });

  it.each(CASES)('$reason, $where, on $api', async ({ reason, fault, api, auto, where }) => {
    const world = new SmallWorld({ instances: SIZE, api: auto ? 'auto' : api, latencyMs: 30 });
    const wanted = new Map(all.map((id, n) => [id as string, n < 30 ? 'b a' : 'c a b']));
    const wrong: string[] = [];
    world.simulator.state.onChange(({ instanceId, after, action }) => {
      const list = after.map((id) => id.slice(3, 4)).join(' ');
      const recorded = world.database
        .prepare('SELECT 1 FROM journal WHERE instance_id = ? AND after = ?')
        .get(instanceId, after.join(' '));
      if (action !== 'drift' && list !== wanted.get(instanceId))
        wrong.push(`${instanceId} was set to ${list}`);
      if (action !== 'drift' && recorded === undefined) wrong.push(`${instanceId} has no journal entry`);
    });
    const action =
      where === 'of every call'
        ? {}
        : { action: where === 'of reads alone' ? 'DescribeInstances' : WRITE[api] };
    const { id } = world.simulator.faults.add({ ...fault, ...action });
    world.declare('left', all.slice(0, 30), 'b a');
    world.declare('right', all.slice(30), 'c a b');
    await world.clock.advance(DURATION_MS);
    const lies = [...world.published.values()].flatMap((status) =>
      status.instances.filter(
        (one) =>
          one.state === 'InSync' &&
          world.list(Number(one.instanceId.slice(4))) !== wanted.get(one.instanceId),
      ),
    );
    expect(lies, reason).toEqual([]);
    if (!auto) world.simulator.faults.remove(id);
    await world.clock.advance(HEALED_MS);
    const starved = all.filter((one, n) => world.list(n) !== wanted.get(one));
    expect(starved, `starved: ${reason}`).toEqual([]);
    expect(wrong, reason).toEqual([]);
    expect(world.conditions('left'), reason).toEqual(['Ready=True InSync']);
    expect(world.conditions('right'), reason).toEqual(['Ready=True InSync']);
    expect(world.openEntries(), reason).toBe(0);
    const calls = world.simulator.calls.entries().length;
    // A batch that is said to be executed in part is asked for one by one.
    expect(calls, `a storm: ${reason}`).toBeLessThan(code(fault) === '5400' ? 1_100 : 700);
    for (const name of ['DescribeInstances', WRITE.v2, WRITE.v3]) {
      const limit = name === 'DescribeInstances' ? 40 : 10;
      expect(world.simulator.calls.peakPerWindow(name), reason).toBeLessThanOrEqual(limit);
    }
  });
});
