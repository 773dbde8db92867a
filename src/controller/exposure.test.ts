import { describe, expect, it } from 'vitest';
import { digestIn } from '../../test/faults/guarded-world.ts';
import { groups, ins, SmallWorld, type SmallWorldOptions } from '../../test/faults/small-world.ts';
import { bindingKey } from '../api/ids.ts';
import { type ExposureRule, OPEN_POLICY, type Policy } from '../core/policy.ts';
import type { FleetRule } from '../simulator/fleet.ts';

const READ = 'DescribeSecurityGroupPolicys';
const WEB: FleetRule = { action: 'ACCEPT', protocol: 'TCP', port: '80', cidrBlock: '0.0.0.0/0' };
const SSH: FleetRule = { ...WEB, port: '22' };
const NO_SSH: FleetRule = { ...SSH, action: 'DROP' };
const RULE: ExposureRule = {
  name: 'no remote shell',
  direction: 'ingress',
  services: ['tcp/22'],
  addresses: ['0.0.0.0/0', '::/0'],
  except: [],
  conditional: 'deny',
  approval: 'deny',
  where: {},
};
/** The longest jittered interval of the sweep, and a reading. */
const ONE_SWEEP_MS = 67_000;

/** All instances have `a b`: a lets the web in, b keeps ssh out, c lets ssh in, d refers to c's members. */
function world(
  rule: Partial<ExposureRule> = {},
  { policy = {}, ...options }: Omit<SmallWorldOptions, 'rules'> & { readonly policy?: Partial<Policy> } = {},
): SmallWorld {
  return new SmallWorld({
    rules: {
      a: [WEB],
      b: [NO_SSH],
      c: [SSH],
      d: [{ action: 'ACCEPT', protocol: 'TCP', port: '22', securityGroupId: 'sg-cccccccc' }],
    },
    ...options,
    settings: {
      policy: { ...OPEN_POLICY, exposure: [{ ...RULE, ...rule }], ...policy },
      ...options.settings,
    },
  });
}
const ready = (one: SmallWorld) => one.conditions('web')[0];
const message = (one: SmallWorld) => one.status('web', 0).message;

describe('a change that opens what the policy forbids', () => {
  it('is never written, and says what it would open by which rule; others go on', async () => {
    const one = world();
    one.declare('web', [ins(0)], 'c a');
    one.declare('fine', [ins(1)], 'b a');
    await one.clock.advance(5_000);
    expect([one.list(0), one.list(1), ready(one)]).toEqual(['a b', 'b a', 'Ready=False Exposure']);
    expect(message(one)).toContain(
      'the policy rule "no remote shell" forbids what this change opens: opens tcp/22 from 0.0.0.0/0, because sg-cccccccc ingress #0',
    );
    await one.clock.advance(3 * ONE_SWEEP_MS);
    expect(one.list(0)).toBe('a b');
  });

  it('goes on as soon as the rules are such that it opens nothing', async () => {
    const one = world();
    one.declare('web', [ins(0)], 'c a');
    await one.clock.advance(5_000);
    one.setRules('c', [WEB]);
    await one.clock.advance(ONE_SWEEP_MS);
    expect([one.list(0), ready(one)]).toEqual(['c a', 'Ready=True InSync']);
  });

  it('is told by the rules as they are, of a group that nobody had before and of one that was read long ago', async () => {
    const one = world();
    one.declare('web', [ins(0)], 'b a');
    await one.clock.advance(5_000);
    one.setRules('c', [WEB]);
    one.declare('web', [ins(0)], 'c a');
    await one.clock.advance(5_000);
    expect(one.list(0)).toBe('c a');
    one.setRules('b', [SSH]);
    await one.clock.advance(ONE_SWEEP_MS);
    one.simulator.state.setList(ins(0), groups('a'));
    one.declare('web', [ins(0)], 'b a');
    await one.clock.advance(5_000);
    expect([one.list(0), ready(one)]).toEqual(['a', 'Ready=False Exposure']);
  });

  it('is none where the same was open before', async () => {
    const one = world();
    one.simulator.state.setList(ins(0), groups('c'));
    one.declare('web', [ins(0)], 'a c');
    await one.clock.advance(5_000);
    expect([one.list(0), ready(one)]).toEqual(['a c', 'Ready=True InSync']);
  });

  it.each([
    { conditional: 'deny', list: 'a b', reason: 'Ready=False Exposure' },
    { conditional: 'allow', list: 'd a', reason: 'Ready=True InSync' },
  ] as const)('may be one by who is in a group: $conditional', async ({ conditional, list, reason }) => {
    const one = world({ conditional });
    one.declare('web', [ins(0)], 'd a');
    await one.clock.advance(5_000);
    expect([one.list(0), ready(one)]).toEqual([list, reason]);
  });

  it('is not let through by an emergency', async () => {
    const one = world(
      {},
      {
        policy: {
          windows: [
            {
              name: 'never',
              effect: 'deny',
              schedule: '* * * * *',
              durationMs: 120_000,
              timeZone: 'UTC',
              where: {},
            },
          ],
        },
      },
    );
    one.declare('web', [ins(0)], 'c a', { emergency: { untilMs: Number.MAX_SAFE_INTEGER, reason: 'now' } });
    await one.clock.advance(5_000);
    expect([one.list(0), ready(one)]).toEqual(['a b', 'Ready=False Exposure']);
  });
});

