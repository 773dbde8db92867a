/**
 * Keeps a copy of a collection of objects and never goes silent.
 *
 * listing  --(the stream's bookmark ends the list, or all pages were read)--> watching from the list's version
 * watching --(server ends it, inactivity, any error)--> watching again from the last version seen, backing off after errors
 * watching --(410: the version is too old)-->           listing
 * watching --(away for more than five seconds, or the server tells an older version than it did)--> listing
 * listing  --(any error)-->                             listing again the other way, backing off, for ever
 *
 * A list comes as a stream that goes on as the watch: the server has it at hand, and each object is here at once. Where a
 * server cannot do that, or a connection does not last so long, it comes in pages. A relist swaps the copy at once and
 * tells what was added, changed or gone meanwhile.
 */
import type { Clock } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import type { Random } from '../../runtime/random.ts';
import {
  type CollectionOptions,
  CollectionRequests,
  endsList,
  type WatchEvent,
} from './collection-requests.ts';
import { KubeError } from './kube-error.ts';
import { isOlder, type KubeObject, keyOf } from './kube-object.ts';
import { WatchContact } from './watch-contact.ts';

export interface ReflectorOptions<T extends KubeObject> extends CollectionOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** These keys (`namespace/name`) may have changed; ask {@link Reflector.get}. Must not throw. */
  readonly onChange: (keys: ReadonlySet<string>) => void;
  /** Looks at events before anything is done with them; true gives what it has begun a head start. */
  readonly prefetch?: (events: readonly WatchEvent<T>[]) => boolean;
  /** The namespace of the collection, for those who ask; absent: all. */
  readonly namespace?: string;
  /** Drops what need not be kept. */
  readonly trim?: (object: T) => T;
  /** The server has begun to keep the collection from us, or does not do so any more. Must not throw. */
  readonly onForbidden?: (error: KubeError | undefined) => void;
}

/** What can be counted of a reflector's life. */
export interface ReflectorStats {
  restarts: number;
  relists: number;
  /** Changes that no watch had told and a relist found. */
  foundByRelist: number;
  /** Of the last event, bookmarks included; 0 before the first. */
  lastEventMs: number;
  /** Attempts of any kind, pages and events: grows for as long as its loop lives. */
  steps: number;
}

const SHORTEST_WATCH_S = 240;
/** Longer than the server's period of bookmarks, about a minute. */
const INACTIVITY_MS = 150_000;
/** What was begun for an event leaves this machine before the event is taken in. */
const HEAD_START_MS = 3;
/** While a list streams in, something comes all the time. */
const LIST_INACTIVITY_MS = 30_000;
const SHORT_WATCH_MS = 1_000;
/** A watch that is open goes on for minutes after the right to it was taken away. */
const RIGHTS_CHECK_MS = 30_000;

export class Reflector<T extends KubeObject> {
  readonly stats: ReflectorStats = {
    restarts: 0,
    relists: 0,
    foundByRelist: 0,
    lastEventMs: 0,
    steps: 0,
  };
  readonly #options: ReflectorOptions<T>;
  readonly #requests: CollectionRequests<T>;
  readonly #contact: WatchContact;
  #objects = new Map<string, T>();
  #version = '';
  #synced = false;
  /** How the next list comes. */
  #listing: 'streamed' | 'paged' = 'streamed';
  #cannotStream = false;
  #forbidden: KubeError | undefined;
  /** Ends the watch that goes on. */
  #interrupt = new AbortController();

  constructor(options: ReflectorOptions<T>) {
    this.#options = options;
    this.#requests = new CollectionRequests(options);
    this.#contact = new WatchContact({ ...options, tellsForbidden: options.onForbidden !== undefined });
  }

  /** What it watches. */
  get path(): string {
    return this.#options.path;
  }

  /** Where it watches; '' for the whole cluster. */
  get namespace(): string {
    return this.#options.namespace ?? '';
  }

  /** True once a whole list was read. */
  get synced(): boolean {
    return this.#synced;
  }

  /** Whether the copy follows the server; not when its watch has been away for more than five seconds. */
  isFollowing(nowMs: number): boolean {
    return this.#contact.isKept(nowMs);
  }

