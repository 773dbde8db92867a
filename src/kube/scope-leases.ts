/**
 * One Lease for each scope, spread evenly over the replicas: the i-th scope belongs to the i-th replica, round and round.
 * Replicas know each other by a member Lease that each keeps alive.
 *
 * assigned to us, free                      -> take it, renew it
 * assigned to another one that is alive     -> drain it, renewing it meanwhile, and release it, if we hold it
 * assigned to another one that does not act -> take it when its Lease has expired
 * of a scope that nobody needs any more     -> delete it
 */

import { messageOf } from '../api/message-of.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Leadership, LeadershipListener } from '../runtime/leadership.ts';
import type { Log } from '../runtime/log.ts';
import { ExpiredLeases } from './expired-leases.ts';
import type { KubeConnection } from './kube-connection.ts';
import { Lease, RETRY_MS } from './lease.ts';
import { type LeaseMembers, MEMBER_LABELS, SCOPE_LABELS } from './lease-members.ts';
import { leaseName, memberLeaseName, SOLE_LEASE } from './lease-names.ts';
import { LeaseRemoval } from './lease-removal.ts';

export interface ScopeLeasesOptions {
  readonly connection: KubeConnection;
  readonly clock: Clock;
  readonly log: Log;
  readonly namespace: string;
  /** Unique for this process. */
  readonly identity: string;
  readonly members: LeaseMembers;
  /** Whether what is declared is followed at this moment; a replica that does not know it acts for nobody. */
  readonly isFollowing: () => boolean;
  /** One Lease for all scopes. */
  readonly oneLease?: boolean | undefined;
}

interface Entry {
  readonly lease: Lease;
  readonly scopes: Set<string>;
  held: boolean;
  /** Whether it was held, and the declarations followed, in the last round. */
  acts: boolean;
  /** On its way to another replica: renewed for as long as something of it is in flight, then released. */
  leaving: 'draining' | 'drained' | undefined;
}

/** Leases get this long to be given back at the end; what is not given back expires. */
const GIVE_BACK_MS = 1_500;

export class ScopeLeases implements Leadership {
  readonly #options: ScopeLeasesOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #byScope = new Map<string, Entry>();
  readonly #member: Lease;
  readonly #removal: LeaseRemoval;
  #listener: LeadershipListener | undefined;
  #wake = () => {};
  #rounds = 0;

  constructor(options: ScopeLeasesOptions) {
    this.#options = options;
    this.#removal = new LeaseRemoval(options);
    this.#member = this.#lease(memberLeaseName(options.identity), MEMBER_LABELS);
  }

  mayAct(scope: string): boolean {
    const entry = this.#byScope.get(scope);
    const { clock, isFollowing } = this.#options;
    return entry?.held === true && entry.lease.isHeld(clock.now()) && isFollowing();
  }

  join(scope: string): void {
    if (this.#byScope.has(scope)) return;
    const name = this.#options.oneLease ? SOLE_LEASE : leaseName(scope);
    const entry = this.#entries.get(name) ?? {
      lease: this.#lease(name, SCOPE_LABELS),
      scopes: new Set<string>(),
      held: false,
      acts: false,
      leaving: undefined,
    };
    this.#entries.set(name, entry);
    entry.scopes.add(scope);
    this.#byScope.set(scope, entry);
    if (entry.acts) this.#listener?.gained(scope);
    this.#wake();
  }

  joined(): Iterable<string> {
    return this.#byScope.keys();
  }

