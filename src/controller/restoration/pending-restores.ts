/** Which instances get their original list back one day, in memory and in the inventory. When saving fails, the next change tries it again. */
import type { BindingKey, InstanceId } from '../../api/ids.ts';
import { messageOf } from '../../api/message-of.ts';
import type { Claim } from '../../core/claim.ts';
import { type Binding, type GroupList, scopeKey } from '../../core/model.ts';
import type { PendingRestore } from '../../core/restoration.ts';
import type { Inventory } from '../../ports/store.ts';
import type { Log } from '../../runtime/log.ts';
import type { OwnerLedger } from './owner-ledger.ts';

export interface PendingRestoresOptions {
  readonly inventory: Inventory;
  readonly owners: Pick<OwnerLedger, 'disown' | 'save'>;
  readonly log: Log;
}

export class PendingRestores {
  readonly #options: PendingRestoresOptions;
  /** By instance, the owner that wants its original list back when it lets go. */
  readonly #owners = new Map<InstanceId, Binding>();
  /** Those of an earlier process or another replica, until a source tells of their binding. */
  readonly #remembered = new Map<InstanceId, PendingRestore>();
  readonly #released: PendingRestore[] = [];
  readonly #unsaved = new Map<InstanceId, PendingRestore | undefined>();

  constructor(options: PendingRestoresOptions) {
    this.#options = options;
    for (const pendingRestore of options.inventory.pendingRestores()) {
      // The status of an object holds its pending restores, and other replicas have written it since.
      if (pendingRestore.binding.origin.kind === 'kubernetes')
        this.#unsaved.set(pendingRestore.instanceId, undefined);
      else if (pendingRestore.releasedMs === undefined)
        this.#remembered.set(pendingRestore.instanceId, pendingRestore);
      else this.#released.push(pendingRestore);
    }
  }

  /** What an earlier process had let go and did not finish. */
  released(): readonly PendingRestore[] {
    return this.#released;
  }

  adopt(pendingRestore: PendingRestore): void {
    this.#remembered.set(pendingRestore.instanceId, pendingRestore);
  }

  /** Instances that are only remembered, of these bindings. */
  *remembered(of: ReadonlySet<BindingKey>): Generator<InstanceId> {
    for (const [id, { binding }] of this.#remembered) if (of.has(binding.key)) yield id;
  }

  /** The instance has this owner now. */
  own(id: InstanceId, owner: Binding): void {
    const wasRemembered = this.#remembered.delete(id);
    if (owner.deletionPolicy !== 'Restore') {
      if (wasRemembered || this.#owners.has(id)) this.forget(id);
      return;
    }
    if (this.#owners.get(id) === owner) return;
    this.#owners.set(id, owner);
    this.#unsaved.set(id, { instanceId: id, binding: owner });
  }

  /** The binding that owes the instance something. */
  ownerOf(id: InstanceId): Binding | undefined {
    return this.#owners.get(id) ?? this.#remembered.get(id)?.binding;
  }

  /** Takes out the pending restore of an instance that nobody owns any more. */
  take(id: InstanceId): PendingRestore | undefined {
    const binding = this.#owners.get(id);
    const remembered = this.#remembered.get(id);
    this.#owners.delete(id);
    this.#remembered.delete(id);
    return binding === undefined ? remembered : { instanceId: id, binding };
  }

  release(pendingRestore: PendingRestore): void {
    this.#unsaved.set(pendingRestore.instanceId, pendingRestore);
  }

  forget(id: InstanceId): void {
    this.#owners.delete(id);
    this.#unsaved.set(id, undefined);
  }

  /** No restore is pending, and nobody owns the instance. */
  drop({ instanceId, binding: owner }: Pick<PendingRestore, 'instanceId' | 'binding'>): void {
    this.forget(instanceId);
    this.#options.owners.disown(instanceId, scopeKey(owner.scope));
  }

  /** The list that was seen before the first write. */
  original({ instanceId, original }: PendingRestore): GroupList | undefined {
    return this.#options.inventory.original(instanceId) ?? original;
  }

  keepOriginals(originals: Iterable<readonly [InstanceId, GroupList]>): void {
    this.#try(() => this.#options.inventory.keepOriginal(originals));
  }

  save(): void {
    if (this.#unsaved.size === 0) return;
    this.#options.owners.save();
    this.#try(() => {
      this.#options.inventory.setPendingRestores(this.#unsaved);
      this.#unsaved.clear();
    });
  }

  #try(write: () => void): void {
    try {
      write();
    } catch (error) {
      const detail = messageOf(error);
      this.#options.log.error({ error: detail }, 'pending restores could not be recorded');
    }
  }
}

// The restorations that have not ended, by instance and by the binding that let the instance go.

export interface Restoration {
  readonly instanceId: InstanceId;
  readonly binding: Binding;
  readonly original: GroupList;
  /** Absent while it waits. */
  readonly claim?: Claim;
}

export class OpenRestorations implements Iterable<Restoration> {
  readonly #byInstance = new Map<InstanceId, Restoration>();
  readonly #byBinding = new Map<BindingKey, Map<InstanceId, Restoration>>();

  get size(): number {
    return this.#byInstance.size;
  }

  [Symbol.iterator](): Iterator<Restoration> {
    return this.#byInstance.values();
  }

  get(id: InstanceId): Restoration | undefined {
    return this.#byInstance.get(id);
  }

  /** Those of one binding, by instance id; undefined when there is none. */
  of(key: BindingKey): Restoration[] | undefined {
    const open = this.#byBinding.get(key);
    return open && [...open.values()].sort((a, b) => (a.instanceId < b.instanceId ? -1 : 1));
  }

  /** In the place of the one that the instance has. */
  put(restoration: Restoration): void {
    const { instanceId, binding } = restoration;
    this.#byInstance.set(instanceId, restoration);
    const ofBinding = this.#byBinding.get(binding.key) ?? new Map<InstanceId, Restoration>();
    this.#byBinding.set(binding.key, ofBinding.set(instanceId, restoration));
  }

  remove({ instanceId, binding }: Restoration): void {
    this.#byInstance.delete(instanceId);
    const ofBinding = this.#byBinding.get(binding.key);
    ofBinding?.delete(instanceId);
    if (ofBinding?.size === 0) this.#byBinding.delete(binding.key);
  }
}
