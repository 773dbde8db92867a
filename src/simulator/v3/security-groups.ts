import type { ActionContext, ActionSpec } from '../action.ts';
import { invalidParameter, type Outcome, refuse } from '../failures.ts';
import { filtersOf, stringsOf, textOf } from './parameters.ts';

const MAX_LIMIT = 100;
const CREATED_TIME = '2024-01-01 00:00:00';

/** VPC `DescribeSecurityGroups`: by ids or filters, in pages; `Offset` and `Limit` are text, as the vendor has it. */
export const describeSecurityGroups: ActionSpec = {
  service: 'vpc',
  version: '2017-03-12',
  parameters: { SecurityGroupIds: 'strings', Filters: 'filters', Offset: 'string', Limit: 'string' },
  required: [],
  run: describe,
};

/** VPC `DescribeSecurityGroupLimits`: the quotas of security groups, groups per instance among them. */
export const describeSecurityGroupLimits: ActionSpec = {
  service: 'vpc',
  version: '2017-03-12',
  parameters: {},
  required: [],
  run: (context) => ({
    ok: true,
    body: {
      SecurityGroupLimitSet: {
        SecurityGroupLimit: 50,
        SecurityGroupPolicyLimit: 100,
        ReferedSecurityGroupLimit: 10,
        SecurityGroupInstanceLimit: 2000,
        InstanceSecurityGroupLimit: context.groupsPerInstance,
      },
    },
  }),
};

function describe(context: ActionContext): Outcome {
  const values = context.params.values;
  const ids = stringsOf(values, 'SecurityGroupIds') ?? [];
  const filters = filtersOf(values, 'Filters') ?? [];
  if (ids.length > 0 && filters.length > 0) {
    const message = '`SecurityGroupIds` and `Filters` can not be specified at the same time.';
    return refuse(invalidParameter('InvalidParameter.Coexist', message));
  }
  const offset = wholeNumber(textOf(values, 'Offset') ?? '0');
  const limit = wholeNumber(textOf(values, 'Limit') ?? '20');
  if (offset === null || limit === null || limit > MAX_LIMIT) {
    return refuse(invalidParameter('InvalidParameterValue.Range', '`Offset` or `Limit` is out of range.'));
  }
  let groups = context.state.groups(context.account, context.region);
  const missing = ids.filter((id) => !groups.some((group) => group.securityGroupId === id));
  if (missing.length > 0) {
    const message = `The security groups \`${missing.join('`, `')}\` do not exist.`;
    return refuse({ v2: '7001', v3: 'ResourceNotFound', message });
  }
  if (ids.length > 0) groups = groups.filter((group) => ids.includes(group.securityGroupId));
  for (const { name, values: wanted } of filters) {
    if (name === 'security-group-id') groups = groups.filter((it) => wanted.includes(it.securityGroupId));
    else if (name === 'security-group-name') groups = groups.filter((it) => wanted.includes(it.name ?? ''));
    else if (name === 'project-id')
      groups = groups.filter((it) => wanted.includes(String(it.projectId ?? 0)));
    else
      return refuse(
        invalidParameter('InvalidParameter.FilterInvalidKey', `The filter \`${name}\` is not supported.`),
      );
  }
  return {
    ok: true,
    body: {
      TotalCount: groups.length,
      SecurityGroupSet: groups.slice(offset, offset + limit).map((group) => ({
        SecurityGroupId: group.securityGroupId,
        SecurityGroupName: group.name ?? '',
        SecurityGroupDesc: '',
        ProjectId: String(group.projectId ?? 0),
        IsDefault: false,
        CreatedTime: CREATED_TIME,
        TagSet: [],
      })),
    },
  };
}

function wholeNumber(text: string): number | null {
  return /^\d{1,9}$/.test(text) ? Number(text) : null;
}
