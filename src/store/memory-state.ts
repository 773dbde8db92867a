/**
 * Journal, inventory and approvals of a process that follows nothing but a cluster and keeps no state folder: what has to
 * outlive it stands in the objects.
 */
import type { BindingKey, InstanceId } from '../api/ids.ts';
import type { GroupList } from '../core/model.ts';
import type { PendingRestore } from '../core/restoration.ts';
import type { Journal, OpenIntent, RecentWrite, WriteIntent } from '../ports/journal.ts';
import type { ApprovalStore, HeldApproval, Inventory } from '../ports/store.ts';

/**
 * It remembers what the state file would, for as long as the process lives, but for writes: a journal is asked only what an
 * earlier process wrote.
 */
export class MemoryState implements Journal, Inventory, ApprovalStore {
  #ids = 0;
  readonly #owners = new Map<InstanceId, BindingKey>();
  readonly #originals = new Map<InstanceId, GroupList>();
  readonly #pendingRestores = new Map<InstanceId, PendingRestore>();
  readonly #approvals = new Map<string, HeldApproval>();

  intend(intents: readonly WriteIntent[]): readonly number[] {
    return intents.map(() => ++this.#ids);
  }

  conclude(): void {}

  verified(): void {}

  open(): readonly OpenIntent[] {
    return [];
  }

  recent(_sinceMs: number): readonly RecentWrite[] {
    return [];
  }

  owners(): ReadonlyMap<InstanceId, BindingKey> {
    return this.#owners;
  }

  ownerPages(): Iterable<ReadonlyMap<InstanceId, BindingKey>> {
    return [this.#owners];
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

  pendingRestores(): readonly PendingRestore[] {
    return [...this.#pendingRestores.values()];
  }

  setPendingRestores(changes: Iterable<readonly [InstanceId, PendingRestore | undefined]>): void {
    for (const [id, pendingRestore] of changes) {
      if (pendingRestore === undefined) this.#pendingRestores.delete(id);
      else this.#pendingRestores.set(id, pendingRestore);
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
}
