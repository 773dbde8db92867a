/**
 * One coordination.k8s.io/v1 Lease, as one of several replicas sees it.
 *
 * free or expired --(we take it)--> held, renewed every 2 s
 * held --(not renewed for 10 s)--> we stop acting; others may take it 15 s after the last renewal
 * held --(release, remove)--> free at once
 *
 * Expiry is judged by when *we* saw the record change, never by comparing clocks of two machines.
 */
import type { Clock } from '../../runtime/clock.ts';
import type { KubeConnection } from './kube-connection.ts';
import { KubeError } from './kube-error.ts';
import type { KubeObject } from './kube-object.ts';
import { isOlder, microTime } from './kube-object.ts';
import type { LeaseRemoval } from './lease-removal.ts';

export const LEASE_DURATION_MS = 15_000;
/** A holder that could not renew for this long stops acting; the rest of the duration is its margin. */
export const RENEW_DEADLINE_MS = 10_000;
export const RETRY_MS = 2_000;

export interface LeaseObject extends KubeObject {
  readonly spec?: {
    readonly holderIdentity?: string;
    readonly leaseDurationSeconds?: number;
    readonly acquireTime?: string;
    readonly renewTime?: string;
    readonly leaseTransitions?: number;
  };
}

export interface LeaseOptions {
  readonly connection: Pick<KubeConnection, 'json'>;
  readonly clock: Clock;
  readonly namespace: string;
  readonly name: string;
  readonly identity: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly removal: LeaseRemoval;
  /** Told when the server tells an older version than it did: it was put back to an older state. */
  readonly onOlder?: (() => void) | undefined;
}

export class Lease {
  readonly #options: LeaseOptions;
  /** When the last successful renewal was *sent*. */
  #renewedMs = Number.NEGATIVE_INFINITY;
  #present: LeaseObject | undefined;
  #version = '';
  #lookedMs = Number.NEGATIVE_INFINITY;
  #seen: { readonly record: string; readonly sinceMs: number } | undefined;

