/** The restorations that have not ended, by instance and by the binding that let the instance go. */
import type { BindingKey, InstanceId } from '../../api/ids.ts';
import type { Claim } from '../../core/claim.ts';
import type { Binding, GroupList } from '../../core/model.ts';

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
