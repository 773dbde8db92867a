/**
 * One Lease for each scope, dealt evenly to the replicas, which know each other by a member Lease that each keeps alive.
 *
 * dealt to us, free or expired              -> take it, renew it
 * dealt to another one                      -> drain it, renewing it meanwhile, and release it, if we hold it
 * dealt to another one that does not act    -> take it when it was free for a while, and keep it for a while
 * of a scope that nobody needs any more     -> delete it
 */
import { messageOf } from '../../api/message-of.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Leadership, LeadershipListener } from '../../runtime/leadership.ts';
import type { Log } from '../../runtime/log.ts';
import type { KubeConnection } from './kube-connection.ts';
import type { KubeObject } from './kube-object.ts';
import { LEASE_DURATION_MS, Lease, RETRY_MS } from './lease.ts';
import { dealLeases, inOrder } from './lease-deal.ts';
import { type LeaseMembers, MANAGED, MEMBER_LABELS, SCOPE_LABELS } from './lease-members.ts';
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
  /** Told when a Lease tells that the server was put back to an older state. */
  readonly onOlder?: (() => void) | undefined;
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
  /** Not handed over before: the one that it is dealt to did not take it. */
  keepUntilMs: number;
}

/** A replica that has not taken what it was dealt for this long does not act for it. */
const UNTAKEN_MS = 3 * RETRY_MS;
/** It is not asked again for this long: a lease that goes to and fro costs a look at every instance each time. */
const KEEP_UNTAKEN_MS = 300_000;

/** Leases get this long to be given back at the end; what is not given back expires. */
const GIVE_BACK_MS = 1_500;

export class ScopeLeases implements Leadership {
  readonly isShared = true;
  readonly #options: ScopeLeasesOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #byScope = new Map<string, Entry>();
  readonly #member: Lease;
  readonly #removal: LeaseRemoval;
  readonly #foreign: ForeignInstallation;
  #listener: LeadershipListener | undefined;
  #wake = () => {};
  #rounds = 0;
  #startedMs = Number.POSITIVE_INFINITY;

