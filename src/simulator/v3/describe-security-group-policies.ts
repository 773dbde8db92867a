import type { ActionContext, ActionSpec } from '../action.ts';
import { type Failure, type Outcome, refuse } from '../failures.ts';
import { type FleetRule, GROUP_CREATED_TIME } from '../fleet.ts';
import { checkFilters, type FilterFields, passesFilters } from './filters.ts';
import { type Filter, filtersOf, textOf } from './parameters.ts';
import { checkGroupIds } from './security-groups.ts';

const FILTERS = {
  limits: { filters: 10, values: 100 },
  codes: {
    unknown: 'InvalidParameter.FilterInvalidKey',
    tooManyFilters: 'LimitExceeded.NumberOfFilters',
    tooManyValues: 'InvalidParameterValue.LimitExceeded',
  },
};

/** A rule at its place. */
interface PlacedRule {
  readonly rule: FleetRule;
  readonly index: number;
  readonly direction: 'INBOUND' | 'OUTBOUND';
  readonly groupId: string;
}

const FIELDS: FilterFields<PlacedRule> = {
  fields: {
    'security-group-id': ({ groupId, rule }) => [groupId, rule.securityGroupId ?? ''],
    ip: ({ rule }) => [rule.cidrBlock ?? rule.ipv6CidrBlock ?? ''],
    'address-module': ({ rule }) => [rule.addressTemplate ?? ''],
    'service-module': ({ rule }) => [rule.serviceTemplate ?? ''],
    'protocol-type': ({ rule }) => [rule.protocol ?? '', (rule.protocol ?? '').toLowerCase()],
    port: ({ rule }) => [rule.port ?? 'all'],
    poly: ({ rule }) => [rule.action, rule.action.toLowerCase()],
    direction: ({ direction }) => ['ALL', direction],
    description: ({ rule }) => [rule.description ?? ''],
  },
  tagsOf: () => ({}),
};

/** VPC `DescribeSecurityGroupPolicies`: all rules of one group, the first has the highest priority. */
export const describeSecurityGroupPolicies: ActionSpec = {
  service: 'vpc',
  version: '2017-03-12',
  parameters: { SecurityGroupId: 'string', Filters: 'filters' },
  required: ['SecurityGroupId'],
  run: describe,
};

/** The code that the vendor has for a group that is not there; the last letters of its first word are capitals here. */
export const groupIdNotFound = (ids: readonly string[]): Failure => ({
  v2: '7001',
  v3: 'InvalidSecurityGroupID.NotFound',
  message: `The security groups \`${ids.join('`, `')}\` do not exist.`,
});

function describe({ params, state, account, region }: ActionContext): Outcome {
  const id = textOf(params.values, 'SecurityGroupId') ?? '';
  const filters = filtersOf(params.values, 'Filters') ?? [];
  const refused = checkGroupIds([id]) ?? checkFilters(filters, FIELDS, FILTERS);
  if (refused !== null) return refuse(refused);
  const group = state.group(id, account, region);
  if (group === undefined) return refuse(groupIdNotFound([id]));
  const { ingress = [], egress = [], rulesVersion = 0 } = group;
  const items = (rules: readonly FleetRule[], direction: PlacedRule['direction']) =>
    policies(
      rules.map((rule, index) => ({ rule, index, direction, groupId: id })),
      filters,
    );
  return {
    ok: true,
    body: {
      SecurityGroupPolicySet: {
        Version: String(rulesVersion),
        Egress: items(egress, 'OUTBOUND'),
        Ingress: items(ingress, 'INBOUND'),
        PolicyStatistics: {
          IngressIPv4TotalCount: ingress.length - ipv6Count(ingress),
          IngressIPv6TotalCount: ipv6Count(ingress),
          EgressIPv4TotalCount: egress.length - ipv6Count(egress),
          EgressIPv6TotalCount: ipv6Count(egress),
        },
      },
    },
  };
}

function ipv6Count(rules: readonly FleetRule[]): number {
  return rules.filter(({ ipv6CidrBlock }) => ipv6CidrBlock !== undefined).length;
}

function policies(rules: readonly PlacedRule[], filters: readonly Filter[]): Record<string, unknown>[] {
  return rules.filter((rule) => passesFilters(rule, filters, FIELDS)).map(policyItem);
}

/** What a rule does not have is an empty text, but for the fields that a template stands in place of: those are missing. */
function policyItem({ rule, index }: PlacedRule): Record<string, unknown> {
  const { protocol, port, serviceTemplate, cidrBlock, ipv6CidrBlock, securityGroupId, addressTemplate } =
    rule;
  return {
    PolicyIndex: index,
    ...(serviceTemplate === undefined
      ? { Protocol: (protocol ?? '').toLowerCase(), Port: port ?? 'all' }
      : {}),
    ServiceTemplate: template(serviceTemplate, 'ppmg-', ['ServiceId', 'ServiceGroupId']),
    ...(addressTemplate === undefined
      ? {
          CidrBlock: cidrBlock ?? '',
          Ipv6CidrBlock: ipv6CidrBlock ?? '',
          SecurityGroupId: securityGroupId ?? '',
        }
      : {}),
    AddressTemplate: template(addressTemplate, 'ipmg-', ['AddressId', 'AddressGroupId']),
    Action: rule.action,
    PolicyDescription: rule.description ?? '',
    ModifyTime: rule.modifyTime ?? GROUP_CREATED_TIME,
  };
}

function template(
  id = '',
  groupPrefix: string,
  [one, group]: readonly [string, string],
): Record<string, string> {
  return id.startsWith(groupPrefix) ? { [one]: '', [group]: id } : { [one]: id, [group]: '' };
}