describe('what is open already', () => {
  const exposure = (one: SmallWorld) => one.published.get(bindingKey('shop', 'web'))?.exposure;

  it('is told with its rule, holds nothing back, and is gone once the rules are other ones', async () => {
    const one = world();
    one.simulator.state.setList(ins(0), groups('c'));
    one.declare('web', [ins(0), ins(1)], 'a c');
    await one.clock.advance(5_000);
    expect([one.list(0), exposure(one)]).toEqual(['a c', [{ rule: 'no remote shell', instanceCount: 1 }]]);
    one.setRules('c', [WEB]);
    await one.clock.advance(ONE_SWEEP_MS);
    expect([one.list(1), exposure(one)]).toEqual(['a c', undefined]);
  });

  it('is not told of instances that the rule is not about', async () => {
    const one = world(
      { where: { tags: { env: 'prod' } } },
      { tags: (n) => ({ env: n === 0 ? 'prod' : 'test' }) },
    );
    for (const n of [0, 1, 2]) one.simulator.state.setList(ins(n), groups('c'));
    one.declare('web', [ins(0), ins(1), ins(2)], 'c a');
    await one.clock.advance(5_000);
    expect(exposure(one)).toEqual([{ rule: 'no remote shell', instanceCount: 1 }]);
  });
});

describe('rules that cannot be read', () => {
  const deny = (one: SmallWorld) =>
    one.simulator.faults.add({ kind: 'error', code: 'UnauthorizedOperation', action: READ });

  it('hold nothing up under auto, and the log says that nobody could tell', async () => {
    const one = world();
    deny(one);
    one.declare('web', [ins(0)], 'c a');
    await one.clock.advance(5_000);
    expect([one.list(0), ready(one)]).toEqual(['c a', 'Ready=True InSync']);
    expect(one.log.filter((line) => line.includes('nobody can tell whether it opens'))).toHaveLength(1);
  });

  it.each([{ exposure: [] }, {}])(
    'hold up every change whose effect they are part of when that is required',
    async (policy) => {
      const one = world({}, { policy, settings: { traffic: 'require' } });
      deny(one);
      one.declare('web', [ins(0)], 'c a');
      await one.clock.advance(5_000);
      expect([one.list(0), ready(one)]).toEqual(['a b', 'Ready=False TrafficUnknown']);
      expect(message(one)).toContain('vpc:DescribeSecurityGroupPolicies');
      one.simulator.faults.clear();
      one.declare('web', [ins(0)], 'b a');
      await one.clock.advance(ONE_SWEEP_MS);
      expect([one.list(0), ready(one)]).toEqual(['b a', 'Ready=True InSync']);
    },
  );

  it('are waited for as long as they are being read', async () => {
    const one = world();
    one.simulator.faults.add({ kind: 'latency', ms: 4_000, action: READ });
    one.declare('web', [ins(0)], 'b a');
    await one.clock.advance(3_000);
    expect([one.list(0), one.status('web', 0).reason]).toEqual(['a b', 'TrafficUnknown']);
    await one.clock.advance(3_000);
    expect([one.list(0), ready(one)]).toEqual(['b a', 'Ready=True InSync']);
  });
});

