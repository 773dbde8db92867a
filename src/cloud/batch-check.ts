/** Refuses batches that the cloud's documents do not define, before anything is sent. */
import type { InstanceId } from '../api/ids.ts';
import {
  type GroupListWrite,
  type InstanceFilter,
  MAX_READ_BATCH,
  type WriteBatchLimits,
} from '../ports/cloud.ts';

/** Most tags of one filter: the vendor takes 10 filters a call, and a VPC is one of them. */
const MAX_FILTER_TAGS = 8;

/** @throws RangeError when the read is empty, too large, or names an instance twice. */
export function checkReadBatch(instanceIds: readonly InstanceId[]): void {
  checkInstances(instanceIds, MAX_READ_BATCH, 'read');
}

/**
 * @throws RangeError when the write is empty, breaks `limits`, names an instance twice, or holds a list that is
 *   empty or names a group twice. How many groups an instance takes is the account's quota, for the cloud to judge.
 */
export function checkWriteBatch(writes: readonly GroupListWrite[], limits: WriteBatchLimits): void {
  checkInstances(
    writes.map((write) => write.instanceId),
    limits.maxInstances,
    'write',
  );
  for (const { instanceId, sgIds } of writes) {
    if (sgIds.length === 0) {
      throw new RangeError(`Expected at least one group for "${instanceId}", got none`);
    }
    if (new Set(sgIds).size !== sgIds.length) {
      throw new RangeError(`Expected each group once for "${instanceId}", got "${sgIds.join(',')}"`);
    }
  }
  if (!limits.oneListPerCall) return;
  const lists = new Set(writes.map((write) => write.sgIds.join(',')));
  if (lists.size > 1) {
    throw new RangeError(
      `Expected one identical list for every instance of a write, got ${lists.size} lists`,
    );
  }
}

/** @throws RangeError for an offset that is no whole number of 0 or more. */
export function checkOffset(offset: number): void {
  if (!Number.isSafeInteger(offset) || offset < 0) {
    throw new RangeError(`Expected an offset of 0 or more, got ${offset}`);
  }
}

/** @throws RangeError for a filter that the cloud's documents do not define. */
export function checkFilter({ tags = {}, vpcId }: InstanceFilter): void {
  const keys = Object.keys(tags);
  if (keys.length > MAX_FILTER_TAGS) {
    throw new RangeError(`Expected at most ${MAX_FILTER_TAGS} tags in a filter, got ${keys.length}`);
  }
  if (keys.includes('')) throw new RangeError('Expected a tag of a filter to have a key, got an empty one');
  if (vpcId === '') throw new RangeError('Expected the VPC of a filter to have an id, got an empty one');
}

function checkInstances(instanceIds: readonly InstanceId[], max: number, verb: string): void {
  if (instanceIds.length === 0 || instanceIds.length > max) {
    throw new RangeError(`Expected a ${verb} of 1 to ${max} instances, got ${instanceIds.length}`);
  }
  const seen = new Set<InstanceId>();
  for (const instanceId of instanceIds) {
    if (seen.has(instanceId)) {
      throw new RangeError(`Expected each instance once in a ${verb}, got "${instanceId}" twice`);
    }
    seen.add(instanceId);
  }
}
