/**
 * Keeps a copy of a collection of objects and never goes silent.
 *
 * listing  --(all pages read)-->                      watching from the list's version
 * watching --(server ends it, inactivity, any error)--> watching again from the last version seen, backing off after errors
 * watching --(410: the version is too old)-->          listing
 * listing  --(any error)-->                            listing again, backing off, for ever
 *
 * A relist swaps the copy at once and tells what was added, changed or gone meanwhile.
 */
import { messageOf } from '../api/message-of.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Log } from '../runtime/log.ts';
import type { Random } from '../runtime/random.ts';
import type { KubeConnection } from './kube-connection.ts';
import { KubeError } from './kube-error.ts';
import type { KubeObject } from './kube-object.ts';

export interface ReflectorOptions<T extends KubeObject> {
  readonly connection: KubeConnection;
  /** The collection, such as `/apis/cvmsg.dev/v1alpha1/cvmsecuritygroupbindings`. */
  readonly path: string;
  readonly labelSelector?: string | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** These keys (`namespace/name`) may have changed; ask {@link Reflector.get}. Must not throw. */
  readonly onChange: (keys: ReadonlySet<string>) => void;
  /** Drops what need not be kept. */
  readonly trim?: (object: T) => T;
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

const PAGE_SIZE = 500;
const SHORTEST_WATCH_S = 240;
/** Longer than the server's period of bookmarks, about a minute. */
const INACTIVITY_MS = 150_000;
const SHORT_WATCH_MS = 1_000;
const FIRST_BACKOFF_MS = 500;
const LONGEST_BACKOFF_MS = 30_000;
/** A server may ask for a longer pause, but for no longer one than this. */
const LONGEST_ASKED_MS = 120_000;

interface WatchEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: T & { readonly code?: number; readonly message?: string; readonly reason?: string };
}

export class Reflector<T extends KubeObject> {
  readonly stats: ReflectorStats = {
    restarts: 0,
    relists: 0,
    foundByRelist: 0,
    lastEventMs: 0,
    steps: 0,
  };
  readonly #options: ReflectorOptions<T>;
  #objects = new Map<string, T>();
  #version = '';
  #synced = false;
  #failures = 0;

  constructor(options: ReflectorOptions<T>) {
    this.#options = options;
  }

  /** What it watches. */
  get path(): string {
    return this.#options.path;
  }

  /** True once a whole list was read. */
  get synced(): boolean {
    return this.#synced;
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
        if (this.#version === '') await this.#list(signal);
        const startedMs = this.#options.clock.now();
        await this.#watch(signal);
        // A server that ends watches at once must not be asked without pause.
        if (this.#options.clock.now() - startedMs < SHORT_WATCH_MS)
          await this.#backOff('ended at once', signal);
      } catch (error) {
        if (signal.aborted) return;
        if (isExpired(error)) this.#version = '';
        await this.#backOff(error, signal);
      }
      this.stats.restarts++;
    }
  }

  async #list(signal: AbortSignal): Promise<void> {
    const found = new Map<string, T>();
    let next = '';
    let version = '';
    do {
      const query = this.#query({ limit: String(PAGE_SIZE), ...(next === '' ? {} : { continue: next }) });
      const page = await this.#options.connection.json<{
        metadata: { resourceVersion: string; continue?: string };
        items: T[];
      }>({ method: 'GET', path: `${this.#options.path}?${query}` }, signal);
      this.stats.steps++;
      for (const item of page.items) found.set(keyOf(item), this.#trim(item));
      next = page.metadata.continue ?? '';
      version = page.metadata.resourceVersion;
    } while (next !== '');
    this.#swap(found, version);
  }

  /** Takes a whole list as the truth and tells the difference. */
  #swap(found: Map<string, T>, version: string): void {
    const changed = new Set<string>();
    for (const [key, object] of found) {
      const known = this.#objects.get(key);
      if (known?.metadata.resourceVersion !== object.metadata.resourceVersion) changed.add(key);
    }
    for (const key of this.#objects.keys()) if (!found.has(key)) changed.add(key);
    if (this.#synced) this.stats.foundByRelist += changed.size;
    this.stats.relists++;
    this.stats.lastEventMs = this.#options.clock.now();
    this.#objects = found;
    this.#version = version;
    const first = !this.#synced;
    this.#synced = true;
    this.#failures = 0;
    if (changed.size > 0 || first) this.#options.onChange(changed);
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const { clock, random, connection, path } = this.#options;
    const inactive = new AbortController();
    const expire = () =>
      inactive.abort(new KubeError(`watch ${path}: silent`, { status: 0, reason: 'Inactive' }));
    let cancel = clock.setTimer(INACTIVITY_MS, expire);
    try {
      const query = this.#query({
        watch: 'true',
        allowWatchBookmarks: 'true',
        resourceVersion: this.#version,
        timeoutSeconds: String(Math.round(SHORTEST_WATCH_S * (1 + random.next()))),
      });
      const request = { method: 'GET', path: `${path}?${query}` } as const;
      for await (const event of connection.lines(request, AbortSignal.any([signal, inactive.signal]))) {
        this.stats.steps++;
        cancel();
        cancel = clock.setTimer(INACTIVITY_MS, expire);
        this.#take(event as WatchEvent<T>);
      }
    } finally {
      cancel();
    }
  }

  #take({ type, object }: WatchEvent<T>): void {
    if (type === 'ERROR') {
      const { code = 0, reason = '', message = '' } = object;
      throw new KubeError(`watch ${this.#options.path}: ${message}`, { status: code, reason });
    }
    this.stats.lastEventMs = this.#options.clock.now();
    this.#failures = 0;
    this.#version = object.metadata.resourceVersion ?? this.#version;
    if (type === 'BOOKMARK') return;
    const key = keyOf(object);
    if (type === 'DELETED') this.#objects.delete(key);
    else this.#objects.set(key, this.#trim(object));
    this.#options.onChange(new Set([key]));
  }

  async #backOff(error: unknown, signal: AbortSignal): Promise<void> {
    const { clock, random, log, path } = this.#options;
    const full = Math.min(FIRST_BACKOFF_MS * 2 ** Math.min(this.#failures, 16), LONGEST_BACKOFF_MS);
    this.#failures++;
    const asked = error instanceof KubeError ? Math.min(error.retryAfterMs ?? 0, LONGEST_ASKED_MS) : 0;
    const waitMs = Math.max(asked, Math.round(full * (0.5 + random.next() / 2)));
    const detail = messageOf(error);
    log.warn({ path, waitMs, error: detail }, 'the watch was lost and starts again');
    await clock.sleep(waitMs, signal).catch(() => {});
  }

  #query(parameters: Readonly<Record<string, string>>): string {
    const { labelSelector } = this.#options;
    return new URLSearchParams({
      ...parameters,
      ...(labelSelector === undefined ? {} : { labelSelector }),
    }).toString();
  }

  #trim(object: T): T {
    const { managedFields: _, ...metadata } = object.metadata;
    const trimmed = { ...object, metadata };
    return this.#options.trim?.(trimmed) ?? trimmed;
  }
}

/** `namespace/name`. */
export function keyOf(object: KubeObject): string {
  return `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
}

function isExpired(error: unknown): boolean {
  return (
    error instanceof KubeError &&
    (error.status === 410 || error.reason === 'Expired' || error.reason === 'Gone')
  );
}
