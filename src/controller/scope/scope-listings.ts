/**
 * Listings of the instances of one scope by what they are: one for each distinct filter, however many bindings share
 * it, page by page through the read dispatcher, again after each interval.
 */

import type { InstanceId } from '../../api/ids.ts';
import { scopeKey } from '../../core/model.ts';
import { backoffMs } from '../../core/retry.ts';
import type { CloudClient, InstanceFilter, ListedInstance } from '../../ports/cloud.ts';
import type { BatchDispatcher, CallEnd } from '../../runtime/batch-dispatcher.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import type { Random } from '../../runtime/random.ts';
import type { AddOptions, Priority } from '../../runtime/work-queue.ts';
import { isPassing, untilStopped } from './cloud-call.ts';
import type { DispatcherHealth } from './dispatcher-health.ts';
import { INCONSISTENT_AGAIN, type ListingKey, ListingReader, restless } from './listing.ts';
import type { ScopeEvents } from './scope-ports.ts';

/** How long a listing waits that changed too often. */
const TORN_WAIT_MS = 10_000;

export interface ScopeListingsOptions {
  readonly client: CloudClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
  readonly log: Log;
  /** Gives {@link ScopeListings.readPage} its turns. */
  readonly reads: Pick<BatchDispatcher<InstanceId | ListingKey>, 'add'>;
  /** Is told of what was listed. */
  readonly events: Pick<ScopeEvents, 'onListed' | 'onListingFailed'>;
}

/** A filter that somebody wants listed. */
export interface WantedListing {
  readonly filter: InstanceFilter;
  readonly intervalMs: number;
  /** Who asks: those who ask take turns. */
  readonly turn: string;
}

interface Listed {
  readonly filter: InstanceFilter;
  intervalMs: number;
  turn: string;
  reader: ListingReader<ListedInstance>;
  /** Nothing was listed completely yet. */
  first: boolean;
  failures: number;
  inconsistent: number;
  cancelTimer: (() => void) | undefined;
}

export class ScopeListings {
  readonly #options: ScopeListingsOptions;
  readonly #listed = new Map<ListingKey, Listed>();

  constructor(options: ScopeListingsOptions) {
    this.#options = options;
  }

  /** Keeps exactly these filters listed, each at its interval. */
  keep(wanted: ReadonlyMap<ListingKey, WantedListing>): void {
    for (const [key, { cancelTimer }] of this.#listed) {
      if (wanted.has(key)) continue;
      cancelTimer?.();
      this.#listed.delete(key);
    }
    for (const [key, { filter, intervalMs, turn }] of wanted) {
      const present = this.#listed.get(key);
      if (present !== undefined) {
        present.intervalMs = intervalMs;
        present.turn = turn;
        continue;
      }
      const made = {
        filter,
        intervalMs,
        turn,
        first: true,
        failures: 0,
        inconsistent: 0,
        cancelTimer: undefined,
      };
      this.#listed.set(key, { ...made, reader: newReader() });
      this.#request(key, { priority: 'change', turn });
    }
  }

  /** Lists once more now; everything, or what has this key. */
  refresh(only?: ListingKey): void {
    if (only === undefined) {
      for (const [key, listed] of this.#listed) this.#begin(key, listed);
      return;
    }
    const listed = this.#listed.get(only);
    if (listed !== undefined) this.#begin(only, listed);
  }

  close(): void {
    for (const { cancelTimer } of this.#listed.values()) cancelTimer?.();
    this.#listed.clear();
  }

  /** Reads the next page; undefined when nobody wants it any more. */
  readPage(key: ListingKey, health: DispatcherHealth): Promise<CallEnd> | undefined {
    const listed = this.#listed.get(key);
    return listed && this.#read(key, listed, health);
  }

  async #read(key: ListingKey, listed: Listed, health: DispatcherHealth): Promise<CallEnd> {
    const { client, clock, signal } = this.#options;
    const startedAtMs = clock.now();
    const { filter, reader } = listed;
    const result = await untilStopped(
      client.listInstances({ filter, offset: reader.offset }, signal),
      signal,
    );
    if (result === undefined || this.#listed.get(key) !== listed) return { throttled: false };
    const failure = result.ok ? undefined : await health.explain(result.error);
    if (this.#listed.get(key) !== listed) return { throttled: false };
    if (failure === undefined) health.succeeded();
    else health.failed(failure, { startedAtMs, isolated: listed.failures > 0 });
    const listing = reader.take(failure === undefined ? result : { ok: false, error: failure });
    switch (listing?.state) {
      case undefined:
        this.#request(key, { priority: priorityOf(listed), turn: listed.turn });
        return { throttled: false };
      case 'complete':
        this.#complete(key, listed, listing.items);
        return { throttled: false };
      case 'inconsistent':
        this.#listAgain(key, listed);
        return { throttled: false };
      case 'failed': {
        const { error } = listing;
        const passing = isPassing(error, client);
        if (!passing) listed.failures++;
        this.#again(key, listed, passing ? 0 : backoffMs(listed.failures, this.#options.random.next()));
        if (!passing) this.#options.events.onListingFailed(client.scope, key, error);
        return { throttled: error.kind === 'throttled' };
      }
    }
  }

  #listAgain(key: ListingKey, listed: Listed): void {
    const { client, log, events } = this.#options;
    const tooOften = ++listed.inconsistent > INCONSISTENT_AGAIN;
    this.#again(key, listed, tooOften ? TORN_WAIT_MS : 0);
    if (!tooOften) return;
    const error = restless('the list of instances', { api: client.api, action: 'DescribeInstances' });
    // Said once: it is over when a listing ends.
    if (listed.inconsistent === INCONSISTENT_AGAIN + 1) {
      log.warn({ scope: scopeKey(client.scope), code: error.code }, error.message);
    }
    events.onListingFailed(client.scope, key, error);
  }

  #complete(key: ListingKey, listed: Listed, instances: readonly ListedInstance[]): void {
    const { client, clock, random, events } = this.#options;
    listed.first = false;
    listed.failures = 0;
    listed.inconsistent = 0;
    listed.reader = newReader();
    listed.cancelTimer?.();
    const waitMs = listed.intervalMs * (0.9 + random.next() * 0.2);
    listed.cancelTimer = clock.setTimer(waitMs, () => this.#begin(key, listed));
    events.onListed(client.scope, key, instances);
  }

  #request(key: ListingKey, options: Pick<AddOptions, 'priority' | 'turn' | 'readyAtMs'>): void {
    // A group of its own: a page shares no call with anything.
    this.#options.reads.add(key, { ...options, group: key });
  }

  #begin(key: ListingKey, listed: Listed): void {
    listed.cancelTimer?.();
    listed.cancelTimer = undefined;
    listed.reader = newReader();
    this.#request(key, { priority: priorityOf(listed), turn: listed.turn });
  }

  #again(key: ListingKey, listed: Listed, afterMs: number): void {
    listed.reader = newReader();
    const notBeforeMs = this.#options.clock.now() + afterMs;
    this.#request(key, { priority: priorityOf(listed), turn: listed.turn, readyAtMs: notBeforeMs });
  }
}

function newReader(): ListingReader<ListedInstance> {
  return new ListingReader((instance) => ('instanceId' in instance ? instance.instanceId : undefined));
}

/** A new binding waits for its members like any change; the others are looked after in the sweep. */
function priorityOf({ first }: Listed): Priority {
  return first ? 'change' : 'resync';
}
