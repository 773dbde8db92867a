import type { ActionContext } from '../action.ts';
import { groupNotFound, missingParameter, type Outcome, refuse } from '../failures.ts';
import { GROUP_CREATED_TIME } from '../fleet.ts';
import { readNumber, readText } from './read-form.ts';

const DEFAULT_LIMIT = 20;

/** `dfw` DescribeSecurityGroupEx: groups by id, name (in part) and project; `offset` counts pages, `offsetLine` lines. */
export function describeSecurityGroupEx(context: ActionContext): Outcome {
  const values = context.params.values;
  const sgId = readText(values, 'sgId');
  const sgName = readText(values, 'sgName');
  const projectId = readText(values, 'projectId');
  const page = readNumber(values, 'offset', 0);
  const line = readNumber(values, 'offsetLine', 0);
  const limit = readNumber(values, 'limit', DEFAULT_LIMIT);
  if (!sgId.ok) return refuse(sgId.failure);
  if (!sgName.ok) return refuse(sgName.failure);
  if (!projectId.ok) return refuse(projectId.failure);
  if (!page.ok) return refuse(page.failure);
  if (!line.ok) return refuse(line.failure);
  if (!limit.ok) return refuse(limit.failure);
  const all = context.state.visibleTo(context.account, context.region);
  const found = context.state
    .groups(context.account, context.region)
    .filter((group) => sgId.value === undefined || group.securityGroupId === sgId.value)
    .filter((group) => sgName.value === undefined || (group.name ?? '').includes(sgName.value))
    .filter((group) => projectId.value === undefined || String(group.projectId ?? 0) === projectId.value);
  const start = line.value + page.value * limit.value;
  return {
    ok: true,
    body: {
      data: {
        totalNum: found.length,
        detail: found.slice(start, start + limit.value).map((group) => ({
          sgId: group.securityGroupId,
          sgName: group.name ?? '',
          sgRemark: group.description ?? '',
          createTime: group.createdTime ?? GROUP_CREATED_TIME,
          projectId: group.projectId ?? 0,
          beAssociateCount: all.filter((it) => it.securityGroupIds.includes(group.securityGroupId)).length,
        })),
      },
    },
  };
}

/** `dfw` DescribeInstancesOfSecurityGroup: which instances have the group, without the place it has in their lists. */
export function describeInstancesOfSecurityGroup(context: ActionContext): Outcome {
  const values = context.params.values;
  const sgId = readText(values, 'sgId');
  const page = readNumber(values, 'offset', 0);
  const limit = readNumber(values, 'limit', DEFAULT_LIMIT);
  if (!sgId.ok) return refuse(sgId.failure);
  if (!page.ok) return refuse(page.failure);
  if (!limit.ok) return refuse(limit.failure);
  const group = sgId.value;
  if (group === undefined) return refuse(missingParameter('sgId'));
  if (!context.state.hasGroup(group, context.account, context.region)) return refuse(groupNotFound([group]));
  const found = context.state
    .visibleTo(context.account, context.region)
    .filter((instance) => context.state.visibleList(instance).includes(group));
  const start = page.value * limit.value;
  return {
    ok: true,
    body: {
      totalCount: found.length,
      data: found.slice(start, start + limit.value).map(({ instanceId }) => ({ instanceId })),
    },
  };
}
