/** The cloud as the controller sees it. One client serves one scope; it never retries, so that one place decides about retries. */
import type { InstanceId, SecurityGroupId } from '../api/ids.ts';
import type { ApiGeneration, CloudError } from '../core/cloud-error.ts';
import type { GroupList, ObservedInstance, Scope, UnreadableInstance } from '../core/model.ts';

export type CloudResult<T> =
  | { readonly ok: true; readonly value: T; readonly requestId: string; readonly api: ApiGeneration }
  | { readonly ok: false; readonly error: CloudError };

/** The whole ordered list that one instance shall have on its primary NIC. */
export interface GroupListWrite {
  readonly instanceId: InstanceId;
  readonly sgIds: GroupList;
}

/** Most ids that one read takes, on both generations. */
export const MAX_READ_BATCH = 100;

/** Which instances of a scope a listing is about; everything that is said must fit, and {} is all of them. */
export interface InstanceFilter {
  /** Tag keys with exactly these values, at most 8. */
  readonly tags?: Readonly<Record<string, string>>;
  readonly vpcId?: string;
}

/** One instance of an answer about instances that were asked for by id. */
export type DescribedInstance = ObservedInstance | UnreadableInstance;

/** A row of a listing that does not even tell what it is about. */
export interface UnnamedRow {
  readonly unreadable: string;
}

/** One row of a listing of instances. */
export type ListedInstance = DescribedInstance | UnnamedRow;

/** One row of a listing of groups. */
export type ListedGroup = SecurityGroup | UnnamedRow;

/** One page of a listing. Pages of a listing belong together only while all tell the same `total`. */
export interface Page<T> {
  readonly items: readonly T[];
  /** How many the whole listing has. */
  readonly total: number;
}

/** Most items of one page of any listing. */
export const MAX_PAGE = 100;

export interface SecurityGroup {
  readonly sgId: SecurityGroupId;
  /** May be empty. */
  readonly name: string;
}

/** What one write call can carry, which depends on the generation in use. */
export interface WriteBatchLimits {
  readonly maxInstances: number;
  /** True when every instance of a call gets the same ordered list (API 3.0). */
  readonly oneListPerCall: boolean;
}

/**
 * The client of one scope. Calls resolve for every answer of the cloud, failures included; they reject only when
 * the signal aborts. After a `clock` error the client has already corrected its clock, and after a `credential`
 * error it has dropped its cached credentials: the same call again is the retry.
 */
export interface CloudClient {
  readonly scope: Scope;
  /** The generation that the next call uses. With `--api auto` it changes at most once, from `v2` to `v3`. */
  readonly api: ApiGeneration;
  /** The generation that was found retired and left; undefined for as long as there is none. */
  readonly retired?: ApiGeneration | undefined;
  readonly writeLimits: WriteBatchLimits;
  /**
   * Reads up to {@link MAX_READ_BATCH} instances; ids that the cloud does not know are left out of the answer. An instance
   * of which something cannot be used is unreadable alone: the others of the answer are as good as ever.
   */
  describeInstances(
    instanceIds: readonly InstanceId[],
    signal: AbortSignal,
  ): Promise<CloudResult<readonly DescribedInstance[]>>;
  /** One page of the instances that fit, from `offset` on, in the cloud's own order; at most {@link MAX_PAGE}. */
  listInstances(
    query: { readonly filter: InstanceFilter; readonly offset: number },
    signal: AbortSignal,
  ): Promise<CloudResult<Page<ListedInstance>>>;
  /** One page of the security groups of the region, from `offset` on (VPC, API 3.0, whichever generation writes). */
  listSecurityGroups(
    query: { readonly offset: number },
    signal: AbortSignal,
  ): Promise<CloudResult<Page<ListedGroup>>>;
  /** Most groups that one instance may have here, `InstanceSecurityGroupLimit` (VPC, API 3.0, whichever generation writes). */
  describeGroupLimit(signal: AbortSignal): Promise<CloudResult<number>>;
  /** Replaces whole lists, within {@link writeLimits}. @throws RangeError when a batch breaks the limits, is empty, or names an instance twice. */
  writeSecurityGroups(writes: readonly GroupListWrite[], signal: AbortSignal): Promise<CloudResult<null>>;
}

/** Hands out the client of each scope, always the same one for the same scope. */
export interface CloudProvider {
  client(scope: Scope): CloudClient;
}
