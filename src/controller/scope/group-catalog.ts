/**
 * Which security groups exist in a scope, what they are called, and how many one instance may have. Read when it is
 * first needed, again every five minutes, and soon when a declared group is not in it. What was read stays known
 * while reading fails.
 */
import type { SecurityGroupId } from '../../api/ids.ts';
import { type CloudError, failureText } from '../../core/cloud-error.ts';
import type { GroupKnowledge } from '../../core/guard-port.ts';
import { type GroupList, isReadable, scopeKey } from '../../core/model.ts';
import { backoffMs, SLOW_RECHECK_MS } from '../../core/retry.ts';
import type { CloudClient, ListedGroup, SecurityGroup } from '../../ports/cloud.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Leadership } from '../../runtime/leadership.ts';
import type { Log } from '../../runtime/log.ts';
import type { Random } from '../../runtime/random.ts';
import { untilStopped } from './cloud-call.ts';
import { INCONSISTENT_AGAIN, type Listing, ListingReader, restless } from './listing.ts';

const FRESH_MS = 300_000;
/** A catalog that lacks a declared group is read again no sooner than this. */
const LOOK_AGAIN_MS = 10_000;

export interface GroupCatalogOptions {
  readonly client: Pick<CloudClient, 'scope' | 'describeGroupLimit' | 'listSecurityGroups'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** It reads while this replica acts for the scope. */
  readonly leadership: Pick<Leadership, 'mayAct'>;
  /** The knowledge has changed. `same`: it holds the same groups, and was only read again or stays valid. */
  readonly onChange: (news: { readonly same: boolean }) => void;
}

