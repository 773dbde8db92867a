import type { ActionContext } from '../action.ts';
import { groupNotFound, missingParameter, type Outcome, refuse } from '../failures.ts';
import type { FleetRule } from '../fleet.ts';
import { readText } from './read-form.ts';

/**
 * `dfw` DescribeSecurityGroupPolicys: all rules of one group. A protocol, ports or a direction that would say "all" are
 * left out, as the vendor's page has it. It knows no field for IPv6: such a prefix stands in `cidrIp`.
 */
export function describeSecurityGroupPolicys(context: ActionContext): Outcome {
  const sgId = readText(context.params.values, 'sgId');
  if (!sgId.ok) return refuse(sgId.failure);
  if (sgId.value === undefined) return refuse(missingParameter('sgId'));
  const group = context.state.group(sgId.value, context.account, context.region);
  if (group === undefined) return refuse(groupNotFound([sgId.value]));
  const { ingress = [], egress = [], rulesVersion = 0 } = group;
  const version = String(rulesVersion);
  const items = (rules: readonly FleetRule[]) =>
    rules.map((rule, index) => policyItem(rule, { index, version }));
  return {
    ok: true,
    body: {
      data: {
        ...(ingress.length === 0 ? {} : { ingress: items(ingress) }),
        ...(egress.length === 0 ? {} : { egress: items(egress) }),
      },
    },
  };
}

function policyItem(
  rule: FleetRule,
  { index, version }: { readonly index: number; readonly version: string },
): Record<string, unknown> {
  const { port = 'all', serviceTemplate, securityGroupId, addressTemplate } = rule;
  const protocol = (rule.protocol ?? 'all').toLowerCase();
  const cidrIp = rule.cidrBlock ?? rule.ipv6CidrBlock;
  return {
    index,
    ...(addressTemplate === undefined ? {} : { addressModule: addressTemplate }),
    ...(protocol === 'all' ? {} : { ipProtocol: protocol }),
    ...(cidrIp === undefined ? {} : { cidrIp }),
    ...(securityGroupId === undefined ? {} : { sgId: securityGroupId }),
    ...(port.toLowerCase() === 'all' ? {} : { portRange: port }),
    ...(serviceTemplate === undefined ? {} : { serviceModule: serviceTemplate }),
    desc: rule.description ?? '',
    action: rule.action,
    version,
  };
}
