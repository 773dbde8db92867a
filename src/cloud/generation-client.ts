/** What both generations offer for one scope, so that a scope can use either. */
import type { InstanceId } from '../api/ids.ts';
import type { ApiGeneration } from '../core/cloud-error.ts';
import type {
  CloudResult,
  DescribedInstance,
  GroupListWrite,
  ListedInstance,
  Page,
  WriteBatchLimits,
} from '../ports/cloud.ts';
import { type InstanceQuery, readInstancePage } from './instance-listing.ts';
import { readInstanceSet } from './instance-set.ts';
import { type Accepted, bounded, type Refusal, unreadable } from './reply.ts';

/** Batches and filters are checked by the caller. */
export interface GenerationClient {
  readonly api: ApiGeneration;
  readonly writeLimits: WriteBatchLimits;
  describe(
    ids: readonly InstanceId[],
    signal: AbortSignal,
  ): Promise<CloudResult<readonly DescribedInstance[]>>;
  list(query: InstanceQuery, signal: AbortSignal): Promise<CloudResult<Page<ListedInstance>>>;
  write(writes: readonly GroupListWrite[], signal: AbortSignal): Promise<CloudResult<null>>;
}

/** The version of CVM that both hosts serve `DescribeInstances` with. */
export const CVM_VERSION = '2017-03-12';

/** Reads an accepted `DescribeInstances`. */
export function readDescribed(
  reply: Accepted,
  wanted: readonly InstanceId[],
): { readonly ok: true; readonly value: readonly DescribedInstance[] } | Refusal {
  if (reply.envelope !== 'response') return foreignReply('a read');
  const set = readInstanceSet(reply.payload, wanted);
  return set.ok ? { ok: true, value: set.instances } : unreadable(set.message);
}

/** Reads an accepted `DescribeInstances` that listed. */
export function readListed(
  reply: Accepted,
  query: InstanceQuery,
): { readonly ok: true; readonly value: Page<ListedInstance> } | Refusal {
  if (reply.envelope !== 'response') return foreignReply('a read');
  const read = readInstancePage(reply.payload, query);
  return read.ok ? { ok: true, value: read.page } : unreadable(read.message);
}

type Written = { readonly ok: true; readonly value: null } | Refusal;

const WRITTEN: Written = { ok: true, value: null };

/**
 * Reads an accepted `ModifySecurityGroupsOfInstance`: a code, with words at most. What carries anything else answers
 * another question, whoever sent it; whether the write was done is then found out by a read.
 */
export function readWrittenV2({ envelope, payload }: Accepted): Written {
  if (envelope !== 'code') return foreignReply('a write of API 2.0');
  const carried = Object.entries(payload).find(([name, value]) => carriesData(name, value));
  return carried === undefined ? WRITTEN : foreignReply('a write of API 2.0', carried[0]);
}

/** Reads an accepted `ModifyInstancesAttribute`: a request id and nothing else. */
export function readWrittenV3({ envelope, payload, requestId }: Accepted): Written {
  if (envelope !== 'response' || (requestId ?? '') === '') return foreignReply('a write of API 3.0');
  const carried = Object.keys(payload).find((name) => name !== 'RequestId');
  return carried === undefined ? WRITTEN : foreignReply('a write of API 3.0', carried);
}

/** Replies of API 2.0 have a field for data, which is empty where there is none. */
function carriesData(name: string, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return name !== 'data' || Object.keys(value).length > 0;
}

/** A reply that answers another question, whoever sent it. */
export function foreignReply(what: string, field?: string): Refusal {
  const why = field === undefined ? 'it is wrapped otherwise' : `it carries "${bounded(field)}"`;
  return unreadable(
    `the reply is not one to ${what}: ${why}; is there a proxy or another API at the endpoint?`,
  );
}
