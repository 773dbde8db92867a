import type { ActionContext, ActionSpec } from '../action.ts';
import { checkInstanceIds } from '../apply-lists.ts';
import { type Failure, invalidParameter, type Outcome, refuse } from '../failures.ts';
import { type SimulatedInstance, SYSTEM_DISK, systemDiskId, uuidOf } from '../instance.ts';
import type { SimulatedCloud } from '../state.ts';
import { checkFilters, type FilterFields, passesFilters } from './filters.ts';
import { type Filter, filtersOf, integerOf, stringsOf, type TypedParams } from './parameters.ts';

/** Most ids of one call; also the largest page. */
const MAX_INSTANCES = 100;
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
  const refused = check(ids, filters, { offset, limit }) ?? checkInstanceFilters(context.state, filters);
  if (refused !== null) return refuse(refused);
  const found =
    ids.length > 0
      ? ids.flatMap((id) => context.state.find(id, context.account, context.region) ?? [])
      : filterInstances(context.state, context.state.visibleTo(context.account, context.region), filters);
  const page = found.slice(offset, offset + limit);
  return {
    ok: true,
    body: {
      TotalCount: found.length,
      InstanceSet: page.map((instance) => instanceItem(instance, context.state.visibleList(instance))),
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
  if (page.offset < 0)
    return invalidParameter('InvalidParameterValue.Range', '`Offset` must not be negative.');
  if (page.limit < 1 || page.limit > MAX_INSTANCES) {
    return invalidParameter('InvalidParameterValue.Range', `\`Limit\` must be from 1 to ${MAX_INSTANCES}.`);
  }
  return null;
}

// The filters of CVM `DescribeInstances`.

const LIMITS = { filters: 10, values: 5 };
const CODES = {
  unknown: 'InvalidFilter',
  tooManyFilters: 'InvalidParameterValue.LimitExceeded',
  tooManyValues: 'InvalidFilterValue.LimitExceeded',
};

const EARLIEST = 'creation-start-time';
const LATEST = 'creation-end-time';

function fieldsIn(state: SimulatedCloud): FilterFields<SimulatedInstance> {
  return {
    fields: {
      zone: (it) => [it.zone],
      'project-id': (it) => [String(it.projectId)],
      'host-id': (it) => [it.hostId],
      'dedicated-cluster-id': (it) => [it.dedicatedClusterId],
      'vpc-id': (it) => [it.vpcId],
      'subnet-id': (it) => [it.subnetId],
      'instance-id': (it) => [it.instanceId],
      uuid: (it) => [uuidOf(it.instanceId)],
      'security-group-id': (it) => state.visibleList(it),
      'instance-name': (it) => [it.instanceName],
      'instance-charge-type': (it) => [it.instanceChargeType],
      'instance-state': (it) => [it.state],
      'private-ip-address': (it) => it.privateIpAddresses,
      'public-ip-address': (it) => it.publicIpAddresses,
      'ipv6-address': (it) => it.ipv6Addresses,
      'tag-key': (it) => Object.keys(it.tags),
      'tag-value': (it) => Object.values(it.tags),
    },
    tagsOf: (it) => it.tags,
    others: [EARLIEST, LATEST],
  };
}

/** The first thing that is wrong with the filters, null when nothing is. */
function checkInstanceFilters(state: SimulatedCloud, filters: readonly Filter[]): Failure | null {
  const refused = checkFilters(filters, fieldsIn(state), { limits: LIMITS, codes: CODES });
  if (refused !== null) return refused;
  for (const { name, values } of filters) {
    if (name !== EARLIEST && name !== LATEST) continue;
    const wrong = values.find((value) => instantOf(value) === undefined);
    if (wrong === undefined) continue;
    const message = `The filter \`${name}\` takes times such as \`2023-06-01 00:00:00\`, got \`${wrong}\`.`;
    return invalidParameter('InvalidParameterValue.InvalidTimeFormat', message);
  }
  return null;
}

/** The instances that fit every filter. */
function filterInstances(
  state: SimulatedCloud,
  instances: readonly SimulatedInstance[],
  filters: readonly Filter[],
): readonly SimulatedInstance[] {
  const known = fieldsIn(state);
  return instances.filter(
    (instance) => passesFilters(instance, filters, known) && isCreatedWithin(instance, filters),
  );
}

function isCreatedWithin({ createdTime }: SimulatedInstance, filters: readonly Filter[]): boolean {
  const createdMs = Date.parse(createdTime);
  return filters.every(({ name, values }) => {
    if (name === EARLIEST) return values.some((value) => createdMs >= (instantOf(value) ?? Number.NaN));
    if (name === LATEST) return values.some((value) => createdMs <= (instantOf(value) ?? Number.NaN));
    return true;
  });
}

/** Milliseconds of `2023-06-01 00:00:00`, in UTC; undefined for anything else. */
function instantOf(text: string): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/.test(text)) return undefined;
  const ms = Date.parse(`${text.replace(' ', 'T')}Z`);
  return Number.isNaN(ms) ? undefined : ms;
}

