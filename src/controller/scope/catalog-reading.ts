/** Reads the groups of a scope, and how many of them one instance may have, to the end. */
import type { SecurityGroupId } from '../../api/ids.ts';
import type { CloudError } from '../../core/cloud-error.ts';
import { isReadable, scopeKey } from '../../core/model.ts';
import type { CloudClient, ListedGroup, SecurityGroup } from '../../ports/cloud.ts';
import type { Leadership } from '../../runtime/leadership.ts';
import { untilStopped } from './cloud-call.ts';
import { INCONSISTENT_AGAIN, type Listing, ListingReader, restless } from './listing.ts';

export interface CatalogReadingOptions {
  readonly client: Pick<CloudClient, 'scope' | 'describeGroupLimit' | 'listSecurityGroups'>;
  /** Aborts to give up the call in flight. */
  readonly signal: AbortSignal;
  /** Aborts to make no further call. */
  readonly stopping: AbortSignal;
  /** Asked before every call but the first. */
  readonly leadership: Pick<Leadership, 'mayAct'>;
  /** The groups that somebody asks for at the moment at which it is looked at. */
  readonly wanted: Iterable<SecurityGroupId>;
}

export interface CatalogReading {
  readonly ok: true;
  readonly groups: readonly SecurityGroup[];
  /** Whether the listing holds a row that does not tell which group it is: any that is missing may be that one. */
  readonly unnamed: boolean;
  readonly limit: number;
  /** What was wanted when the listing began. */
  readonly wanted: readonly SecurityGroupId[];
}

export interface CatalogFailure {
  readonly ok: false;
  readonly error: CloudError;
  /** The groups, where only the limit could not be told. */
  readonly listed?: ListedGroups;
}

type ListedGroups = Omit<CatalogReading, 'limit' | 'ok'>;

/**
 * Undefined when it was stopped, or might not go on, on the way.
 * @param limitFirst lists the groups after the limit was told, so that what is asked for meanwhile is found or missed in
 * the same list; otherwise both at once, because a change may be waiting for both.
 */
export async function readCatalog(
  options: CatalogReadingOptions,
  { limitFirst }: { readonly limitFirst: boolean },
): Promise<CatalogReading | CatalogFailure | undefined> {
  const { client, signal } = options;
  const asked = untilStopped(client.describeGroupLimit(signal), signal);
  const [limit, listed] = limitFirst
    ? [await asked, await readGroups(options)]
    : await Promise.all([asked, readGroups(options)]);
  if (limit === undefined || listed === undefined) return undefined;
  if (!limit.ok) return { ok: false, error: limit.error, ...(listed.ok ? { listed } : {}) };
  return listed.ok ? { ...listed, limit: limit.value } : listed;
}

/** Undefined when it was stopped, or might not go on, on the way. */
async function readGroups(
  options: CatalogReadingOptions,
): Promise<Omit<CatalogReading, 'limit'> | CatalogFailure | undefined> {
  for (let attempt = 0; attempt <= INCONSISTENT_AGAIN; attempt++) {
    const wanted = [...options.wanted];
    const listing = await readPages(options);
    if (listing === undefined) return undefined;
    if (listing.state === 'failed') return { ok: false, error: listing.error };
    if (listing.state === 'complete') {
      const groups = listing.items.filter(isReadable);
      return { ok: true, groups, unnamed: groups.length < listing.items.length, wanted };
    }
  }
  const error = restless('the list of groups', { api: 'v3', action: 'DescribeSecurityGroups' });
  return { ok: false, error };
}

/** One listing to its end; undefined when it was stopped, or might not go on, on the way. */
async function readPages({
  client,
  signal,
  stopping,
  leadership,
}: CatalogReadingOptions): Promise<Listing<ListedGroup> | undefined> {
  const reader = new ListingReader<ListedGroup>((group) => ('sgId' in group ? group.sgId : undefined));
  while (!stopping.aborted && leadership.mayAct(scopeKey(client.scope))) {
    const page = await untilStopped(client.listSecurityGroups({ offset: reader.offset }, signal), signal);
    if (page === undefined) return undefined;
    const listing = reader.take(page);
    if (listing !== undefined) return listing;
  }
  return undefined;
}
