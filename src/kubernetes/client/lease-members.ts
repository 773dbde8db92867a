/**
 * Which replicas are alive: each keeps a member Lease, and all see all of them through one watch. The Lease tells what its
 * replica follows too. Replicas that follow different objects, and share Leases, would keep each other from acting; so
 * those act that follow what the eldest of all does, and the others wait.
 */
import type { Clock } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import type { Random } from '../../runtime/random.ts';
import type { KubeConnection } from './kube-connection.ts';
import { LEASE_DURATION_MS, type LeaseObject } from './lease.ts';
import { Reflector } from './reflector.ts';

/** Of every Lease of ours. */
export const MANAGED = { 'app.kubernetes.io/managed-by': 'cvmsg' };
export const MEMBER_LABELS = { ...MANAGED, 'cvmsg.dev/lease': 'member' };
export const SCOPE_LABELS = { ...MANAGED, 'cvmsg.dev/lease': 'scope' };

export interface LeaseMembersOptions {
  readonly connection: KubeConnection;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly namespace: string;
  /** Which objects this replica follows, as a text to compare and to show. */
  readonly watches: string;
}

/** Tells which objects the replica follows. A replica from before has none, and counts as one of ours. */
const WATCHES = 'cvmsg.dev/watches';

interface Member {
  readonly holder: string;
  /** When its lease was last seen to change. */
  readonly atMs: number;
  /** Whether it was seen to be renewed: the lease of a process that was killed may just not have expired. */
  readonly renewed: boolean;
  readonly watches: string | undefined;
  /** By the server's clock, and then by name: the same order for everybody. */
  readonly age: string;
}

export class LeaseMembers {
  readonly #reflector: Reflector<LeaseObject>;
  readonly #clock: Clock;
  /** Which objects this replica follows. */
  readonly watches: string;
  /** By lease. Clocks of two machines are never compared: what counts is when we saw it change. */
  readonly #seen = new Map<string, Member>();
  #changed = () => {};

  constructor(options: LeaseMembersOptions) {
    this.#clock = options.clock;
    this.watches = options.watches;
    this.#reflector = new Reflector<LeaseObject>({
      ...options,
      path: `/apis/coordination.k8s.io/v1/namespaces/${options.namespace}/leases`,
      labelSelector: 'cvmsg.dev/lease=member',
      onChange: (keys) => this.#note(keys),
    });
  }

  /** Watches until the signal aborts; calls back when a replica came or went. */
  async run(changed: () => void, signal: AbortSignal): Promise<void> {
    this.#changed = changed;
    await this.#reflector.run(signal);
  }

  /** What the member Lease of this replica tells. */
  get annotations(): Readonly<Record<string, string>> {
    return { [WATCHES]: this.watches };
  }

  /** What the eldest replica follows, when it is something else than this one does: then this one must wait. */
  foreign(): string | undefined {
    const nowMs = this.#clock.now();
    let eldest: Member | undefined;
    for (const member of this.#seen.values()) {
      // Also one that was not seen to be renewed: who does not know must wait.
      const mayLive = member.holder !== '' && nowMs - member.atMs < LEASE_DURATION_MS;
      if (!mayLive || member.watches === undefined) continue;
      if (eldest === undefined || member.age < eldest.age) eldest = member;
    }
    return eldest?.watches === this.watches ? undefined : eldest?.watches;
  }

  /** Identities of the replicas that are alive and follow the same objects, ourselves included, in a fixed order. */
  alive(self: string): readonly string[] {
    const nowMs = this.#clock.now();
    const holders = new Set([self]);
    for (const { atMs, holder, renewed, watches = this.watches } of this.#seen.values()) {
      if (watches !== this.watches) continue;
      if (holder !== '' && renewed && nowMs - atMs < LEASE_DURATION_MS) holders.add(holder);
    }
    return [...holders].sort();
  }

  /** Whether no other replica that is alive, and follows the same objects, is older. */
  isEldest(self: string): boolean {
    const alive = new Set(this.alive(self));
    const members = [...this.#seen.values()].filter(({ holder }) => alive.has(holder));
    const eldest = members.reduce<Member | undefined>(
      (old, member) => (old === undefined || member.age < old.age ? member : old),
      undefined,
    );
    return eldest === undefined || eldest.holder === self;
  }

  #note(keys: ReadonlySet<string>): void {
    let moved = false;
    for (const key of keys) {
      const lease = this.#reflector.get(key);
      const before = this.#seen.get(key);
      const holder = lease?.spec?.holderIdentity ?? '';
      const renewed = before !== undefined && before.holder === holder;
      if (lease === undefined) this.#seen.delete(key);
      else {
        const { annotations, creationTimestamp = '' } = lease.metadata;
        const age = `${creationTimestamp} ${key}`;
        this.#seen.set(key, {
          atMs: this.#clock.now(),
          holder,
          renewed,
          age,
          watches: annotations?.[WATCHES],
        });
      }
      moved ||= (before?.holder ?? '') !== holder || before?.renewed !== renewed;
    }
    if (moved) this.#changed();
  }
}
