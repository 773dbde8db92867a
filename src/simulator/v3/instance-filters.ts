/** The filters of CVM `DescribeInstances`. */
import { type Failure, invalidParameter } from '../failures.ts';
import { type SimulatedInstance, uuidOf } from '../instance.ts';
import type { SimulatedCloud } from '../state.ts';
import { checkFilters, type FilterFields, passesFilters } from './filters.ts';
import type { Filter } from './parameters.ts';

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
export function checkInstanceFilters(state: SimulatedCloud, filters: readonly Filter[]): Failure | null {
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
export function filterInstances(
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
