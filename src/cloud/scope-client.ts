/**
 * The client of one scope. With `auto` it starts on API 2.0 and moves to API 3.0 at most once:
 *
 *   v2 ──(6100, 4300, ActionOffline; the vendor's host does not resolve)──▶ v3 ──▶ stays
 *
 * The call that finds out returns its error, so that the caller re-plans within the new limits. Calls about groups
 * are API 3.0 from the start, so they say nothing about 2.0 and move nothing.
 */
import type { InstanceId } from '../api/ids.ts';
import type { ApiGeneration, CloudError } from '../core/cloud-error.ts';
import type { Scope } from '../core/model.ts';
import {
  type CloudClient,
  type CloudResult,
  type DescribedInstance,
  type GroupListWrite,
  type InstanceFilter,
  type ListedGroup,
  type ListedInstance,
  MAX_READ_BATCH,
  type Page,
  type WriteBatchLimits,
} from '../ports/cloud.ts';
import { isRetiredFace } from './error-table.ts';
import type { GenerationClient } from './generation-client.ts';
import type { InstanceQuery } from './instance-listing.ts';
import type { GroupsClient } from './v3/groups-client.ts';

export interface ScopeClientOptions {
  readonly scope: Scope;
  readonly first: GenerationClient;
  /** Where to move when `first` is retired; absent when the user chose a generation. */
  readonly successor?: GenerationClient;
  readonly groups: Pick<GroupsClient, 'list' | 'limit'>;
  /** False at an address that the user named: that it does not resolve says nothing about a generation. */
  readonly vendorHosts: boolean;
  readonly onApiMoved?: ((scope: Scope, error: CloudError) => void) | undefined;
}

export class ScopeClient implements CloudClient {
  readonly scope: Scope;
  readonly #options: ScopeClientOptions;
  #current: GenerationClient;

  constructor(options: ScopeClientOptions) {
    this.scope = options.scope;
    this.#options = options;
    this.#current = options.first;
  }

  get api(): ApiGeneration {
    return this.#current.api;
  }

  get retired(): ApiGeneration | undefined {
    const { first } = this.#options;
    return this.#current === first ? undefined : first.api;
  }

  get writeLimits(): WriteBatchLimits {
    return this.#current.writeLimits;
  }

  async describeInstances(
    instanceIds: readonly InstanceId[],
    signal: AbortSignal,
  ): Promise<CloudResult<readonly DescribedInstance[]>> {
    checkReadBatch(instanceIds);
    return this.#checked(await this.#current.describe(instanceIds, signal));
  }

  /** @throws RangeError for a filter or an offset that no document defines. */
  async listInstances(query: InstanceQuery, signal: AbortSignal): Promise<CloudResult<Page<ListedInstance>>> {
    checkFilter(query.filter);
    checkOffset(query.offset);
    return this.#checked(await this.#current.list(query, signal));
  }

  /** @throws RangeError for an offset that is no whole number of 0 or more. */
  async listSecurityGroups(
    query: { readonly offset: number },
    signal: AbortSignal,
  ): Promise<CloudResult<Page<ListedGroup>>> {
    checkOffset(query.offset);
    return this.#options.groups.list(query.offset, signal);
  }

  describeGroupLimit(signal: AbortSignal): Promise<CloudResult<number>> {
    return this.#options.groups.limit(signal);
  }

  async writeSecurityGroups(
    writes: readonly GroupListWrite[],
    signal: AbortSignal,
  ): Promise<CloudResult<null>> {
    checkWriteBatch(writes, this.writeLimits);
    return this.#checked(await this.#current.write(writes, signal));
  }

  /** Moves on where the answer is that of a retired API. */
  #checked<T>(result: CloudResult<T>): CloudResult<T> {
    const { first, successor, vendorHosts, onApiMoved } = this.#options;
    if (result.ok || successor === undefined || result.error.api !== first.api) return result;
    const unresolved = vendorHosts && result.error.code === 'ENOTFOUND';
    if (!unresolved && !isRetiredFace(result.error.api, result.error.code)) return result;
    const error: CloudError = { ...result.error, kind: 'retired' };
    // Calls that were in flight during the move fail the same way; the move is told once.
    if (this.#current === first) {
      this.#current = successor;
      onApiMoved?.(this.scope, error);
    }
    return { ok: false, error };
  }
}

// Refuses batches that the cloud's documents do not define, before anything is sent.

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
function checkOffset(offset: number): void {
  if (!Number.isSafeInteger(offset) || offset < 0) {
    throw new RangeError(`Expected an offset of 0 or more, got ${offset}`);
  }
}

/** @throws RangeError for a filter that the cloud's documents do not define. */
function checkFilter({ tags = {}, vpcId }: InstanceFilter): void {
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
