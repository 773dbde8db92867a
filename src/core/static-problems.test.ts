import { describe, expect, it } from 'vitest';
import { bindingKey, type InstanceId, type SecurityGroupId } from '../api/ids.ts';
import type { Binding } from './model.ts';
import { OPEN_POLICY, type Policy, type Tenant } from './policy.ts';
import { staticProblems } from './static-problems.ts';

const FIRST = 'sg-0000first' as SecurityGroupId;
const SECOND = 'sg-000second' as SecurityGroupId;
const OTHER = 'sg-000other1' as SecurityGroupId;
const IDS = ['ins-00000001', 'ins-00000002'] as readonly string[] as readonly InstanceId[];

const BINDING: Binding = {
  key: bindingKey('shop', 'web'),
  namespace: 'shop',
  name: 'web',
  scope: { account: 'default', region: 'ap-guangzhou' },
  instanceIds: IDS,
  sgIds: [FIRST, SECOND],
  mode: 'Enforce',
  suspend: false,
  origin: { kind: 'directory', file: 'teams/shop/web.yaml', line: 1, column: 1, revision: 'r1' },
};

interface Row {
  readonly reason: string;
  readonly policy: Partial<Policy>;
  readonly binding?: Partial<Binding>;
  /** `guard path`. */
  readonly found: readonly string[];
}

const tenant = (rights: Partial<Tenant>): Tenant => ({ name: 'shop', ...rights });
const everywhere = {};
const ofProduction = { tags: { env: 'prod' } };

const ROWS: readonly Row[] = [
  { reason: 'nothing is said of an open policy', policy: {}, found: [] },
  {
    reason: 'a group that is missing is told at the list',
    policy: { mustKeep: [{ sgId: OTHER, where: everywhere }] },
    found: ['must-keep spec.sgIds'],
  },
  {
    reason: 'a group in another place is told where it is',
    policy: { mustKeep: [{ sgId: SECOND, position: 1, where: everywhere }] },
    found: ['must-keep spec.sgIds.1'],
  },
  {
    reason: 'a forbidden group is told where it is',
    policy: { forbidden: [{ sgId: SECOND, where: { namespaces: ['sh*'] } }] },
    found: ['forbidden spec.sgIds.1'],
  },
  {
    reason: 'rules of tags are left to those who know them',
    policy: {
      mustKeep: [{ sgId: OTHER, where: ofProduction }],
      forbidden: [{ sgId: FIRST, where: ofProduction }],
    },
    found: [],
  },
  {
    reason: 'rules of another region are silent',
    policy: { forbidden: [{ sgId: FIRST, where: { regions: ['ap-beijing'] } }] },
    found: [],
  },
  {
    reason: 'nobody’s namespace',
    policy: { tenants: [tenant({ namespaces: ['data'] })] },
    found: ['tenancy metadata.namespace'],
  },
  { reason: 'a path of the tenant', policy: { tenants: [tenant({ paths: ['teams/shop/'] })] }, found: [] },
  {
    reason: 'groups that are not the tenant’s',
    policy: { tenants: [tenant({ groups: [FIRST] })] },
    found: ['tenancy spec.sgIds.1'],
  },
  {
    reason: 'instances that are not the tenant’s',
    policy: { tenants: [tenant({ instances: { ids: IDS.slice(0, 1) } })] },
    found: ['tenancy spec.instanceIds.1'],
  },
  {
    reason: 'instances that may be the tenant’s by their tags or VPC',
    policy: { tenants: [tenant({ instances: { ids: [], vpcIds: ['vpc-00000001'] } })] },
    found: [],
  },
  {
    reason: 'one tenant for each instance is enough',
    policy: {
      tenants: [
        tenant({ instances: { ids: IDS.slice(0, 1) } }),
        tenant({ name: 'ops', instances: { ids: IDS.slice(1) } }),
      ],
    },
    found: [],
  },
  {
    reason: 'a tenant that may not name the groups allows no instance',
    policy: {
      tenants: [tenant({ instances: { ids: IDS.slice(0, 1) } }), tenant({ name: 'ops', groups: [OTHER] })],
    },
    found: ['tenancy spec.instanceIds.1'],
  },
  {
    reason: 'members of a selector are not known here',
    policy: { tenants: [tenant({ instances: { ids: [] } })] },
    binding: { selector: { excluded: [] } },
    found: [],
  },
];

describe('staticFaults', () => {
  it.each(ROWS)('$reason', ({ reason, policy, binding, found }) => {
    const problems = staticProblems({ ...BINDING, ...binding }, { ...OPEN_POLICY, ...policy });
    expect(
      problems.map(({ guard, path }) => `${guard} ${path.join('.')}`),
      reason,
    ).toEqual(found);
  });
});