  leave(scope: string): void {
    this.#byScope.get(scope)?.scopes.delete(scope);
    if (this.#byScope.delete(scope)) this.#wake();
  }

  /** How many scope leases there are and how many of them are ours. */
  get counts(): { readonly held: number; readonly known: number } {
    const held = [...this.#entries.values()].filter((entry) => entry.held).length;
    return { held, known: this.#entries.size };
  }

  /** Rounds of renewals so far: grows for as long as its loop lives, whatever the server says. */
  get rounds(): number {
    return this.#rounds;
  }

  /** Competes until the signal aborts; then gives everything back. */
  async run(listener: LeadershipListener, signal: AbortSignal): Promise<void> {
    this.#listener = listener;
    const members = this.#options.members.run(() => this.#wake(), signal);
    const expired = new ExpiredLeases({ ...this.#options, removal: this.#removal }).run(signal);
    while (!signal.aborted) {
      this.#rounds++;
      const woken = new Promise<void>((resolve) => {
        this.#wake = () => resolve();
      });
      await this.#tick(signal);
      const timer = new AbortController();
      const pause = this.#options.clock
        .sleep(RETRY_MS, AbortSignal.any([signal, timer.signal]))
        .catch(() => {});
      await Promise.race([pause, woken]);
      timer.abort();
    }
    await Promise.all([members, expired]);
    await this.#giveBack();
  }

  async #tick(signal: AbortSignal): Promise<void> {
    await this.#safely('member', () => this.#member.acquire(signal));
    const names = [...this.#entries.keys()].sort();
    const replicas = this.#options.members.alive(this.#options.identity);
    const tasks = names.map((name, index) => {
      const assigned = replicas[index % replicas.length];
      return this.#settle(this.#entries.get(name) as Entry, assigned === this.#options.identity, signal);
    });
    await Promise.all(tasks);
  }

  async #settle(entry: Entry, ours: boolean, signal: AbortSignal): Promise<void> {
    if (entry.scopes.size === 0 && entry.leaving !== 'draining') return this.#remove(entry, signal);
    if (entry.leaving === 'drained') return this.#release(entry, signal);
    if (entry.held && !ours) void this.#drain(entry);
    const end = await this.#safely(entry.lease.name, () => entry.lease.acquire(signal));
    if (entry.leaving !== undefined) return;
    // Without an answer what was ours stays so until the renew deadline; one that comes after it is no use.
    const held = entry.lease.isHeld(this.#options.clock.now());
    if (held !== entry.held) this.#tell(entry, { held }, held ? 'took the lease' : 'lost the lease');
    entry.held = held;
    const following = this.#options.isFollowing();
    if (held && entry.acts && !following) {
      this.#tell(entry, { held }, 'acts no more until the objects can be followed again');
    }
    const acts = held && following;
    // After a gap it is gained anew: for a while nobody acted, or somebody else did.
    const gained = acts && (!entry.acts || end === 'taken');
    entry.acts = acts;
    if (gained) for (const scope of entry.scopes) this.#listener?.gained(scope);
  }

  #tell({ lease }: Entry, fields: object, message: string): void {
    this.#options.log.info({ lease: lease.name, ...fields }, message);
  }

  /** Ends what is in flight, beside the rounds: a call that hangs must cost no other lease its renewal. */
  async #drain(entry: Entry): Promise<void> {
    entry.held = false;
    entry.acts = false;
    entry.leaving = 'draining';
    await Promise.all([...entry.scopes].map((scope) => this.#listener?.drain(scope)));
    entry.leaving = 'drained';
    this.#wake();
  }

  async #release(entry: Entry, signal: AbortSignal): Promise<void> {
    entry.leaving = undefined;
    this.#tell(entry, { held: false }, 'hands the lease to another replica');
    await this.#safely(entry.lease.name, () => entry.lease.release(signal));
  }

  async #remove(entry: Entry, signal: AbortSignal): Promise<void> {
    this.#entries.delete(entry.lease.name);
    entry.held = false;
    this.#tell(entry, { held: false }, 'gives the lease up, for nothing needs it any more');
    await this.#safely(entry.lease.name, () => entry.lease.remove(signal));
  }

  async #giveBack(): Promise<void> {
    const signal = AbortSignal.timeout(GIVE_BACK_MS);
    const entries = [...this.#entries.values()].filter((entry) => entry.held || entry.leaving !== undefined);
    for (const entry of entries) entry.held = false;
    await Promise.all(
      entries.map((entry) => this.#safely(entry.lease.name, () => entry.lease.release(signal))),
    );
    await this.#safely('member', () => this.#member.remove(signal));
  }

  async #safely<T>(lease: string, action: () => Promise<T>): Promise<T | undefined> {
    try {
      return await action();
    } catch (error) {
      const detail = messageOf(error);
      this.#options.log.warn({ lease, error: detail }, 'a lease could not be renewed');
      return undefined;
    }
  }

  #lease(name: string, labels: Readonly<Record<string, string>>): Lease {
    const { connection, clock, namespace, identity } = this.#options;
    return new Lease({ connection, clock, namespace, name, identity, labels, removal: this.#removal });
  }
}
