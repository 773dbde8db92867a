/** What both generations offer for one scope, so that a scope can use either. */
import type { InstanceId } from '../api/ids.ts';
import type { ApiGeneration } from '../core/cloud-error.ts';
import type { ObservedInstance } from '../core/model.ts';
import { type InstanceQuery, readInstancePage } from './instance-listing.ts';
import { readInstanceSet } from './instance-set.ts';
import type { CloudResult, GroupListWrite, Page, WriteBatchLimits } from './port.ts';
import { type Accepted, type Refusal, unreadable } from './reply.ts';

/** Batches and filters are checked by the caller. */
export interface GenerationClient {
  readonly api: ApiGeneration;
  readonly writeLimits: WriteBatchLimits;
  describe(
    ids: readonly InstanceId[],
    signal: AbortSignal,
  ): Promise<CloudResult<readonly ObservedInstance[]>>;
  list(query: InstanceQuery, signal: AbortSignal): Promise<CloudResult<Page<ObservedInstance>>>;
  write(writes: readonly GroupListWrite[], signal: AbortSignal): Promise<CloudResult<null>>;
}

/** The version of CVM that both hosts serve `DescribeInstances` with. */
export const CVM_VERSION = '2017-03-12';

/** Reads an accepted `DescribeInstances`. */
export function readDescribed(
  reply: Accepted,
  wanted: readonly InstanceId[],
): { readonly ok: true; readonly value: readonly ObservedInstance[] } | Refusal {
  const set = readInstanceSet(reply.payload, wanted);
  return set.ok ? { ok: true, value: set.instances } : unreadable(set.message);
}

/** Reads an accepted `DescribeInstances` that listed. */
export function readListed(
  reply: Accepted,
  query: InstanceQuery,
): { readonly ok: true; readonly value: Page<ObservedInstance> } | Refusal {
  const read = readInstancePage(reply.payload, query);
  return read.ok ? { ok: true, value: read.page } : unreadable(read.message);
}

/** Reads an accepted write: its acceptance is all it says. */
export function readWritten(): { readonly ok: true; readonly value: null } {
  return { ok: true, value: null };
}
