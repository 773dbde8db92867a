import { expect, it } from 'vitest';
import { groups, ins, SmallWorld } from '../../../test/faults/small-world.ts';
import { type ExposureRule, OPEN_POLICY } from '../../core/policy.ts';

const RULE: ExposureRule = {
  ...{ name: 'no-ssh', direction: 'ingress', services: ['tcp/22'], addresses: ['0.0.0.0/0'], except: [] },
  ...{ conditional: 'deny', approval: 'deny', where: {} },
};

it('rules of groups that a tenant may not name are not read for it, so that it makes nobody wait', async () => {
  const tenants = [{ name: 'shop', namespaces: ['shop'], groups: groups('a b') }];
  const policy = { ...OPEN_POLICY, exposure: [RULE], tenants };
  const world = new SmallWorld({ rules: {}, settings: { policy } });
  world.declare('web', [ins(0)], 'c d');
  world.declare('own', [ins(1)], 'b a');
  await world.clock.advance(200_000);
  expect([world.conditions('web')[0], world.conditions('own')[0]]).toEqual([
    'Ready=False NotAllowed',
    'Ready=True InSync',
  ]);
  const [scope] = [...world.controller.scopes];
  const states = groups('a b c d').map((sgId) => scope?.groupRules?.state(sgId));
  expect(states).toEqual(['known', 'known', 'unread', 'unread']);
});
