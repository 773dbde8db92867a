import { expect, it } from 'vitest';
import { v3Request } from '../../test/wire/signed-request.ts';
import { INSTANCE_A, simulated } from '../../test/wire/simulated.ts';
import { CallLog, type CallRecord, UNKNOWN_ACTION } from './calls.ts';
import { parseFaultText } from './fault-input.ts';
import { DEFAULT_QUOTAS, QuotaBook } from './quotas.ts';

const MIB = 1024 * 1024;

const call = (fields: Partial<CallRecord>): CallRecord => ({
  timeMs: 0,
  api: 'v3',
  action: 'DescribeInstances',
  account: 'default',
  region: 'ap-guangzhou',
  instanceIds: [],
  outcome: 'ok',
  throttled: false,
  requestId: 'r',
  ...fields,
});

const newLog = () => new CallLog(new QuotaBook(DEFAULT_QUOTAS));

it('what callers write is kept short: an action, a region, ids without end', () => {
  const log = newLog();
  const long = 'x'.repeat(8 * MIB);
  log.record(call({ action: long, region: long, instanceIds: Array.from({ length: 5000 }, () => long) }));
  expect(JSON.stringify(log.entries()).length).toBeLessThan(10_000);
  expect(log.entries()[0]?.action).toBe(`${'x'.repeat(64)}…`);
});

it('the log is bounded in bytes, and counts what it dropped', () => {
  const log = newLog();
  const instanceIds = Array.from({ length: 100 }, (_, n) => `ins-${String(n).padStart(60, '0')}`);
  for (let n = 0; n < 5000; n++) log.record(call({ instanceIds }));
  expect(log.dropped).toBeGreaterThan(0);
  expect(log.entries().length + log.dropped).toBe(5000);
  expect(log.count('DescribeInstances')).toBe(5000);
});

it('actions that no API has share one count', () => {
  const log = newLog();
  for (let n = 0; n < 50; n++) log.record(call({ action: `Nonsense${n}`, outcome: 'InvalidAction' }));
  expect(log.counts()).toEqual({ [UNKNOWN_ACTION]: { calls: 50, failed: 50, throttled: 0 } });
});

it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
  'an action or region called %s is unknown and nothing more',
  async (name) => {
    const cloud = simulated();
    const action = await cloud.v3(name, { InstanceIds: [INSTANCE_A] });
    expect(action.Error?.Code).toBe('InvalidAction');
    expect((await cloud.v2(name, {})).code.toString()).toBe('6100');
    const region = await cloud.v3('DescribeInstances', {}, { region: name });
    expect(region.Error?.Code).toBe('UnsupportedRegion');
    expect((await cloud.v2('DescribeSecurityGroupEx', {}, { region: name })).code.toString()).toBe('4000');
    expect(Object.keys(cloud.calls.counts())).toEqual([
      UNKNOWN_ACTION,
      'DescribeInstances',
      'DescribeSecurityGroupEx',
    ]);
    expect(cloud.calls.throttled).toBe(0);
    expect(cloud.calls.entries().map((it) => typeof it.region)).toEqual(Array(4).fill('string'));
  },
);

it.each(['__proto__', 'constructor'])('a field of a fault called %s is refused by name', (name) => {
  expect(parseFaultText(`kind=throttle,${name}=x`)).toEqual({
    ok: false,
    problem: expect.stringContaining(`Unknown field '${name}'`),
  });
});

it('answers carry the vendor’s content type, to the letter', async () => {
  const cloud = simulated();
  const [signer] = cloud.credentials;
  if (signer === undefined) throw new Error('no key');
  for (const action of ['DescribeInstances', 'Nonsense']) {
    const { headers } = await cloud.transport(v3Request(action, {}, { signer, nowMs: cloud.virtual.now() }));
    expect(headers['content-type']).toBe('application/json');
  }
});
