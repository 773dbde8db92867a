/** What a tenant had is not inherited by who takes its name, also when that happens while no process runs. */
import { describe, expect, it } from 'vitest';
import { ApprovalWorld, POLICY, web } from './approval-world.ts';

const TENANTS = ['shop', 'evil'].map((team) => ({
  name: team,
  paths: [`${team}/`],
  instances: { tags: { team } },
}));

describe('a document of another tenant with the name of one that is renamed', () => {
  it.each(['while a process runs', 'while none runs'])(
    'keeps no instance from its new name through an account that never answers, %s',
    async (when) => {
      using one = new ApprovalWorld({ ...POLICY, tenants: TENANTS }, () => ({ team: 'shop' }));
      await one.publish({ 'shop/web.yaml': web('b', { instances: [0, 1] }) });
      expect(one.lists(0, 1)).toEqual(['b', 'b']);
      if (when === 'while none runs') await one.stop();
      one.write({
        'shop/web.yaml': undefined,
        'shop/w.yaml': web('c', { name: 'w', instances: [0, 1] }),
        'evil/web.yaml': web('a', { instances: [0, 1], more: '  credentialsRef: { name: ghost }\n' }),
      });
      await one.settle(120_000);
      expect(one.ready('w').reason).toBe('InSync');
      expect(one.lists(0, 1)).toEqual(['c', 'c']);
    },
  );
});
