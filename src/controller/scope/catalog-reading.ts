/** Reads the groups of a scope, and how many of them one instance may have, to the end. */
import type { SecurityGroupId } from '../../api/ids.ts';
import type { CloudClient, SecurityGroup } from '../../cloud/port.ts';
import type { CloudError } from '../../core/cloud-error.ts';
import { type Listing, ListingReader, TORN_AGAIN } from '../selection/listing.ts';
import { untilStopped } from './until-stopped.ts';

/** What is said of a list that changed at every attempt. */
const RESTLESS: CloudError = {
  kind: 'transient',
  api: 'v3',
  action: 'DescribeSecurityGroups',
  code: 'RESTLESS',
  message: `the list of groups changed while it was read, ${TORN_AGAIN} times in a row`,
  requestId: '',
  sent: true,
};

export interface CatalogReadingOptions {
  readonly client: Pick<CloudClient, 'describeGroupLimit' | 'listSecurityGroups'>;
  readonly signal: AbortSignal;
  /** Asked before every call but the first. */
  readonly mayRun: () => boolean;
  /** The groups that somebody asks for at this moment. */
  readonly wanted: () => Iterable<SecurityGroupId>;
}

export interface CatalogReading {
  readonly ok: true;
  readonly groups: readonly SecurityGroup[];
  readonly limit: number;
  /** What was wanted when the listing began. */
  readonly wanted: readonly SecurityGroupId[];
}

export interface CatalogFailure {
  readonly ok: false;
  readonly error: CloudError;
}

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
  if (!limit.ok) return { ok: false, error: limit.error };
  return listed.ok ? { ...listed, limit: limit.value } : listed;
}

/** Undefined when it was stopped, or might not go on, on the way. */
async function readGroups(
  options: CatalogReadingOptions,
): Promise<Omit<CatalogReading, 'limit'> | CatalogFailure | undefined> {
  for (let attempt = 0; attempt < TORN_AGAIN; attempt++) {
    const wanted = [...options.wanted()];
    const listing = await readPages(options);
    if (listing === undefined) return undefined;
    if (listing.state === 'failed') return { ok: false, error: listing.error };
    if (listing.state === 'complete') return { ok: true, groups: listing.items, wanted };
  }
  return { ok: false, error: RESTLESS };
}

/** One listing to its end; undefined when it was stopped, or might not go on, on the way. */
async function readPages({
  client,
  signal,
  mayRun,
}: CatalogReadingOptions): Promise<Listing<SecurityGroup> | undefined> {
  const reader = new ListingReader<SecurityGroup>((group) => group.sgId);
  while (mayRun()) {
    const page = await untilStopped(client.listSecurityGroups({ offset: reader.offset }, signal), signal);
    if (page === undefined) return undefined;
    const listing = reader.take(page);
    if (listing !== undefined) return listing;
  }
  return undefined;
}