export class GroupCatalog {
  readonly #options: GroupCatalogOptions;
  #knowledge: GroupKnowledge = {
    state: 'unknown',
    message: 'the security groups of the region are being read',
  };
  /** Groups that were wanted before they were known to exist: only a listing that begins later can prove that they do not exist. */
  readonly #wanted = new Set<SecurityGroupId>();
  #readAtMs = Number.NEGATIVE_INFINITY;
  #failures = 0;
  #reading = false;
  #nextAtMs = Number.NEGATIVE_INFINITY;
  #cancel: (() => void) | undefined;
  #underWay: Promise<void> = Promise.resolve();
  readonly #stopping = new AbortController();

  constructor(options: GroupCatalogOptions) {
    this.#options = options;
  }

  get knowledge(): GroupKnowledge {
    return this.#knowledge;
  }

  /** Whether a read is under way that will tell whether a wanted group exists, and none has failed. */
  get pending(): boolean {
    if (this.#failures > 0) return false;
    const known = this.#knowledge;
    if (known.state === 'unknown') return this.#reading;
    return known.state === 'known' && this.#wanted.size > known.absent.size;
  }

  /**
   * Somebody is about to write these groups: reads what has to be read. False while that is being read again because it
   * was read too long ago; {@link GroupCatalogOptions.onChange} tells when it was, or could not be and counts on.
   */
  need(groups: GroupList): boolean {
    const lacking = groups.filter((id) => !this.#has(id));
    for (const id of lacking) this.#wanted.add(id);
    this.#planFor({ lacks: lacking.length > 0 });
    return !this.#isOld;
  }

  /** This replica acts for the scope from now on: reads what it was asked for before. */
  gained(): void {
    if (this.#wanted.size > 0) this.#planFor({ lacks: true });
  }

  /** Reads nothing any more. Resolves when the call in flight has ended, of which nothing is told. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#cancelTimer();
    await this.#underWay;
  }

  #cancelTimer(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  /** While reading fails, old knowledge counts all the same. */
  get #isOld(): boolean {
    const ageMs = this.#options.clock.now() - this.#readAtMs;
    return this.#knowledge.state === 'known' && ageMs >= FRESH_MS && this.#failures === 0;
  }

  #has(id: SecurityGroupId): boolean {
    return this.#knowledge.state === 'known' && this.#knowledge.names.has(id);
  }

  /** Reads as soon as it has to be, for somebody who needs groups. @param lacks whether one of them is not known. */
  #planFor({ lacks }: { readonly lacks: boolean }): void {
    const known = this.#knowledge.state === 'known';
    const dueMs = known ? this.#readAtMs + (lacks ? LOOK_AGAIN_MS : FRESH_MS) : this.#options.clock.now();
    this.#plan(Math.max(dueMs, this.#nextAtMs), { lacks: known && lacks });
  }

  /** A group that is missing is awaited; a catalog that has grown old is read when it is next needed. */
  #plan(atMs: number, { lacks }: { readonly lacks: boolean }): void {
    const { clock } = this.#options;
    if (this.#reading || !this.#mayRun()) return;
    const waitMs = atMs - clock.now();
    if (waitMs <= 0) {
      this.#cancelTimer();
      this.#underWay = this.#read();
      return;
    }
    if (!lacks && this.#knowledge.state === 'known') return;
    this.#cancel ??= clock.setTimer(waitMs, () => {
      this.#cancel = undefined;
      if (this.#mayRun()) this.#underWay = this.#read();
    });
  }

  #mayRun(): boolean {
    const { leadership, client } = this.#options;
    return !this.#stopping.signal.aborted && leadership.mayAct(scopeKey(client.scope));
  }

  async #read(): Promise<void> {
    this.#reading = true;
    const reading = readCatalog(
      { ...this.#options, stopping: this.#stopping.signal, wanted: this.#wanted },
      { limitFirst: this.#knowledge.state === 'unknown' },
    );
    // Whoever is told of the end may need the next reading at once.
    const found = await reading.finally(() => {
      this.#reading = false;
    });
    if (found === undefined || this.#stopping.signal.aborted) return;
    if (found.ok) this.#learn(found);
    else this.#fail(found);
  }

  #learn({ groups, unnamed, limit, wanted }: Omit<CatalogReading, 'ok'>): void {
    const names = new Map(groups.map(({ sgId, name }) => [sgId, name]));
    const absent = new Set(unnamed ? [] : wanted.filter((id) => !names.has(id)));
    for (const id of this.#wanted) if (names.has(id)) this.#wanted.delete(id);
    const [before, old] = [this.#knowledge, this.#isOld];
    this.#knowledge = { state: 'known', names, absent, limit };
    this.#readAtMs = this.#options.clock.now();
    this.#failures = 0;
    this.#nextAtMs = Number.NEGATIVE_INFINITY;
    const same =
      before.state === 'known' &&
      before.limit === limit &&
      before.names.size === names.size &&
      before.absent.size === absent.size &&
      wanted.every((id) => before.absent.has(id) === absent.has(id)) &&
      groups.every(({ sgId, name }) => before.names.get(sgId) === name);
    if (this.pending) this.#plan(this.#readAtMs + LOOK_AGAIN_MS, { lacks: true });
    if (old || !same) this.#options.onChange({ same });
  }

  /** The groups anew, while the limit stays as it was last told; the reading still counts as failed. */
  #relearn(listed: Omit<CatalogReading, 'ok' | 'limit'>, limit: number): void {
    const [failures, nextAtMs] = [this.#failures, this.#nextAtMs];
    this.#learn({ ...listed, limit });
    this.#failures = failures;
    this.#nextAtMs = nextAtMs;
  }

  #fail({ error, listed }: CatalogFailure): void {
    const { client, clock, random, log, onChange } = this.#options;
    const old = this.#isOld;
    this.#failures++;
    const waitMs = error.kind === 'region' ? SLOW_RECHECK_MS : backoffMs(this.#failures, random.next());
    this.#nextAtMs = clock.now() + waitMs;
    log.warn(
      { scope: scopeKey(client.scope), action: error.action, code: error.code },
      `the security groups of the region cannot be read: ${error.message}`,
    );
    if (old) onChange({ same: true });
    if (this.#knowledge.state === 'known') {
      // A group that is gone is gone, whatever the limit is.
      if (listed !== undefined) this.#relearn(listed, this.#knowledge.limit);
      return;
    }
    const message = `whether the declared groups exist cannot be read: ${failureText(error, client.scope.region)}`;
    this.#knowledge = { state: 'unknown', message };
    this.#plan(this.#nextAtMs, { lacks: true });
    onChange({ same: false });
  }
}

// Reads the groups of a scope, and how many of them one instance may have, to the end.

interface CatalogReadingOptions {
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

interface CatalogReading {
  readonly ok: true;
  readonly groups: readonly SecurityGroup[];
  /** Whether the listing holds a row that does not tell which group it is: any that is missing may be that one. */
  readonly unnamed: boolean;
  readonly limit: number;
  /** What was wanted when the listing began. */
  readonly wanted: readonly SecurityGroupId[];
}

interface CatalogFailure {
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
async function readCatalog(
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
