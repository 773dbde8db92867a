/** How far an emergency reaches: so long, from when it was first seen, and of some tenants only. */
import { expect, it } from 'vitest';
import { OPEN_POLICY, type Policy } from '../../src/core/policy.ts';
import { rfc3339Seconds } from '../../src/core/rfc-3339.ts';
import { ApprovalWorld, web } from './approval-world.ts';

const HOUR_MS = 3_600_000;
/** Nothing is ever written but in an emergency of four hours at most. */
const POLICY: Policy = {
  ...OPEN_POLICY,
  windows: [
    {
      name: 'never',
      effect: 'deny',
      schedule: '* * * * *',
      durationMs: 60_000,
      timeZone: 'UTC',
      where: {},
    },
  ],
  emergencies: { longestMs: 4 * HOUR_MS },
};

const inHours = (one: ApprovalWorld, hours: number) => rfc3339Seconds(one.clock.wall() + hours * HOUR_MS);
const burning = (letters: string, until: string, why = 'it burns', name = 'web') =>
  web(letters, { name, instances: [0], annotations: { 'cvmsg.dev/emergency': `${until} ${why}` } });

it('opens windows for as long as the policy allows, and its reason stands in the journal', async () => {
  using one = new ApprovalWorld(POLICY);
  await one.publish({ 'web.yaml': burning('b', inHours(one, 3)) });
  expect(one.lists(0)).toEqual(['b']);
  expect(one.authorities()[0]).toContain('it burns');
  expect(one.revisions[0]?.permissions).toMatchObject([
    { kind: 'emergency', of: 'shop/web', reason: 'it burns', file: 'web.yaml', line: 3 },
  ]);
});

it('that lasts longer opens nothing, is told with its place, and its binding says why', async () => {
  using one = new ApprovalWorld(POLICY);
  await one.publish({ 'web.yaml': burning('b', inHours(one, 5)) });
  expect(one.lists(0)).toEqual(['a']);
  expect(one.ready().message).toContain('the emergency does not count: it lasts until');
  expect(one.revisions[0]?.diagnostics).toMatchObject([
    { severity: 'warning', rule: 'emergency/longest', file: 'web.yaml', line: 3 },
  ]);
});

it('that was too long stays so, also when little of it is left, and over a restart', async () => {
  using one = new ApprovalWorld(POLICY);
  await one.publish({ 'web.yaml': burning('b', inHours(one, 5)) });
  await one.settle(3 * HOUR_MS);
  expect(one.lists(0)).toEqual(['a']);
  await one.stop();
  await one.settle(HOUR_MS);
  expect(one.lists(0)).toEqual(['a']);
});

it('that is prolonged goes on from its first hour, and a new one after it begins anew', async () => {
  using one = new ApprovalWorld(POLICY);
  await one.publish({ 'web.yaml': burning('b', inHours(one, 3)) });
  await one.settle(2 * HOUR_MS);
  await one.publish({ 'web.yaml': burning('c', inHours(one, 3), 'it still burns') });
  expect(one.lists(0)).toEqual(['b']);
  await one.settle(4 * HOUR_MS);
  await one.publish({ 'web.yaml': burning('c', inHours(one, 3), 'it burns again') });
  expect(one.lists(0)).toEqual(['c']);
});

it('is that of the tenants which the policy names, and of nobody else', async () => {
  const tenants = [
    { name: 'oncall', paths: ['teams/oncall/'] },
    { name: 'shop', paths: ['teams/shop/'] },
  ];
  using one = new ApprovalWorld({
    ...POLICY,
    tenants,
    emergencies: { longestMs: 4 * HOUR_MS, tenants: ['oncall'] },
  });
  const until = inHours(one, 1);
  const other = web('b', {
    name: 'other',
    instances: [1],
    annotations: { 'cvmsg.dev/emergency': `${until} it burns here too` },
  });
  await one.publish({ 'teams/oncall/web.yaml': burning('b', until), 'teams/shop/other.yaml': other });
  expect(one.lists(0, 1)).toEqual(['b', 'a']);
  expect(one.revisions[0]?.diagnostics).toMatchObject([
    { rule: 'emergency/tenant', file: 'teams/shop/other.yaml', line: 3 },
  ]);
  expect(one.ready('other').message).toContain('only "oncall" may declare one');
});

it('lasts a day at most where the policy says nothing', async () => {
  const { emergencies: _, ...rest } = POLICY;
  using one = new ApprovalWorld({ ...rest, emergencies: OPEN_POLICY.emergencies });
  await one.publish({ 'web.yaml': burning('b', inHours(one, 25)) });
  expect(one.lists(0)).toEqual(['a']);
  await one.publish({ 'web.yaml': burning('b', inHours(one, 23)) });
  expect(one.lists(0)).toEqual(['b']);
});
