/**
 * Journal, inventory and approvals of a process that follows nothing but a cluster and keeps no state folder: what has to
 * outlive it stands in the objects.
 */
import type { BindingKey, InstanceId } from '../api/ids.ts';
import type { GroupList } from '../core/model.ts';
import type { Pledge } from '../core/restoration.ts';
import { STALE_READ_MS } from '../core/stale-read.ts';
import type { Clock } from '../runtime/clock.ts';
import type {
  ApprovalStore,
  HeldApproval,
  Inventory,
  Journal,
  OpenIntent,
  RecentWrite,
  WriteConclusion,
  WriteIntent,
} from './port.ts';

/** A write that was not read back. */
interface Entry {
  readonly id: number;
  readonly intent: WriteIntent;
  readonly intendedMs: number;
  outcome: WriteConclusion['outcome'] | undefined;
  concludedMs: number | undefined;
}

/**
 * It remembers what the state file would, for as long as the process lives, but for writes whose end is known, and those
 * that were not read back while a read of them could be stale: their instance is gone.
 */
export class MemoryState implements Journal, Inventory, ApprovalStore {
  readonly #clock: Clock;
  /** By id, oldest first. */
  readonly #entries = new Map<number, Entry>();
  #ids = 0;
  readonly #owners = new Map<InstanceId, BindingKey>();
  readonly #originals = new Map<InstanceId, GroupList>();
  readonly #pledges = new Map<InstanceId, Pledge>();
  readonly #approvals = new Map<string, HeldApproval>();

  constructor({ clock }: { readonly clock: Clock }) {
    this.#clock = clock;
  }

  intend(intents: readonly WriteIntent[]): readonly number[] {
    const intendedMs = this.#clock.wall();
    this.#forgetBefore(intendedMs - STALE_READ_MS);
    return intents.map((intent) => {
      const id = ++this.#ids;
      this.#entries.set(id, { id, intent, intendedMs, outcome: undefined, concludedMs: undefined });
      return id;
    });
  }

  conclude(ids: readonly number[], { outcome }: WriteConclusion): void {
    const nowMs = this.#clock.wall();
    for (const id of ids) {
      const entry = this.#entries.get(id);
      if (entry === undefined || entry.outcome !== undefined) continue;
      entry.outcome = outcome;
      entry.concludedMs = nowMs;
      if (outcome === 'rejected') this.#entries.delete(id);
    }
  }

  verified(id: number): void {
    this.#entries.delete(id);
  }

  open(sinceMs: number): readonly OpenIntent[] {
    return [...this.#entries.values()]
      .filter(({ outcome, concludedMs = 0 }) => outcome === undefined || concludedMs >= sinceMs)
      .map(({ id, intent, outcome, intendedMs, concludedMs }) => ({
        id,
        atMs: concludedMs ?? intendedMs,
        accepted: outcome === 'accepted',
        instanceId: intent.instanceId,
        scope: intent.scope,
        binding: intent.binding,
        before: intent.before,
        after: intent.after,
      }));
  }

  /** None: it is asked what an earlier process wrote. */
  recent(): readonly RecentWrite[] {
    return [];
  }

  owners(): ReadonlyMap<InstanceId, BindingKey> {
    return this.#owners;
  }

  own(changes: Iterable<readonly [InstanceId, BindingKey | undefined]>): void {
    for (const [id, owner] of changes) {
      if (owner !== undefined) this.#owners.set(id, owner);
      else {
        this.#owners.delete(id);
        this.#originals.delete(id);
      }
    }
  }

  keepOriginal(originals: Iterable<readonly [InstanceId, GroupList]>): void {
    for (const [id, list] of originals) if (!this.#originals.has(id)) this.#originals.set(id, list);
  }

  original(id: InstanceId): GroupList | undefined {
    return this.#originals.get(id);
  }

  pledges(): readonly Pledge[] {
    return [...this.#pledges.values()];
  }

  pledge(changes: Iterable<readonly [InstanceId, Pledge | undefined]>): void {
    for (const [id, pledge] of changes) {
      if (pledge === undefined) this.#pledges.delete(id);
      else this.#pledges.set(id, pledge);
    }
  }

  approvals(): readonly HeldApproval[] {
    return [...this.#approvals.values()];
  }

  holdApproval(held: HeldApproval): void {
    this.#approvals.set(`${held.digest} ${held.scope}`, held);
  }

  dropApproval({ digest }: HeldApproval): void {
    for (const [key, held] of this.#approvals) if (held.digest === digest) this.#approvals.delete(key);
  }

  /** Forgets writes that ended before. */
  #forgetBefore(sinceMs: number): void {
    for (const [id, { concludedMs }] of this.#entries) {
      if (concludedMs === undefined) continue;
      // Those that were sent later hardly ended earlier, and a look at all of them for every write would cost too much.
      if (concludedMs >= sinceMs) return;
      this.#entries.delete(id);
    }
  }
}
