import { describe, expect, it } from 'vitest';
import { FIRST, type Given, input, SECOND } from '../../../test/faults/guard-input.ts';
import type { InstanceId } from '../../api/ids.ts';
import { OPEN_POLICY, type Tenant } from '../policy.ts';
import { tenancy } from './tenancy.ts';

const OBJECT = { origin: { kind: 'kubernetes', uid: 'u1', generation: 1 } } as const;
const IDS = ['ins-00000001' as InstanceId];
const OTHER_IDS = ['ins-00000002' as InstanceId];

interface Row extends Given {
  readonly reason: string;
  readonly tenants: readonly Tenant[];
  /** Part of what is said; absent: the binding passes. */
  readonly said?: string;
}

const ROWS: readonly Row[] = [
  { reason: 'without tenants everybody may everything', tenants: [] },
  { reason: 'a tenant that says nothing allows everything', tenants: [{ name: 'all' }] },
  { reason: 'a namespace of a tenant passes', tenants: [{ name: 'shop', namespaces: ['shop', 'shop-*'] }] },
  {
    reason: 'an object passes by its namespace',
    tenants: [{ name: 'shop', namespaces: ['shop'] }],
    binding: OBJECT,
  },
  {
    reason: 'a namespace of no tenant is refused, with the tenants that were tried',
    tenants: [
      { name: 'data', namespaces: ['data-*'] },
      { name: 'edge', paths: ['teams/edge'] },
    ],
    said: 'namespace "shop" in "teams/shop/web.yaml" is of no tenant of the policy (tried "data", "edge")',
  },
  {
    reason: 'only some of many tenants are named',
    tenants: ['a', 'b', 'c', 'd', 'e'].map((name) => ({ name, namespaces: [name] })),
    said: '(tried "a", "b", "c" and 2 more)',
  },
  { reason: 'a file below a path passes', tenants: [{ name: 'shop', paths: ['teams/shop/'] }] },
  { reason: 'a path needs no slash at its end', tenants: [{ name: 'shop', paths: ['teams/shop'] }] },
  { reason: 'a path may be the file itself', tenants: [{ name: 'shop', paths: ['teams/shop/web.yaml'] }] },
  {
    reason: 'a folder with a longer name is another folder',
    tenants: [{ name: 'shop', paths: ['teams/sho'] }],
    said: 'is of no tenant',
  },
  {
    reason: 'an object of a cluster has no path',
    tenants: [{ name: 'shop', namespaces: ['shop'], paths: ['teams/shop/'] }],
    binding: OBJECT,
    said: 'namespace "shop" is of no tenant',
  },
  {
    reason: 'namespace and path have to fit both',
    tenants: [{ name: 'shop', namespaces: ['data'], paths: ['teams/shop/'] }],
    said: 'is of no tenant',
  },
  { reason: 'an instance that is named passes', tenants: [{ name: 'shop', instances: { ids: IDS } }] },
  {
    reason: 'an instance that is not named is refused',
    tenants: [{ name: 'shop', instances: { ids: OTHER_IDS } }],
    said: 'tenant "shop" may not name instance "ins-00000001"',
  },
  {
    reason: 'one of ids, tags and VPC is enough',
    tenants: [
      { name: 'shop', instances: { ids: OTHER_IDS, tags: { team: 'data' }, vpcIds: ['vpc-00000001'] } },
    ],
    observed: { tags: { team: 'shop' }, vpcId: 'vpc-00000001' },
  },
  {
    reason: 'all tags together let an instance pass',
    tenants: [{ name: 'shop', instances: { tags: { team: 'shop', env: 'prod' } } }],
    observed: { tags: { team: 'shop', env: 'prod', tier: 'web' } },
  },
  {
    reason: 'one of two tags is not enough',
    tenants: [{ name: 'shop', instances: { tags: { team: 'shop', env: 'prod' } } }],
    observed: { tags: { team: 'shop' } },
    said: 'instance "ins-00000001":',
  },
  {
    reason: 'tags and a VPC that were not read allow nothing',
    tenants: [{ name: 'shop', instances: { tags: { team: 'shop' }, vpcIds: ['vpc-00000001'] } }],
    said: 'instance "ins-00000001" (its tags and VPC were not read)',
  },
  { reason: 'groups that are named pass', tenants: [{ name: 'shop', groups: [SECOND, FIRST] }] },
  {
    reason: 'a group that is not named is refused',
    tenants: [{ name: 'shop', groups: [FIRST] }],
    said: 'tenant "shop" may not name group "sg-000second": take it out of the binding',
  },
  {
    reason: 'one tenant has to allow the instance and the groups together',
    tenants: [
      { name: 'hosts', groups: [] },
      { name: 'walls', instances: { ids: OTHER_IDS } },
    ],
    said: 'tenant "hosts" may not name group "sg-0000first", group "sg-000second", tenant "walls" may not name instance',
  },
  {
    reason: 'a second tenant may allow what the first does not',
    tenants: [
      { name: 'shop', groups: [FIRST] },
      { name: 'ops', namespaces: ['*'] },
    ],
  },
  {
    reason: 'a tenant of somebody else allows nothing',
    tenants: [
      { name: 'shop', namespaces: ['shop'], groups: [FIRST] },
      { name: 'data', namespaces: ['data'] },
    ],
    said: 'tenant "shop" may not name group "sg-000second"',
  },
];

describe('tenancy', () => {
  it.each(ROWS)('$reason', ({ reason, tenants, said, ...given }) => {
    const result = tenancy(input({ ...given, rules: { policy: { ...OPEN_POLICY, tenants } } }));
    if (said === undefined) return expect(result, reason).toBeUndefined();
    expect(result, reason).toMatchObject({ guard: 'tenancy', outcome: 'refused', reason: 'NotAllowed' });
    expect(result?.message, reason).toContain(said);
  });
});

it.each([
  {
    allowed: { regions: ['ap-shanghai'] },
    said: 'write one of ap-shanghai, or add it to `regions` of the policy',
  },
  { allowed: { accounts: ['shop/*'] }, said: 'the policy does not allow account "default"' },
  { allowed: { regions: ['gz'], accounts: ['default'] }, said: undefined },
])('a region or account that the policy does not list is refused: $said', ({ allowed, said }) => {
  const given = input({ rules: { policy: { ...OPEN_POLICY, ...allowed } } });
  const result = tenancy(given);
  expect(result?.message.includes(said ?? '') ?? false).toBe(said !== undefined);
  expect(result?.reason).toBe(said === undefined ? undefined : 'NotAllowed');
});
