/** Which replicas are alive: each keeps a member Lease, and all see all of them through one watch. */
import type { Clock } from '../runtime/clock.ts';
import type { Log } from '../runtime/log.ts';
import type { Random } from '../runtime/random.ts';
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
}

interface Member {
  readonly holder: string;
  /** When its lease was last seen to change. */
  readonly atMs: number;
  /** Whether it was seen to be renewed: the lease of a process that was killed may just not have expired. */
  readonly renewed: boolean;
}

export class LeaseMembers {
  readonly #reflector: Reflector<LeaseObject>;
  readonly #clock: Clock;
  /** By lease. Clocks of two machines are never compared: what counts is when we saw it change. */
  readonly #seen = new Map<string, Member>();
  #changed = () => {};

  constructor(options: LeaseMembersOptions) {
    this.#clock = options.clock;
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

  /** Identities of the replicas that are alive, ourselves included, in a fixed order. */
  alive(self: string): readonly string[] {
    const nowMs = this.#clock.now();
    const holders = new Set([self]);
    for (const { atMs, holder, renewed } of this.#seen.values()) {
      if (holder !== '' && renewed && nowMs - atMs < LEASE_DURATION_MS) holders.add(holder);
    }
    return [...holders].sort();
  }

  #note(keys: ReadonlySet<string>): void {
    let moved = false;
    for (const key of keys) {
      const lease = this.#reflector.get(key);
      const before = this.#seen.get(key);
      const holder = lease?.spec?.holderIdentity ?? '';
      const renewed = before !== undefined && before.holder === holder;
      if (lease === undefined) this.#seen.delete(key);
      else this.#seen.set(key, { atMs: this.#clock.now(), holder, renewed });
      moved ||= (before?.holder ?? '') !== holder || before?.renewed !== renewed;
    }
    if (moved) this.#changed();
  }
}
