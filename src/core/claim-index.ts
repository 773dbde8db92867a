/**
 * The index turns bindings into claims on instances and names one winner for each instance.
 *
 * | situation                                   | winner                                        |
 * |---------------------------------------------|-----------------------------------------------|
 * | one claimant                                | that binding                                  |
 * | several, one of them owns the instance      | the owner keeps it                            |
 * | several, none owns it                       | oldest creation, then namespace/name          |
 * | the owner stops claiming                    | the next of the total order takes over        |
 *
 * It does no I/O; owners known from an earlier run are given to it.
 */
import type { BindingKey, InstanceId } from '../api/ids.ts';
import type { Binding } from './model.ts';

/** Who shall set an instance's list, and who wanted to as well. */
export interface Claim {
  readonly winner: Binding;
  /** Other claimants, in the total order. */
  readonly losers: readonly Binding[];
  /** The binding has let the instance go, and its original list is put back. */
  readonly restores?: true;
  /** Because it is being deleted. */
  readonly departs?: true;
}

/** Total order among claimants: older first, a binding without a creation time last, then by key. */
export function compareClaimants(a: Binding, b: Binding): number {
  if (a.createdAt !== b.createdAt) {
    if (a.createdAt === undefined) return 1;
    if (b.createdAt === undefined) return -1;
    return a.createdAt < b.createdAt ? -1 : 1;
  }
  return a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
}

const NOBODY: readonly Binding[] = Object.freeze([]);

export class ClaimIndex {
  readonly #bindings = new Map<BindingKey, Binding>();
  readonly #claims = new Map<InstanceId, Claim>();
  readonly #formerOwners: Map<InstanceId, BindingKey>;

  /** @param owners the owner of each instance as an earlier run left it. */
  constructor(owners: ReadonlyMap<InstanceId, BindingKey> = new Map()) {
    this.#formerOwners = new Map(owners);
  }

  get bindings(): ReadonlyMap<BindingKey, Binding> {
    return this.#bindings;
  }

  /** All instances that somebody claims. */
  get claims(): ReadonlyMap<InstanceId, Claim> {
    return this.#claims;
  }

  claim(instanceId: InstanceId): Claim | undefined {
    return this.#claims.get(instanceId);
  }

  /** Learns owners that another process left, for instances that nobody claims yet. */
  adopt(owners: ReadonlyMap<InstanceId, BindingKey>): void {
    for (const [id, owner] of owners) if (!this.#claims.has(id)) this.#formerOwners.set(id, owner);
  }

  /** Puts the present form of each binding in place, or takes it out; returns the instances whose claim may have changed. */
  update(changes: Iterable<readonly [BindingKey, Binding | undefined]>): Set<InstanceId> {
    const touched = new Set<InstanceId>();
    const before = new Map<BindingKey, Binding | undefined>();
    for (const [key, binding] of changes) {
      if (!before.has(key)) before.set(key, this.#bindings.get(key));
      if (binding === undefined) this.#bindings.delete(key);
      else this.#bindings.set(key, binding);
    }
    const arriving = new Map<InstanceId, Binding[]>();
    for (const [key, old] of before) {
      for (const instanceId of old?.instanceIds ?? []) touched.add(instanceId);
      const binding = this.#bindings.get(key);
      for (const instanceId of binding?.instanceIds ?? []) {
        touched.add(instanceId);
        const claimants = arriving.get(instanceId);
        if (claimants === undefined) arriving.set(instanceId, [binding as Binding]);
        else claimants.push(binding as Binding);
      }
    }
    for (const instanceId of touched) this.#resolve(instanceId, before, arriving.get(instanceId) ?? []);
    return touched;
  }

  #resolve(
    instanceId: InstanceId,
    replaced: ReadonlyMap<BindingKey, unknown>,
    arriving: readonly Binding[],
  ): void {
    const old = this.#claims.get(instanceId);
    const staying =
      old === undefined ? [] : [old.winner, ...old.losers].filter((binding) => !replaced.has(binding.key));
    const claimants = [...staying, ...arriving].sort(compareClaimants);
    const ownerKey = old?.winner.key ?? this.#formerOwners.get(instanceId);
    const winner = claimants.find((binding) => binding.key === ownerKey) ?? claimants[0];
    // From here on the claim itself tells who owns it.
    this.#formerOwners.delete(instanceId);
    if (winner === undefined) {
      this.#claims.delete(instanceId);
      return;
    }
    const losers = claimants.length === 1 ? NOBODY : claimants.filter((binding) => binding !== winner);
    this.#claims.set(instanceId, { winner, losers });
  }
}