  constructor(options: LeaseOptions) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.name;
  }

  /** Whether this process may act on it at `nowMs`: long before another one can have taken it. */
  isHeld(nowMs: number): boolean {
    return nowMs - this.#renewedMs < RENEW_DEADLINE_MS;
  }

  /** Who holds it, as it was last looked at; empty when nobody does, or not any more. */
  holder(nowMs: number): string {
    return this.#freeSinceMs(nowMs) === undefined ? (this.#present?.spec?.holderIdentity ?? '') : '';
  }

  /** For how long nobody has held it, as far as this process has seen; 0 while somebody does. */
  freeForMs(nowMs: number): number {
    return nowMs - (this.#freeSinceMs(nowMs) ?? nowMs);
  }

  /** Looks who holds it. */
  async look(signal: AbortSignal): Promise<void> {
    const sentMs = this.#options.clock.now();
    const present = await this.#read(signal);
    this.#present = present;
    this.#note(present);
    this.#lookedMs = sentMs;
    const record = JSON.stringify(present?.spec ?? null);
    // Not since the look was sent: a process that is paused in between would take what was renewed meanwhile for expired.
    if (this.#seen?.record !== record) this.#seen = { record, sinceMs: this.#options.clock.now() };
    if (this.#isAnothers()) this.#renewedMs = Number.NEGATIVE_INFINITY;
  }

  /**
   * Takes or renews it when it was free, expired or ours at the last look; one look serves one call. Returns `kept` when it
   * was ours without a gap, `taken` when it is ours from now on, as after a renewal that came too late, and `lost` when it
   * is not ours.
   */
  async take(signal: AbortSignal): Promise<'kept' | 'taken' | 'lost'> {
    if (this.#isAnothers()) return 'lost';
    const { identity, clock } = this.#options;
    // Since the look: it may be long ago that the server told what we renew.
    const sentMs = this.#lookedMs;
    const won = await this.#write(this.#present, identity, signal);
    const kept = this.isHeld(clock.now());
    this.#renewedMs = won ? sentMs : Number.NEGATIVE_INFINITY;
    if (!won) return 'lost';
    return kept ? 'kept' : 'taken';
  }

  /** Looks, and takes or renews it if it can be had. */
  async acquire(signal: AbortSignal): Promise<'kept' | 'taken' | 'lost'> {
    await this.look(signal);
    return this.take(signal);
  }

  /** Lets another replica take it at once. */
  async release(signal: AbortSignal): Promise<void> {
    this.#renewedMs = Number.NEGATIVE_INFINITY;
    const present = await this.#read(signal);
    if (present?.spec?.holderIdentity !== this.#options.identity) return;
    await this.#write(present, '', signal);
  }

  /** Lets another replica take it at once, as {@link release} does, and leaves no object behind if it may. */
  async remove(signal: AbortSignal): Promise<void> {
    this.#renewedMs = Number.NEGATIVE_INFINITY;
    const { identity, removal } = this.#options;
    const present = await this.#read(signal);
    const holder = present?.spec?.holderIdentity ?? '';
    if (present === undefined || (holder !== '' && holder !== identity)) return;
    if ((await removal.remove(present, signal)) || holder === '') return;
    await this.#write(present, '', signal);
  }

  /** A Lease never tells an older version of itself, unless the server was put back to an older state. */
  #note(present: LeaseObject | undefined): void {
    const version = present?.metadata.resourceVersion ?? '';
    if (isOlder(version, this.#version)) this.#options.onOlder?.();
    this.#version = version;
  }

  #isAnothers(): boolean {
    const holder = this.holder(this.#lookedMs);
    return holder !== '' && holder !== this.#options.identity;
  }

  /** Since when it is free or has expired; undefined while it is held, and before the first look. */
  #freeSinceMs(nowMs: number): number | undefined {
    if (this.#seen === undefined) return undefined;
    const isHeld = (this.#present?.spec?.holderIdentity ?? '') !== '';
    const freeMs = this.#seen.sinceMs + (isHeld ? durationMs(this.#present) : 0);
    return nowMs >= freeMs ? freeMs : undefined;
  }

  async #read(signal: AbortSignal): Promise<LeaseObject | undefined> {
    try {
      return await this.#options.connection.json<LeaseObject>(
        { method: 'GET', path: `${this.#collection}/${this.#options.name}`, timeoutMs: RETRY_MS * 2 },
        signal,
      );
    } catch (error) {
      if (error instanceof KubeError && error.status === 404) return undefined;
      throw error;
    }
  }

  async #write(present: LeaseObject | undefined, holder: string, signal: AbortSignal): Promise<boolean> {
    const { name, namespace, labels, annotations, connection, clock } = this.#options;
    const time = microTime(clock.wall());
    const before = present?.spec;
    const changes = before?.holderIdentity !== holder;
    const spec = {
      holderIdentity: holder,
      leaseDurationSeconds: holder === '' ? 1 : LEASE_DURATION_MS / 1_000,
      acquireTime: changes ? time : before?.acquireTime,
      renewTime: time,
      leaseTransitions:
        (before?.leaseTransitions ?? 0) + (changes && holder !== '' && before !== undefined ? 1 : 0),
    };
    const metadata = {
      ...present?.metadata,
      name,
      namespace,
      labels: { ...present?.metadata.labels, ...labels },
      annotations: { ...present?.metadata.annotations, ...annotations },
    };
    const body = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec };
    const request =
      present === undefined
        ? ({ method: 'POST', path: this.#collection } as const)
        : ({ method: 'PUT', path: `${this.#collection}/${name}` } as const);
    try {
      await connection.json({ ...request, body, timeoutMs: RETRY_MS * 2 }, signal);
      return true;
    } catch (error) {
      // Somebody else was faster.
      if (error instanceof KubeError && error.status === 409) return false;
      throw error;
    }
  }

  get #collection(): string {
    return `/apis/coordination.k8s.io/v1/namespaces/${this.#options.namespace}/leases`;
  }
}

function durationMs(lease: LeaseObject | undefined): number {
  return (lease?.spec?.leaseDurationSeconds ?? LEASE_DURATION_MS / 1_000) * 1_000;
}
