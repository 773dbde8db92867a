import { isSecurityGroupId } from '../../api/ids.ts';
import type { ActionContext, ActionSpec } from '../action.ts';
import { type Failure, invalidParameter, type Outcome, refuse } from '../failures.ts';
import { type FleetGroup, GROUP_CREATED_TIME } from '../fleet.ts';
import { checkFilters, type FilterFields, passesFilters } from './filters.ts';
import { filtersOf, stringsOf, textOf } from './parameters.ts';
import { textPage } from './text-page.ts';

const MAX_IDS = 100;

const FILTERS = {
  limits: { filters: 10, values: 100 },
  codes: {
    unknown: 'InvalidParameter.FilterInvalidKey',
    tooManyFilters: 'LimitExceeded.NumberOfFilters',
    tooManyValues: 'InvalidParameterValue.LimitExceeded',
  },
};

const FIELDS: FilterFields<FleetGroup> = {
  fields: {
    'security-group-id': (it) => [it.securityGroupId],
    'security-group-name': (it) => [it.name ?? ''],
    'project-id': (it) => [String(it.projectId ?? 0)],
    'tag-key': (it) => Object.keys(it.tags ?? {}),
  },
  tagsOf: (it) => it.tags ?? {},
};

const createdTime = (group: FleetGroup): string => group.createdTime ?? GROUP_CREATED_TIME;

/** By name of `OrderField`. */
const ORDERS: ReadonlyMap<string, (group: FleetGroup) => string> = new Map([
  ['CreatedTime', createdTime],
  ['UpdateTime', updateTime],
]);

function updateTime(group: FleetGroup): string {
  return group.updateTime ?? createdTime(group);
}

/** VPC `DescribeSecurityGroups`: by at most 100 ids or by filters, ordered when asked to, in pages; `Offset` and `Limit` are text, as the vendor has it. */
export const describeSecurityGroups: ActionSpec = {
  service: 'vpc',
  version: '2017-03-12',
  parameters: {
    SecurityGroupIds: 'strings',
    Filters: 'filters',
    Offset: 'string',
    Limit: 'string',
    OrderField: 'string',
    OrderDirection: 'string',
  },
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
  const page = textPage(values);
  if (page === null) {
    return refuse(invalidParameter('InvalidParameterValue.Range', '`Offset` or `Limit` is out of range.'));
  }
  const refused = checkGroupIds(ids) ?? checkFilters(filters, FIELDS, FILTERS);
  if (refused !== null) return refuse(refused);
  const ordered = order(context.state.groups(context.account, context.region), {
    field: textOf(values, 'OrderField'),
    direction: textOf(values, 'OrderDirection') ?? 'ASC',
  });
  if (!ordered.ok) return ordered;
  const known = new Set(ordered.groups.map((group) => group.securityGroupId));
  const missing = ids.filter((id) => !known.has(id));
  if (missing.length > 0) {
    const message = `The security groups \`${missing.join('`, `')}\` do not exist.`;
    return refuse({ v2: '7001', v3: 'ResourceNotFound', message });
  }
  const found = ordered.groups.filter((group) =>
    ids.length > 0 ? ids.includes(group.securityGroupId) : passesFilters(group, filters, FIELDS),
  );
  return {
    ok: true,
    body: {
      TotalCount: found.length,
      SecurityGroupSet: found.slice(page.offset, page.offset + page.limit).map(groupItem),
    },
  };
}

/** What is wrong with ids of groups, null when nothing is. */
export function checkGroupIds(ids: readonly string[]): Failure | null {
  if (ids.length > MAX_IDS) {
    const message = `At most \`${MAX_IDS}\` security groups can be given, got \`${ids.length}\`.`;
    return invalidParameter('InvalidParameterValue.LimitExceeded', message);
  }
  const malformed = ids.find((id) => !isSecurityGroupId(id));
  if (malformed === undefined) return null;
  return invalidParameter(
    'InvalidSecurityGroupID.Malformed',
    `The security group id \`${malformed}\` is malformed.`,
  );
}

type Ordered =
  | { readonly ok: true; readonly groups: readonly FleetGroup[] }
  | Extract<Outcome, { readonly ok: false }>;

/** Without a field the groups stay in the order in which the fleet has them. */
function order(
  groups: readonly FleetGroup[],
  by: { readonly field: string | undefined; readonly direction: string },
): Ordered {
  if (by.direction !== 'ASC' && by.direction !== 'DESC') {
    const message = `The OrderDirection \`${by.direction}\` is not supported.`;
    return refuse(invalidParameter('InvalidParameterValue', message));
  }
  if (by.field === undefined) return { ok: true, groups };
  const timeOf = ORDERS.get(by.field);
  if (timeOf === undefined) {
    return refuse(
      invalidParameter('InvalidParameterValue', `The OrderField \`${by.field}\` is not supported.`),
    );
  }
  const sign = by.direction === 'ASC' ? 1 : -1;
  return {
    ok: true,
    groups: groups.toSorted((left, right) => sign * (Date.parse(timeOf(left)) - Date.parse(timeOf(right)))),
  };
}

function groupItem(group: FleetGroup): Record<string, unknown> {
  return {
    SecurityGroupId: group.securityGroupId,
    SecurityGroupName: group.name ?? '',
    SecurityGroupDesc: group.description ?? '',
    ProjectId: String(group.projectId ?? 0),
    IsDefault: false,
    CreatedTime: createdTime(group),
    UpdateTime: updateTime(group),
    TagSet: Object.entries(group.tags ?? {}).map(([Key, Value]) => ({ Key, Value })),
  };
}