/** One item of `InstanceSet`: the fields that clients read, with the vendor's null where it has nothing to say. */
function instanceItem(instance: SimulatedInstance, visibleList: readonly string[]): Record<string, unknown> {
  const { instanceId, instanceChargeType, publicIpAddresses, ipv6Addresses } = instance;
  const isPrepaid = instanceChargeType === 'PREPAID';
  return {
    Placement: {
      Zone: instance.zone,
      ProjectId: instance.projectId,
      HostId: instance.hostId === '' ? null : instance.hostId,
    },
    InstanceId: instanceId,
    InstanceType: instance.instanceType,
    CPU: 2,
    Memory: 4,
    RestrictState: instance.restrictState,
    InstanceName: instance.instanceName,
    InstanceChargeType: instanceChargeType,
    SystemDisk: { ...SYSTEM_DISK, DiskId: systemDiskId(instanceId) },
    DataDisks: [],
    PrivateIpAddresses: instance.privateIpAddresses,
    PublicIpAddresses: publicIpAddresses.length === 0 ? null : publicIpAddresses,
    InternetAccessible: {
      InternetChargeType: 'TRAFFIC_POSTPAID_BY_HOUR',
      InternetMaxBandwidthOut: publicIpAddresses.length === 0 ? 0 : 1,
      PublicIpAssigned: publicIpAddresses.length > 0,
    },
    VirtualPrivateCloud: { VpcId: instance.vpcId, SubnetId: instance.subnetId, AsVpcGateway: false },
    ImageId: instance.imageId,
    RenewFlag: isPrepaid ? 'NOTIFY_AND_MANUAL_RENEW' : null,
    CreatedTime: instance.createdTime,
    ExpiredTime: null,
    OsName: instance.osName,
    SecurityGroupIds: [...visibleList],
    LoginSettings: { KeyIds: null },
    InstanceState: instance.state,
    Tags: Object.entries(instance.tags).map(([Key, Value]) => ({ Key, Value })),
    StopChargingMode: instance.stopChargingMode,
    Uuid: uuidOf(instanceId),
    LatestOperation: instance.latestOperation,
    LatestOperationState: instance.latestOperationState,
    LatestOperationRequestId: instance.latestOperationRequestId,
    LatestOperationErrorMsg: instance.latestOperationErrorMsg,
    DisasterRecoverGroupId: '',
    IPv6Addresses: ipv6Addresses.length === 0 ? null : ipv6Addresses,
    CamRoleName: instance.camRoleName,
    HpcClusterId: '',
    DedicatedClusterId: instance.dedicatedClusterId,
    IsolatedSource: instance.isolatedSource,
    LicenseType: 'TencentCloud',
    DisableApiTermination: instance.disableApiTermination,
    HostName: instance.hostName,
  };
}