describe('an opening that an approval lets pass', () => {
  const approving = (policy: Partial<Policy> = {}) => world({ approval: 'allow' }, { policy });

  it.each([
    { what: 'without a limit', policy: {} },
    { what: 'within the limit', policy: { blastRadius: { share: 0, count: 5, periodMs: 600_000 } } },
  ])('is held until its digest is approved, however few they are: $what', async ({ policy }) => {
    const one = approving(policy);
    one.declare('web', [ins(0)], 'c a');
    one.declare('fine', [ins(1)], 'b a');
    await one.clock.advance(5_000);
    expect([one.list(0), one.list(1), ready(one)]).toEqual(['a b', 'b a', 'Ready=False Exposure']);
    expect(message(one)).toContain(
      'opens tcp/22 from 0.0.0.0/0, because sg-cccccccc ingress #0; look at the plan',
    );
    const digest = digestIn(message(one));
    expect(digest).not.toBe('');
    one.source.approve({ digest, by: 'alice', at: new Date(one.clock.wall()).toISOString() });
    await one.clock.advance(5_000);
    expect([one.list(0), ready(one)]).toEqual(['c a', 'Ready=True InSync']);
  });

  it('is not granted by what was granted before the rules opened it', async () => {
    const one = approving();
    one.setRules('c', [WEB]);
    one.simulator.faults.add({ kind: 'error', code: '5100', action: 'ModifySecurityGroupsOfInstance' });
    one.declare('web', [ins(0)], 'c a');
    await one.clock.advance(10_000);
    one.setRules('c', [SSH]);
    await one.clock.advance(ONE_SWEEP_MS);
    one.simulator.faults.clear();
    await one.clock.advance(3 * ONE_SWEEP_MS);
    expect([one.list(0), ready(one)]).toEqual(['a b', 'Ready=False Exposure']);
  });
});

describe('drift that opens what the policy forbids', () => {
  it('is repaired before everything else, and by a budget that lets nothing pass', async () => {
    const policy = { blastRadius: { share: 0, count: 0, periodMs: 600_000 } };
    const one = world({}, { policy });
    one.declare('web', [ins(0)], 'a b');
    one.declare('other', [ins(1)], 'a b');
    await one.clock.advance(5_000);
    one.simulator.state.setList(ins(0), groups('c a'));
    one.simulator.state.setList(ins(1), groups('b a'));
    await one.clock.advance(ONE_SWEEP_MS);
    expect([one.list(0), one.list(1)]).toEqual(['a b', 'b a']);
    expect(one.conditions('other')[0]).toBe('Ready=False BlastRadius');
  });

  it('counts for the budget all the same', async () => {
    const policy = { blastRadius: { share: 0, count: 1, periodMs: 600_000 } };
    const one = world({}, { policy });
    one.declare('web', [ins(0)], 'a b');
    one.declare('other', [ins(1)], 'a b');
    await one.clock.advance(5_000);
    one.simulator.state.setList(ins(0), groups('c a'));
    await one.clock.advance(ONE_SWEEP_MS);
    one.declare('other', [ins(1)], 'b a');
    await one.clock.advance(5_000);
    expect([one.list(0), one.list(1)]).toEqual(['a b', 'a b']);
    expect(one.status('other', 1).state).toBe('Deferred');
  });
});