  constructor(options: ScopeLeasesOptions) {
    this.#options = options;
    this.#removal = new LeaseRemoval(options);
    this.#foreign = new ForeignInstallation(options);
    const { annotations } = options.members;
    this.#member = this.#lease(memberLeaseName(options.identity), MEMBER_LABELS, annotations);
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
      keepUntilMs: 0,
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

  /** The identity of the replica that holds the lease of a scope, as it was last looked at; empty when none does. */
  holder(scope: string): string {
    return this.#byScope.get(scope)?.lease.holder(this.#options.clock.now()) ?? '';
  }

  /** How many scope leases there are and how many of them are ours. */
  get counts(): { readonly held: number; readonly known: number } {
    const held = [...this.#entries.values()].filter((entry) => entry.held).length;
    return { held, known: this.#entries.size };
  }

  /**
   * Whether this replica speaks for what belongs to no scope: the eldest that is alive does. Undefined until it had the time
   * to see the others; while the server is away each replica takes itself for the only one.
   */
  get isEldest(): boolean | undefined {
    const { clock, members, identity } = this.#options;
    if (clock.now() - this.#startedMs < LEASE_DURATION_MS) return undefined;
    return members.isEldest(identity);
  }

  /** Rounds of renewals so far: grows for as long as its loop lives, whatever the server says. */
  get rounds(): number {
    return this.#rounds;
  }

  /** Competes until the signal aborts; then gives everything back. */
  async run(listener: LeadershipListener, signal: AbortSignal): Promise<void> {
    this.#listener = listener;
    this.#startedMs = this.#options.clock.now();
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
    this.#foreign.look();
    await inOrder([...this.#entries.values()], this.#rounds, (entry) => this.#renewOrFree(entry, signal));
  }

  async #renewOrFree(entry: Entry, signal: AbortSignal): Promise<void> {
    if (entry.scopes.size === 0 && entry.leaving !== 'draining') return this.#remove(entry, signal);
    if (entry.leaving === 'drained') return this.#release(entry, signal);
    const end = await this.#safely(entry.lease.name, () => this.#compete(entry, signal));
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

  /** Looks who holds the lease, and then takes, renews or leaves it. */
  async #compete(entry: Entry, signal: AbortSignal): Promise<'kept' | 'taken' | 'lost'> {
    const { clock, identity } = this.#options;
    const { lease } = entry;
    await lease.look(signal);
    const nowMs = clock.now();
    const waits = this.#foreign.isThere;
    const isDealt = !waits && this.#isDealt(lease.name);
    const isUntaken = !waits && !isDealt && lease.freeForMs(nowMs) >= UNTAKEN_MS;
    if (isUntaken) entry.keepUntilMs = nowMs + KEEP_UNTAKEN_MS;
    if (entry.held && !isDealt && (waits || nowMs >= entry.keepUntilMs)) void this.#drain(entry);
    const isOurs = lease.holder(nowMs) === identity;
    return isOurs || isDealt || isUntaken ? lease.take(signal) : 'lost';
  }

  /** Whether a lease goes to us, as far as is known now. One that was not looked at yet counts as free. */
  #isDealt(name: string): boolean {
    const { clock, identity, members } = this.#options;
    const nowMs = clock.now();
    const leases = [...this.#entries.values()].map(({ lease }) => ({
      name: lease.name,
      holder: lease.holder(nowMs),
    }));
    return dealLeases(leases, members.alive(identity)).get(name) === identity;
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

  #lease(name: string, labels: Readonly<Record<string, string>>, annotations = {}): Lease {
    const removal = this.#removal;
    return new Lease({ ...this.#options, name, labels, annotations, removal });
  }
}

// Deletes the Leases of processes that ended without doing so, and of scopes that nobody leads any more.

/** What has not been renewed for this long has expired long ago, whatever its duration. */
const EXPIRED_MS = 3_600_000;

interface ExpiredLeasesOptions {
  readonly connection: Pick<KubeConnection, 'json'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly namespace: string;
  readonly removal: LeaseRemoval;
}

export class ExpiredLeases {
  readonly #options: ExpiredLeasesOptions;
  /** By uid, the version of each when it was last listed: what has the same an hour later was not renewed, by our own clock. */
  #versions: ReadonlyMap<string, string> = new Map();

  constructor(options: ExpiredLeasesOptions) {
    this.#options = options;
  }

  /** Looks at once and every hour, until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#options;
    while (!signal.aborted) {
      await this.#look(signal).catch((error: unknown) => {
        const detail = messageOf(error);
        if (!signal.aborted) log.warn({ error: detail }, 'leases that have expired could not be looked for');
      });
      await clock.sleep(EXPIRED_MS, signal).catch(() => {});
    }
  }

  async #look(signal: AbortSignal): Promise<void> {
    const { connection, namespace, removal } = this.#options;
    const selector = Object.entries(MANAGED).map(([name, value]) => `${name}=${value}`);
    const path = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases?labelSelector=${encodeURIComponent(selector.join(','))}`;
    const { items } = await connection.json<{ readonly items: readonly KubeObject[] }>(
      { method: 'GET', path },
      signal,
    );
    const before = this.#versions;
    this.#versions = new Map(
      items.map(({ metadata: { uid = '', resourceVersion = '' } }) => [uid, resourceVersion]),
    );
    for (const lease of items) {
      const { uid = '', resourceVersion } = lease.metadata;
      if (resourceVersion === undefined || before.get(uid) !== resourceVersion) continue;
      if (!(await removal.remove(lease, signal))) return;
    }
  }
}

// Notices another installation on the same Leases, which this one has to wait for, and says so once.

interface ForeignInstallationOptions {
  readonly log: Log;
  readonly namespace: string;
  readonly members: Pick<LeaseMembers, 'foreign' | 'watches'>;
}

class ForeignInstallation {
  readonly #options: ForeignInstallationOptions;
  /** What it followed when it was last looked for. */
  #follows: string | undefined;

  constructor(options: ForeignInstallationOptions) {
    this.#options = options;
  }

  /** Whether this installation had to wait at the last look. */
  get isThere(): boolean {
    return this.#follows !== undefined;
  }

  look(): void {
    const { members, log, namespace } = this.#options;
    const follows = members.foreign();
    if (follows === this.#follows) return;
    this.#follows = follows;
    if (follows === undefined) return log.info({}, 'no other installation uses the same leases any more');
    const text =
      `another installation keeps its leases in namespace "${namespace}" too. It follows ${follows}, and this one ${members.watches}: ` +
      'this one waits until that one has ended. Give each installation a namespace of its own, or a --lease-namespace of its own';
    log.error({ namespace }, text);
  }
}
