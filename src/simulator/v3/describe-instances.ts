import type { ActionContext, ActionSpec } from '../action.ts';
import { checkInstanceIds } from '../apply-lists.ts';
import { type Failure, invalidParameter, type Outcome, refuse } from '../failures.ts';
import type { SimulatedInstance } from '../instance.ts';
import { type Filter, filtersOf, integerOf, stringsOf, type TypedParams } from './parameters.ts';

/** Most ids of one call; also the largest page. */
const MAX_INSTANCES = 100;
const MAX_FILTERS = 10;
const MAX_FILTER_VALUES = 5;
const DEFAULT_LIMIT = 20;

/** CVM `DescribeInstances`, version 2017-03-12: by ids or by filters, in pages. Unknown ids are left out of the answer. */
export const describeInstances: ActionSpec = {
  service: 'cvm',
  version: '2017-03-12',
  parameters: { InstanceIds: 'strings', Filters: 'filters', Offset: 'integer', Limit: 'integer' },
  required: [],
  run: (context) => describe(context, context.params.values),
};

function describe(context: ActionContext, values: TypedParams): Outcome {
  const ids = stringsOf(values, 'InstanceIds') ?? [];
  const filters = filtersOf(values, 'Filters') ?? [];
  const offset = integerOf(values, 'Offset') ?? 0;
  const limit = integerOf(values, 'Limit') ?? DEFAULT_LIMIT;
  const refused = check(ids, filters, { offset, limit });
  if (refused !== null) return refuse(refused);
  const found =
    ids.length > 0
      ? ids.flatMap((id) => context.state.find(id, context.account, context.region) ?? [])
      : context.state
          .visibleTo(context.account, context.region)
          .filter((instance) => filters.every((filter) => passes(context, instance, filter)));
  const page = found.slice(offset, offset + limit);
  return {
    ok: true,
    body: {
      TotalCount: found.length,
      InstanceSet: page.map((instance) => describeOne(instance, context.state.visibleList(instance))),
    },
  };
}

function check(
  ids: readonly string[],
  filters: readonly Filter[],
  page: { offset: number; limit: number },
): Failure | null {
  if (ids.length > 0 && filters.length > 0) {
    return invalidParameter(
      'InvalidParameter',
      '`InstanceIds` and `Filters` can not be specified at the same time.',
    );
  }
  if (ids.length > 0) {
    const refused = checkInstanceIds(ids, MAX_INSTANCES);
    if (refused !== null) return refused;
  }
  if (filters.length > MAX_FILTERS) {
    return invalidParameter(
      'InvalidParameterValue.LimitExceeded',
      `At most \`${MAX_FILTERS}\` filters are allowed.`,
    );
  }
  for (const { name, values } of filters) {
    if (!isKnownFilter(name)) {
      return invalidParameter('InvalidFilter', `The filter \`${name}\` is not supported.`);
    }
    if (values.length === 0 || values.length > MAX_FILTER_VALUES) {
      const message = `The filter \`${name}\` takes 1 to ${MAX_FILTER_VALUES} values, got \`${values.length}\`.`;
      return invalidParameter('InvalidFilterValue.LimitExceeded', message);
    }
  }
  if (page.offset < 0)
    return invalidParameter('InvalidParameterValue.Range', '`Offset` must not be negative.');
  if (page.limit < 1 || page.limit > MAX_INSTANCES) {
    return invalidParameter('InvalidParameterValue.Range', `\`Limit\` must be from 1 to ${MAX_INSTANCES}.`);
  }
  return null;
}

type FieldOf = (instance: SimulatedInstance) => string;

const FIELD_FILTERS: Readonly<Record<string, FieldOf>> = {
  zone: (instance) => instance.zone,
  'project-id': (instance) => String(instance.projectId),
  'vpc-id': (instance) => instance.vpcId,
  'subnet-id': (instance) => instance.subnetId,
  'instance-id': (instance) => instance.instanceId,
  'instance-name': (instance) => instance.instanceName,
  'instance-state': (instance) => instance.state,
};

function isKnownFilter(name: string): boolean {
  if (name.startsWith('tag:')) return name.length > 'tag:'.length;
  return Object.hasOwn(FIELD_FILTERS, name) || ['security-group-id', 'tag-key', 'tag-value'].includes(name);
}

/** Whether one of the filter's values is the instance's. */
function passes(context: ActionContext, instance: SimulatedInstance, { name, values }: Filter): boolean {
  if (name === 'security-group-id') {
    return context.state.visibleList(instance).some((id) => values.includes(id));
  }
  if (name === 'tag-key') return Object.keys(instance.tags).some((key) => values.includes(key));
  if (name === 'tag-value') return Object.values(instance.tags).some((value) => values.includes(value));
  if (name.startsWith('tag:')) {
    const key = name.slice('tag:'.length);
    return Object.hasOwn(instance.tags, key) && values.includes(instance.tags[key] ?? '');
  }
  const field = FIELD_FILTERS[name];
  return field !== undefined && values.includes(field(instance));
}

/** One item of `InstanceSet`. */
function describeOne(instance: SimulatedInstance, visibleList: readonly string[]): Record<string, unknown> {
  return {
    Placement: { Zone: instance.zone, ProjectId: instance.projectId },
    InstanceId: instance.instanceId,
    InstanceType: 'S5.MEDIUM4',
    CPU: 2,
    Memory: 4,
    RestrictState: instance.restrictState,
    InstanceName: instance.instanceName,
    InstanceChargeType: 'POSTPAID_BY_HOUR',
    VirtualPrivateCloud: { VpcId: instance.vpcId, SubnetId: instance.subnetId, AsVpcGateway: false },
    SecurityGroupIds: [...visibleList],
    InstanceState: instance.state,
    Tags: Object.entries(instance.tags).map(([Key, Value]) => ({ Key, Value })),
    StopChargingMode: instance.stopChargingMode,
    LatestOperation: instance.latestOperation,
    LatestOperationState: instance.latestOperationState,
    LatestOperationRequestId: instance.latestOperationRequestId,
    LatestOperationErrorMsg: instance.latestOperationErrorMsg,
    IsolatedSource: instance.isolatedSource,
  };
}
