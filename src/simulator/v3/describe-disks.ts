import type { ActionContext, ActionSpec } from '../action.ts';
import { type Failure, invalidParameter, type Outcome, refuse } from '../failures.ts';
import { type SimulatedInstance, SYSTEM_DISK, systemDiskId } from '../instance.ts';
import { checkFilters, type FilterFields, passesFilters } from './filters.ts';
import { filtersOf, integerOf, stringsOf, textOf } from './parameters.ts';

const MAX_LIMIT = 100;
const DEFAULT_LIMIT = 20;
const FILTERS = {
  limits: { filters: 10, values: 5 },
  codes: {
    unknown: 'InvalidFilter',
    tooManyFilters: 'InvalidParameterValue.LimitExceeded',
    tooManyValues: 'InvalidParameterValue.LimitExceeded',
  },
};

const USAGE = 'SYSTEM_DISK';
const DISK_STATE = 'ATTACHED';

const diskName = ({ instanceName }: SimulatedInstance): string => `${instanceName}_system`;

/** The simulated cloud has one disk for each instance: the one that it starts from. */
const FIELDS: FilterFields<SimulatedInstance> = {
  fields: {
    'disk-usage': () => [USAGE],
    'disk-charge-type': () => ['POSTPAID_BY_HOUR'],
    portable: () => ['FALSE'],
    'project-id': (it) => [String(it.projectId)],
    'disk-id': (it) => [systemDiskId(it.instanceId)],
    'disk-name': (it) => [diskName(it)],
    'disk-type': () => [SYSTEM_DISK.DiskType],
    'disk-state': () => [DISK_STATE],
    'instance-id': (it) => [it.instanceId],
    zone: (it) => [it.zone],
    'instance-ip-address': (it) => it.privateIpAddresses,
    'instance-name': (it) => [it.instanceName],
    'tag-key': () => [],
    'tag-value': () => [],
  },
  tagsOf: () => ({}),
  others: ['dedicated-cluster-id', 'cluster-group-id'],
};

/** CBS `DescribeDisks`, version 2017-03-12: by ids or by filters, in pages. Unknown ids are left out of the answer. */
export const describeDisks: ActionSpec = {
  service: 'cbs',
  version: '2017-03-12',
  parameters: {
    DiskIds: 'strings',
    Filters: 'filters',
    Offset: 'integer',
    Limit: 'integer',
    OrderField: 'string',
    Order: 'string',
    ReturnBindAutoSnapshotPolicy: 'boolean',
  },
  required: [],
  run: describe,
};

function describe(context: ActionContext): Outcome {
  const values = context.params.values;
  const ids = stringsOf(values, 'DiskIds') ?? [];
  const filters = filtersOf(values, 'Filters') ?? [];
  const offset = integerOf(values, 'Offset') ?? 0;
  const limit = integerOf(values, 'Limit') ?? DEFAULT_LIMIT;
  const order = { field: textOf(values, 'OrderField'), direction: textOf(values, 'Order') ?? 'ASC' };
  if (ids.length > 0 && filters.length > 0) {
    const message = '`DiskIds` and `Filters` can not be specified at the same time.';
    return refuse(invalidParameter('InvalidParameter', message));
  }
  const refused = checkPage(offset, limit) ?? checkOrder(order) ?? checkFilters(filters, FIELDS, FILTERS);
  if (refused !== null) return refuse(refused);
  const found = context.state
    .visibleTo(context.account, context.region)
    .filter((it) =>
      ids.length > 0 ? ids.includes(systemDiskId(it.instanceId)) : passesFilters(it, filters, FIELDS),
    );
  if (order.field === 'CREATE_TIME') {
    found.sort((left, right) => Date.parse(left.createdTime) - Date.parse(right.createdTime));
  }
  if (order.direction === 'DESC') found.reverse();
  return {
    ok: true,
    body: { TotalCount: found.length, DiskSet: found.slice(offset, offset + limit).map(diskItem) },
  };
}

function checkPage(offset: number, limit: number): Failure | null {
  if (offset >= 0 && limit >= 1 && limit <= MAX_LIMIT) return null;
  const message = `\`Offset\` must not be negative, \`Limit\` must be from 1 to ${MAX_LIMIT}.`;
  return invalidParameter('InvalidParameterValue', message);
}

function checkOrder(order: {
  readonly field: string | undefined;
  readonly direction: string;
}): Failure | null {
  if (order.field !== undefined && !['CREATE_TIME', 'DEADLINE'].includes(order.field)) {
    return invalidParameter('InvalidParameterValue', `The OrderField \`${order.field}\` is not supported.`);
  }
  if (['ASC', 'DESC'].includes(order.direction)) return null;
  return invalidParameter('InvalidParameterValue', `The Order \`${order.direction}\` is not supported.`);
}

function diskItem(instance: SimulatedInstance): Record<string, unknown> {
  return {
    ...SYSTEM_DISK,
    DiskId: systemDiskId(instance.instanceId),
    DiskName: diskName(instance),
    DiskUsage: USAGE,
    DiskState: DISK_STATE,
    DiskChargeType: 'POSTPAID_BY_HOUR',
    Attached: true,
    Portable: false,
    Shareable: false,
    Encrypt: false,
    KmsKeyId: null,
    ThroughputPerformance: 0,
    DeleteWithInstance: true,
    InstanceId: instance.instanceId,
    InstanceIdList: [],
    InstanceType: 'CVM',
    Placement: { Zone: instance.zone, ProjectId: instance.projectId },
    CreateTime: instance.createdTime.replace('T', ' ').replace('Z', ''),
    Tags: [],
  };
}