  /** Why the server keeps the collection from us; undefined when it does not. */
  get forbidden(): KubeError | undefined {
    return this.#forbidden;
  }

  /** The server was put back to an older state: what the copy holds may exist no more, so it is listed anew before it counts. */
  distrust(): void {
    if (this.#version === '') return;
    this.#version = '';
    this.#contact.distrust();
    this.#interrupt.abort(
      new KubeError(`watch ${this.path}: the copy may be too new`, { status: 0, reason: 'Older' }),
    );
  }

  get(key: string): T | undefined {
    return this.#objects.get(key);
  }

  keys(): Iterable<string> {
    return this.#objects.keys();
  }

  get size(): number {
    return this.#objects.size;
  }

  /** Runs until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.stats.steps++;
      try {
        await this.#checkCopy(signal);
        if (this.#version === '' && this.#listing === 'paged') await this.#list(signal);
        const startedMs = this.#options.clock.now();
        await this.#watch(signal);
        // A server that ends watches at once must not be asked without pause.
        if (this.#options.clock.now() - startedMs < SHORT_WATCH_MS)
          await this.#contact.backOff('ended at once', signal);
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof KubeError && error.forbidden) this.#noteForbidden(error);
        if (
          this.#listing === 'streamed' &&
          this.#version === '' &&
          error instanceof KubeError &&
          error.refused
        ) {
          this.#cannotStream = true;
          this.#listing = 'paged';
          continue;
        }
        if (this.#version === '') this.#listing = this.#otherListing;
        const tooOld = error instanceof KubeError && error.expired && this.#version !== '';
        if (tooOld) this.#version = '';
        // The list that comes now is not the one that was refused.
        else await this.#contact.backOff(error, signal);
      }
      this.stats.restarts++;
    }
  }

  /** A copy that may have missed something is listed anew: what happened meanwhile need not stand in the history that a watch gets. */
  async #checkCopy(signal: AbortSignal): Promise<void> {
    if (this.#version === '') return;
    const { clock, log, path } = this.#options;
    if (!this.#contact.isKept(clock.now())) {
      this.distrust();
      return;
    }
    const version = await this.#requests.version(signal);
    if (!isOlder(version, this.#version)) return;
    log.warn(
      { path, version, seen: this.#version },
      'the API server tells an older version than it did: it was put back to an older state, and everything is listed anew',
    );
    this.distrust();
  }

  #noteForbidden(error: KubeError | undefined): void {
    const changed = (error === undefined) !== (this.#forbidden === undefined);
    this.#forbidden = error;
    if (changed) this.#options.onForbidden?.(error);
  }

  get #otherListing(): 'streamed' | 'paged' {
    return this.#listing === 'paged' && !this.#cannotStream ? 'streamed' : 'paged';
  }

  async #list(signal: AbortSignal): Promise<void> {
    const found = new Map<string, T>();
    let listed = '';
    for await (const { items, version } of this.#requests.pages(signal)) {
      this.stats.steps++;
      for (const item of items) found.set(keyOf(item), this.#trim(item));
      listed = version;
    }
    await this.#swap(found, listed, signal);
  }

  /** Takes a whole list as the truth in the next turn of the event loop, and tells the difference; not when the signal aborts. */
  async #swap(found: Map<string, T>, version: string, signal: AbortSignal): Promise<void> {
    const changed = new Set<string>();
    for (const [key, object] of found) {
      const known = this.#objects.get(key);
      if (known?.metadata.resourceVersion !== object.metadata.resourceVersion) changed.add(key);
    }
    for (const key of this.#objects.keys()) if (!found.has(key)) changed.add(key);
    // Nothing of it counts before: what ends the watch now ends it as if the list had not come.
    await this.#options.clock.sleep(0, signal);
    if (this.#synced) this.stats.foundByRelist += changed.size;
    this.stats.relists++;
    this.stats.lastEventMs = this.#options.clock.now();
    this.#objects = found;
    this.#version = version;
    const first = !this.#synced;
    this.#synced = true;
    this.#contact.trusted();
    this.#noteForbidden(undefined);
    if (changed.size > 0 || first) this.#options.onChange(changed);
  }

  /** Follows the collection; without a version the stream begins with the list. */
  async #watch(signal: AbortSignal): Promise<void> {
    const { clock, random, path, prefetch } = this.#options;
    const inactive = new AbortController();
    const over = new AbortController();
    this.#interrupt = new AbortController();
    const expire = () =>
      inactive.abort(new KubeError(`watch ${path}: silent`, { status: 0, reason: 'Inactive' }));
    let found = this.#version === '' ? new Map<string, T>() : undefined;
    const watched = { version: this.#version, timeoutS: Math.round(SHORTEST_WATCH_S * (1 + random.next())) };
    let cancel = clock.setTimer(found === undefined ? INACTIVITY_MS : LIST_INACTIVITY_MS, expire);
    try {
      const ends = AbortSignal.any([signal, inactive.signal, this.#interrupt.signal]);
      void this.#checkRights(this.#interrupt, AbortSignal.any([ends, over.signal]));
      for await (const events of this.#requests.events(watched, ends)) {
        cancel();
        if (found === undefined) this.#opened();
        if (found === undefined && prefetch?.(events)) await clock.sleep(HEAD_START_MS, signal);
        const changed = new Set<string>();
        for (const event of events) {
          this.stats.steps++;
          if (found === undefined) this.#take(event, changed);
          else if (this.#collect(found, event)) {
            await this.#swap(found, event.object.metadata.resourceVersion ?? '', ends);
            // The stream goes on as the watch.
            this.#contact.heard();
            found = undefined;
          }
        }
        if (changed.size > 0) this.#options.onChange(changed);
        cancel = clock.setTimer(found === undefined ? INACTIVITY_MS : LIST_INACTIVITY_MS, expire);
      }
    } finally {
      cancel();
      over.abort();
      this.#contact.lost();
    }
    if (found !== undefined)
      throw new KubeError(`watch ${path}: it ended before all objects came`, {
        status: 0,
        reason: 'Incomplete',
      });
  }

  /** Ends the watch when the server keeps the collection from us by now, until the signal aborts. */
  async #checkRights(interrupt: AbortController, signal: AbortSignal): Promise<void> {
    const { clock, onForbidden } = this.#options;
    while (onForbidden !== undefined) {
      await clock.sleep(RIGHTS_CHECK_MS, signal).catch(() => {});
      if (signal.aborted) return;
      try {
        await this.#requests.version(signal);
      } catch (error) {
        // Of everything else the watch itself will tell.
        if (error instanceof KubeError && error.forbidden) return interrupt.abort(error);
      }
    }
  }

  #opened(): void {
    this.#contact.opened();
    this.#noteForbidden(undefined);
  }

  /** Adds an event of a streamed list; returns whether it was the last. */
  #collect(found: Map<string, T>, event: WatchEvent<T>): boolean {
    const { type, object } = event;
    if (type === 'DELETED') found.delete(keyOf(object));
    else if (type !== 'BOOKMARK') found.set(keyOf(object), this.#trim(object));
    else if (endsList(event)) return true;
    else {
      // A server that does not know what was asked for would never end the list.
      const message = `watch ${this.#options.path}: a bookmark came before the list had ended`;
      throw new KubeError(message, { status: 400, reason: 'Incomplete' });
    }
    return false;
  }

  /** Applies an event, and notes the key that it changed. */
  #take({ type, object }: WatchEvent<T>, changed: Set<string>): void {
    this.stats.lastEventMs = this.#options.clock.now();
    this.#contact.heard();
    this.#version = object.metadata.resourceVersion ?? this.#version;
    if (type === 'BOOKMARK') return;
    const key = keyOf(object);
    if (type === 'DELETED') this.#objects.delete(key);
    else this.#objects.set(key, this.#trim(object));
    changed.add(key);
  }

  #trim(object: T): T {
    // Half of what many objects say, and nobody here asks for it.
    delete (object.metadata as { managedFields?: unknown }).managedFields;
    return this.#options.trim?.(object) ?? object;
  }
}
