import { describe, expect, it } from 'vitest';
import { groups, ins, SmallWorld } from '../../test/faults/small-world.ts';
import type { TrafficMode } from '../core/settings.ts';
import { soleLeader } from '../runtime/leadership.ts';

const READ = 'DescribeSecurityGroupPolicys';
const SSH = { action: 'ACCEPT', protocol: 'TCP', port: '22', cidrBlock: '0.0.0.0/0' } as const;
/** The longest jittered interval of the sweep, and a reading. */
const ONE_SWEEP_MS = 67_000;

const rulesOf = (world: SmallWorld) => [...world.controller.scopes][0]?.groupRules;
const read = (world: SmallWorld) => world.simulator.calls.count(READ);
const state = (world: SmallWorld) => groups('a b c').map((sgId) => rulesOf(world)?.state(sgId));

describe('the rules of groups under care', () => {
  it('are those of the lists that instances have, and of the declared ones, and are read again with each sweep', async () => {
    const world = new SmallWorld({ rules: { c: [SSH] } });
    world.declare('web', [ins(0), ins(1)], 'c a');
    await world.clock.advance(5_000);
    expect([read(world), state(world)]).toEqual([3, ['known', 'known', 'known']]);
    const effects = rulesOf(world)?.effects;
    expect(effects?.change(groups('a b'), groups('c a')).changes).toMatchObject([
      { effect: 'opens', services: ['tcp/22'], addresses: ['0.0.0.0/0'] },
    ]);
    world.setRules('c', []);
    await world.clock.advance(ONE_SWEEP_MS);
    expect(rulesOf(world)?.effects.allows(groups('c a')).changes).toEqual([]);
    expect([read(world), state(world)]).toEqual([5, ['known', 'unread', 'known']]);
  });

  it('hold no change up where nothing depends on them, also when nobody may read them', async () => {
    const world = new SmallWorld({ rules: {} });
    world.simulator.faults.add({ kind: 'error', code: 'UnauthorizedOperation', action: READ });
    world.declare('web', [ins(0)], 'b a');
    await world.clock.advance(2_000);
    expect([world.list(0), world.conditions('web')]).toEqual(['b a', ['Ready=True InSync']]);
    await world.clock.advance(3 * ONE_SWEEP_MS);
    expect(world.log.filter((line) => line.includes('vpc:DescribeSecurityGroupPolicies'))).toHaveLength(1);
  });

  it.each<TrafficMode>(['off'])('are not read when the settings say %s', async (traffic) => {
    const world = new SmallWorld({ rules: {}, settings: { traffic } });
    world.declare('web', [ins(0)], 'b a');
    await world.clock.advance(2 * ONE_SWEEP_MS);
    expect([rulesOf(world), read(world)]).toEqual([undefined, 0]);
  });

  it('are not read by a replica that does not act for the scope, and soon after it begins to', async () => {
    let leads = false;
    const world = new SmallWorld({ rules: {}, leadership: { ...soleLeader, mayAct: () => leads } });
    world.declare('web', [ins(0)], 'b a');
    await world.clock.advance(2 * ONE_SWEEP_MS);
    expect(read(world)).toBe(0);
    leads = true;
    world.controller.gained('default@ap-guangzhou');
    await world.clock.advance(5_000);
    expect(state(world)).toEqual(['known', 'known', 'unread']);
  });
});
