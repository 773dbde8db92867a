/** One page of the instances that fit a filter, the same on both generations: how it is asked for and how it is read. */
import { isReadable, type ObservedInstance } from '../core/model.ts';
import type { InstanceFilter, ListedInstance } from '../ports/cloud.ts';
import { readInstance } from './instance-set.ts';
import { type PageRead, readPage } from './page.ts';

export interface InstanceQuery {
  readonly filter: InstanceFilter;
  readonly offset: number;
}

/** One entry of `Filters` of `DescribeInstances` (vendor document "DescribeInstances", 2017-03-12). */
export interface VendorFilter {
  readonly Name: string;
  readonly Values: readonly string[];
}

/** The vendor's filters: all of them must fit. */
export function vendorFilters({ tags = {}, vpcId }: InstanceFilter): readonly VendorFilter[] {
  return [
    ...(vpcId === undefined ? [] : [{ Name: 'vpc-id', Values: [vpcId] }]),
    ...Object.entries(tags).map(([key, value]) => ({ Name: `tag:${key}`, Values: [value] })),
  ];
}

/**
 * Reads the page. An instance that does not fit refuses it whole: a cloud that passes over the filter would bring
 * every instance of the region under somebody's care.
 */
export function readInstancePage(
  payload: Readonly<Record<string, unknown>>,
  { filter, offset }: InstanceQuery,
): PageRead<ListedInstance> {
  return readPage<ListedInstance>(payload, {
    rows: 'InstanceSet',
    offset,
    read: (row) => {
      const instance = readInstance(row);
      if (!('instanceId' in instance) || !isReadable(instance) || fits(instance, filter)) return instance;
      return `the answer holds instance "${instance.instanceId}", which the filter leaves out`;
    },
    idOf: (instance) => ('instanceId' in instance ? instance.instanceId : undefined),
  });
}

function fits(instance: ObservedInstance, { tags = {}, vpcId }: InstanceFilter): boolean {
  if (vpcId !== undefined && instance.vpcId !== vpcId) return false;
  const own = new Map(Object.entries(instance.tags ?? {}));
  return Object.entries(tags).every(([key, value]) => own.get(key) === value);
}
