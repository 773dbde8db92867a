import type { ActionContext, ActionSpec } from '../action.ts';
import { type Outcome, refuse } from '../failures.ts';
import type { FleetGroup } from '../fleet.ts';
import { groupIdNotFound } from './describe-security-group-policies.ts';
import { stringsOf } from './parameters.ts';
import { checkGroupIds } from './security-groups.ts';

/** VPC `DescribeSecurityGroupReferences`: of each group, those whose rules name it. */
export const describeSecurityGroupReferences: ActionSpec = {
  service: 'vpc',
  version: '2017-03-12',
  parameters: { SecurityGroupIds: 'strings' },
  required: ['SecurityGroupIds'],
  run: describe,
};

function describe({ params, state, account, region }: ActionContext): Outcome {
  const ids = stringsOf(params.values, 'SecurityGroupIds') ?? [];
  const refused = checkGroupIds(ids);
  if (refused !== null) return refuse(refused);
  const missing = ids.filter((id) => !state.hasGroup(id, account, region));
  if (missing.length > 0) return refuse(groupIdNotFound(missing));
  const groups = state.groups(account, region);
  return {
    ok: true,
    body: {
      ReferredSecurityGroupSet: ids.map((id) => ({
        SecurityGroupId: id,
        ReferredSecurityGroupIds: groups
          .filter((group) => names(group, id))
          .map(({ securityGroupId }) => securityGroupId),
      })),
    },
  };
}

function names({ ingress = [], egress = [] }: FleetGroup, id: string): boolean {
  return [...ingress, ...egress].some(({ securityGroupId }) => securityGroupId === id);
}
