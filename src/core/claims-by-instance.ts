/**
 * Who names each instance, and the claims on it. A change of many instances counts in one step and is put in its place
 * afterwards, some at a time: until then it stands before what it replaces.
 */
import type { InstanceId } from '../api/ids.ts';
import type { Claim } from './claim.ts';
import type { Binding } from './model.ts';

/** What stands for one instance. */
export interface InstanceState {
  /** Every binding that names it, whether it may or not, in the total order. */
  readonly naming: readonly Binding[];
  readonly claims: readonly Claim[];
}

const NOBODY: readonly Binding[] = Object.freeze([]);
const NO_CLAIMS: readonly Claim[] = Object.freeze([]);

export class ClaimsByInstance {
  /** One, which most instances have, or several. */
  readonly #naming = new Map<InstanceId, Binding | readonly Binding[]>();
  readonly #claims = new Map<InstanceId, Claim | readonly Claim[]>();
  /** What counts and is not in its place yet. */
  #unplaced: Map<InstanceId, InstanceState> = new Map();

  /** Every binding that names an instance, whether it may or not. */
  naming(id: InstanceId): readonly Binding[] {
    const unplaced = this.#unplaced.get(id);
    if (unplaced !== undefined) return unplaced.naming;
    const found = this.#naming.get(id);
    return found === undefined ? NOBODY : isSeveral(found) ? found : [found];
  }

  claims(id: InstanceId): readonly Claim[] {
    const unplaced = this.#unplaced.get(id);
    if (unplaced !== undefined) return unplaced.claims;
    const found = this.#claims.get(id);
    return found === undefined ? NO_CLAIMS : isSeveral(found) ? found : [found];
  }

  /** Every instance that somebody names. */
  *ids(): Generator<InstanceId> {
    for (const [id, { naming }] of this.#unplaced) if (naming.length > 0) yield id;
    for (const id of this.#naming.keys()) if (!this.#unplaced.has(id)) yield id;
  }

  put(id: InstanceId, { naming, claims }: InstanceState): void {
    if (this.#unplaced.has(id)) this.#unplaced.set(id, { naming, claims });
    setOneOrSeveral(this.#naming, id, naming);
    setOneOrSeveral(this.#claims, id, claims);
  }

  /** All of this counts from now on. To be called when nothing of an earlier change is left to be put in its place. */
  replace(changed: Map<InstanceId, InstanceState>): void {
    this.#unplaced = changed;
  }

  /** Puts the next instances of a change in their place, and yields each. */
  *place(): Generator<InstanceId, void> {
    for (const [id, { naming, claims }] of this.#unplaced) {
      setOneOrSeveral(this.#naming, id, naming);
      setOneOrSeveral(this.#claims, id, claims);
      yield id;
    }
    this.#unplaced = new Map();
  }
}

function setOneOrSeveral<T>(map: Map<InstanceId, T | readonly T[]>, id: InstanceId, all: readonly T[]): void {
  const [first] = all;
  if (first === undefined) map.delete(id);
  else map.set(id, all.length === 1 ? first : all);
}

function isSeveral<T>(found: T | readonly T[]): found is readonly T[] {
  return Array.isArray(found);
}
