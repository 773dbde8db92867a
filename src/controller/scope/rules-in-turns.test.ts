/** A tenant that names thousands of groups, and a neighbour in the same account and region whose change depends on rules. */
import { describe, expect, it } from 'vitest';
import { groups, ins, SmallWorld } from '../../../test/faults/small-world.ts';
import type { InstanceId, SecurityGroupId } from '../../api/ids.ts';
import { type ExposureRule, OPEN_POLICY } from '../../core/policy.ts';

const RULE: ExposureRule = {
  ...{ name: 'no-ssh', direction: 'ingress', services: ['tcp/22'], addresses: ['0.0.0.0/0'], except: [] },
  ...{ conditional: 'deny', approval: 'deny', where: {} },
};
/** Of ten groups each: 2,000 groups take 50 s. */
const FLOOD_BINDINGS = 200;
const INTERVAL_MS = 600_000;

const tenant = (name: string) => ({ name, namespaces: [name] });
const invented = (n: number): SecurityGroupId[] =>
  Array.from({ length: 10 }, (_, at) => `sg-${String(n * 10 + at).padStart(8, '0')}` as SecurityGroupId);

/** Declares bindings of the tenant `flood` for instances and groups that are not there. */
function flood(world: SmallWorld): void {
  for (let n = 0; n < FLOOD_BINDINGS; n++) {
    const id = `ins-${String(n).padStart(8, 'f')}` as InstanceId;
    world.declare(`flood-${n}`, [id], '', { namespace: 'flood', sgIds: invented(n) });
  }
}

describe('rules that a change depends on are read within seconds', () => {
  it.each([
    { what: 'looks at', where: { namespaces: ['shop'] } },
    { what: 'needs for its own changes', where: {} },
  ])('while a neighbour $what thousands of groups', async ({ where }) => {
    const policy = {
      ...OPEN_POLICY,
      exposure: [{ ...RULE, where }],
      tenants: [tenant('shop'), tenant('flood')],
    };
    const world = new SmallWorld({ rules: {}, settings: { policy, sweepIntervalMs: INTERVAL_MS } });
    flood(world);
    await world.clock.advance(1_000);
    const [scope] = [...world.controller.scopes];
    const states = (of: readonly SecurityGroupId[]) => of.map((sgId) => scope?.groupRules?.state(sgId));
    world.declare('web', [ins(0)], 'b a');
    const waitedMs = await world.until(() => world.list(0) === 'b a', 120_000);
    expect(waitedMs).toBeLessThan(5_000);
    expect(states(groups('a b'))).toEqual(['known', 'known']);
    expect(states(invented(FLOOD_BINDINGS - 1))).toContain('unread');
    await world.clock.advance(120_000);
    expect(new Set(states(invented(FLOOD_BINDINGS - 1)))).toEqual(new Set(['unreadable']));
  });
});

it('changes wait for their own rules, and are pending until the last portion is read', async () => {
  const policy = { ...OPEN_POLICY, exposure: [RULE] };
  const world = new SmallWorld({ rules: {}, settings: { policy, sweepIntervalMs: INTERVAL_MS } });
  for (let n = 0; n < 20; n++) world.declare(`web-${n}`, [ins(n)], '', { sgIds: invented(n) });
  await world.clock.advance(500);
  const [scope] = [...world.controller.scopes];
  const known = (n: number) => invented(n).every((sgId) => scope?.groupRules?.state(sgId) !== 'unread');
  const seen = new Set<number>();
  while (!known(19)) {
    expect(scope?.rulesPending).toBe(true);
    seen.add(Array.from({ length: 20 }, (_, n) => n).filter(known).length);
    await world.clock.advance(100);
  }
  expect(seen.size).toBeGreaterThan(3);
  await world.clock.advance(1_000);
  expect(scope?.rulesPending).toBe(false);
});
