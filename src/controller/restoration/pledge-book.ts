/** Which instances get their original list back one day, in memory and in the inventory. What cannot be saved now is saved with the next change. */

import type { BindingKey, InstanceId } from '../../api/ids.ts';
import { messageOf } from '../../api/message-of.ts';
import { type Binding, type GroupList, scopeKey } from '../../core/model.ts';
import type { Pledge } from '../../core/restoration.ts';
import type { Log } from '../../runtime/log.ts';
import type { Inventory } from '../../sinks/port.ts';
import type { OwnerLedger } from '../owner-ledger.ts';

export interface PledgeBookOptions {
  readonly inventory: Inventory;
  readonly owners: Pick<OwnerLedger, 'letGo' | 'save'>;
  readonly log: Log;
}

export class PledgeBook {
  readonly #options: PledgeBookOptions;
  /** By instance, the owner that wants its original list back when it lets go. */
  readonly #owed = new Map<InstanceId, Binding>();
  /** Of an earlier life or another replica, until a source has told of the binding. */
  readonly #remembered = new Map<InstanceId, Pledge>();
  readonly #released: Pledge[] = [];
  readonly #unsaved = new Map<InstanceId, Pledge | undefined>();

  constructor(options: PledgeBookOptions) {
    this.#options = options;
    for (const pledge of options.inventory.pledges()) {
      // What a cluster's objects owe stands in their status, which other replicas have written since.
      if (pledge.binding.origin.kind === 'kubernetes') this.#unsaved.set(pledge.instanceId, undefined);
      else if (pledge.releasedMs === undefined) this.#remembered.set(pledge.instanceId, pledge);
      else this.#released.push(pledge);
    }
  }

  /** What an earlier process had let go and did not finish. */
  released(): readonly Pledge[] {
    return this.#released;
  }

  adopt(pledge: Pledge): void {
    this.#remembered.set(pledge.instanceId, pledge);
  }

  /** Instances that are only remembered, of these bindings. */
  *remembered(of: ReadonlySet<BindingKey>): Generator<InstanceId> {
    for (const [id, { binding }] of this.#remembered) if (of.has(binding.key)) yield id;
  }

  /** The instance has this owner now. */
  own(id: InstanceId, owner: Binding): void {
    const wasRemembered = this.#remembered.delete(id);
    if (owner.deletionPolicy !== 'Restore') {
      if (wasRemembered || this.#owed.has(id)) this.forget(id);
      return;
    }
    if (this.#owed.get(id) === owner) return;
    this.#owed.set(id, owner);
    this.#unsaved.set(id, { instanceId: id, binding: owner });
  }

  /** The binding that owes the instance something. */
  ownerOf(id: InstanceId): Binding | undefined {
    return this.#owed.get(id) ?? this.#remembered.get(id)?.binding;
  }

  /** Takes out what is owed to an instance that nobody owns any more. */
  take(id: InstanceId): Pledge | undefined {
    const binding = this.#owed.get(id);
    const remembered = this.#remembered.get(id);
    this.#owed.delete(id);
    this.#remembered.delete(id);
    return binding === undefined ? remembered : { instanceId: id, binding };
  }

  release(pledge: Pledge): void {
    this.#unsaved.set(pledge.instanceId, pledge);
  }

  forget(id: InstanceId): void {
    this.#owed.delete(id);
    this.#unsaved.set(id, undefined);
  }

  /** Nothing is owed, and nobody owns the instance. */
  letGo({ instanceId, binding: owner }: Pick<Pledge, 'instanceId' | 'binding'>): void {
    this.forget(instanceId);
    this.#options.owners.letGo(instanceId, scopeKey(owner.scope));
  }

  /** The list that was seen before the first write. */
  original({ instanceId, original }: Pledge): GroupList | undefined {
    return this.#options.inventory.original(instanceId) ?? original;
  }

  keepOriginals(originals: Iterable<readonly [InstanceId, GroupList]>): void {
    this.#try(() => this.#options.inventory.keepOriginal(originals));
  }

  save(): void {
    if (this.#unsaved.size === 0) return;
    this.#options.owners.save();
    this.#try(() => {
      this.#options.inventory.pledge(this.#unsaved);
      this.#unsaved.clear();
    });
  }

  #try(write: () => void): void {
    try {
      write();
    } catch (error) {
      const detail = messageOf(error);
      this.#options.log.error({ error: detail }, 'what is owed to instances could not be recorded');
    }
  }
}
