/** Lists from before go through tenancy like every write: what is remembered of an instance gives no right to it. */
import { expect, it } from 'vitest';
import { OPEN_POLICY, type Policy } from '../../src/core/policy.ts';
import { groups, ins } from '../faults/small-world.ts';
import { ApprovalWorld, web } from './approval-world.ts';

const OPEN: Policy = OPEN_POLICY;
const restoring = (letters: string, name: string, instances: readonly number[]) =>
  web(letters, { name, instances, more: '  deletionPolicy: Restore\n' });
/** The tenant of a folder may name these groups, and its own instances. */
const within = (letters: string): Policy => ({
  ...OPEN_POLICY,
  tenants: [
    { name: 'shop', paths: ['teams/shop/'], groups: groups(letters), instances: { tags: { team: 'shop' } } },
    { name: 'others', paths: ['others/'] },
  ],
});
/** The first four are those of shop. */
const tags = (n: number) => ({ team: n < 4 ? 'shop' : 'data' });

/** Two documents whose lists from before are `a`; then the process ends. */
async function converged(instances: readonly number[]): Promise<ApprovalWorld> {
  const one = new ApprovalWorld(OPEN, tags);
  await one.publish({
    'teams/shop/web.yaml': restoring('b', 'web', instances),
    'others/fine.yaml': web('a', { name: 'fine', instances: [11] }),
  });
  expect(one.lists(...instances)).toEqual(instances.map(() => 'b'));
  await one.stop();
  return one;
}

it('puts back what the tenant may name', async () => {
  using one = await converged([0, 1]);
  one.policy = within('a b');
  await one.publish({ 'teams/shop/web.yaml': undefined });
  expect(one.lists(0, 1)).toEqual(['a', 'a']);
});

it.each([
  { what: 'a group that the tenant may not name', instances: [0, 1], letters: 'b' },
  { what: 'an instance that the tenant may not name', instances: [4, 5], letters: 'a b' },
])('refuses to put back $what, and says so', async ({ instances, letters }) => {
  using one = await converged(instances);
  one.policy = within(letters);
  await one.publish({ 'teams/shop/web.yaml': undefined });
  await one.settle(700_000);
  expect(one.lists(...instances)).toEqual(['b', 'b']);
  expect(one.log.join('\n')).toContain('tenant "shop" may not name');
});

it('refuses a list that somebody wrote into the state', async () => {
  using one = await converged([0, 1]);
  one.policy = within('a b');
  const forged = JSON.stringify(groups('d'));
  one.database.prepare('UPDATE inventory SET original = ?').run(forged);
  await one.publish({ 'teams/shop/web.yaml': undefined });
  await one.settle(700_000);
  expect([ins(0), ins(1)].map((id) => one.simulator.state.list(id))).toEqual([groups('b'), groups('b')]);
  expect(one.log.join('\n')).toContain('may not name group');
});
