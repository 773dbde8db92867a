/**
 * The index turns bindings into claims on instances and names one winner for each instance of a scope.
 *
 * A binding claims what tenancy allows it; what tenancy refuses is no claim. A claim *holds* its instance once that was
 * read through the account and region of the claim, or while it is remembered from an earlier process.
 *
 * | situation                                           | winner                                      |
 * |-----------------------------------------------------|---------------------------------------------|
 * | one claimant                                        | that binding                                |
 * | several, one of them holds the instance             | the holder keeps it                         |
 * | several, none holds it                              | oldest creation, then namespace/name        |
 * | the holder stops claiming, or may not claim         | the next of the total order takes over      |
 * | claimants in two regions                            | one in each: they are no rivals             |
 * | in two accounts of one region                       | one in each, until both have read it        |
 * | nobody has read it, or the cloud does not know it   | as above, and nobody holds it               |
 *
 * It does no I/O; owners known from an earlier run are given to it.
 */
import type { BindingKey, InstanceId } from '../api/ids.ts';
import { type Claim, compareClaimants, type Observations } from './claim.ts';
import { type Binding, type ObservedInstance, scopeKey } from './model.ts';
import { Tenancy } from './tenancy.ts';

export interface ClaimIndexOptions {
  /** The owner of each instance as an earlier run left it. */
  readonly owners?: ReadonlyMap<InstanceId, BindingKey>;
  /** What an owner declared in that run, where it is known: what it declares now may ask through another account. */
  readonly declaredBefore?: (key: BindingKey) => Binding | undefined;
  readonly tenancy?: Tenancy;
  /** Absent: nothing is ever read. */
  readonly observations?: Observations;
}

const NOBODY: readonly Binding[] = Object.freeze([]);
const NO_CLAIMS: readonly Claim[] = Object.freeze([]);
const NOTHING_READ: Observations = { seen: () => undefined };

/** A binding that may claim an instance, as far as is known. */
interface Candidate {
  readonly binding: Binding;
  readonly scope: string;
  readonly seen: ObservedInstance | null | undefined;
}

/** Whether a binding has held the instance so far. */
type HeldBefore = (binding: Binding) => boolean;

export class ClaimIndex {
  readonly tenancy: Tenancy;
  readonly #observations: Observations;
  readonly #bindings = new Map<BindingKey, Binding>();
  /** Every binding that names an instance, whether it may or not: one, or several in the total order. */
  readonly #naming = new Map<InstanceId, Binding | readonly Binding[]>();
  /** The claim on an instance; several where scopes are no rivals. */
  readonly #claims = new Map<InstanceId, Claim | readonly Claim[]>();
  readonly #formerOwners = new Map<InstanceId, BindingKey | Binding>();
  /** Most instances have one claimant, and those of one binding share a claim. */
  readonly #lone = new WeakMap<Binding, { readonly held: Claim; readonly open: Claim }>();

  constructor({ owners, declaredBefore, tenancy, observations }: ClaimIndexOptions = {}) {
    for (const [id, key] of owners ?? []) this.#formerOwners.set(id, declaredBefore?.(key) ?? key);
    this.tenancy = tenancy ?? new Tenancy({ tenants: [] });
    this.#observations = observations ?? NOTHING_READ;
  }

  get bindings(): ReadonlyMap<BindingKey, Binding> {
    return this.#bindings;
  }

  /** Every claim, by instance. */
  *claims(): Generator<readonly [InstanceId, Claim]> {
    for (const [id, found] of this.#claims) {
      if (!isSeveral(found)) yield [id, found];
      else for (const claim of found) yield [id, claim];
    }
  }

  /** What bindings name and tenancy refuses, as far as is known. */
  *refused(): Generator<readonly [InstanceId, Binding]> {
    if (this.tenancy.isOpen) return;
    for (const id of this.#naming.keys()) {
      for (const binding of this.naming(id)) {
        if (this.claimOf(id, binding.key) === undefined) yield [id, binding];
      }
    }
  }

  /** Why tenancy refuses an instance to a binding that names it; see {@link claimOf}. */
  refusal(id: InstanceId, binding: Binding): string {
    const seen = this.#observations.seen(scopeKey(binding.scope), id);
    return this.tenancy.refusal(binding, seen ?? { instanceId: id });
  }

  /** All claims on an instance. */
  claimsOn(id: InstanceId): readonly Claim[] {
    const found = this.#claims.get(id);
    if (found === undefined) return NO_CLAIMS;
    return isSeveral(found) ? found : [found];
  }

  /** The claim whose winner sets the instance's list in a scope. @param scope `account@region`. */
  claim(id: InstanceId, scope: string): Claim | undefined {
    const found = this.#claims.get(id);
    if (found === undefined) return undefined;
    if (!isSeveral(found)) return scopeKey(found.winner.scope) === scope ? found : undefined;
    return found.find(({ winner }) => scopeKey(winner.scope) === scope);
  }

  /** The claim that a binding has a part in; undefined when tenancy refuses it. */
  claimOf(id: InstanceId, key: BindingKey): Claim | undefined {
    return this.claimsOn(id).find(
      ({ winner, losers }) => winner.key === key || losers.some((loser) => loser.key === key),
    );
  }

  /** The binding that holds an instance. */
  holder(id: InstanceId): Binding | undefined {
    return this.claimsOn(id).find(({ holds }) => holds)?.winner;
  }

  /** Every binding that names an instance, whether it may or not. */
  naming(id: InstanceId): readonly Binding[] {
    const found = this.#naming.get(id);
    if (found === undefined) return NOBODY;
    return isSeveral(found) ? found : [found];
  }

  /** Whether a binding of the scope names the instance and a read may show that it is allowed to. */
  mayBeClaimed(id: InstanceId, scope: string): boolean {
    return this.naming(id).some(
      (binding) =>
        scopeKey(binding.scope) === scope && this.tenancy.fit(binding, { instanceId: id }) !== 'no',
    );
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
    for (const id of touched) {
      const staying = this.naming(id).filter((binding) => !before.has(binding.key));
      const naming = [...staying, ...(arriving.get(id) ?? [])].sort(compareClaimants);
      if (naming.length === 0) this.#naming.delete(id);
      else this.#naming.set(id, naming.length === 1 ? (naming[0] as Binding) : naming);
      this.#resolve(id);
    }
    return touched;
  }

  /** An instance was read. Returns whether a claim on it is another one now. */
  observed(id: InstanceId): boolean {
    const before = this.#claims.get(id);
    this.#resolve(id);
    return before !== this.#claims.get(id);
  }

  #resolve(id: InstanceId): void {
    const naming = this.#naming.get(id);
    const before = this.claimsOn(id);
    const former = this.#formerOwners.get(id);
    const held: HeldBefore = (binding) =>
      this.#isFormer(binding, former) ||
      before.some(({ holds, winner }) => holds && this.tenancy.holdsOn(winner, binding));
    const after = naming === undefined ? NO_CLAIMS : this.#claimsAmong(id, this.naming(id), held);
    // From here on the claim itself tells who owns it.
    if (naming === undefined || after.some(({ holds }) => holds)) this.#formerOwners.delete(id);
    if (after.length === before.length && after.every((claim, index) => sameClaim(claim, before[index])))
      return;
    const [first] = after;
    if (first === undefined) this.#claims.delete(id);
    else this.#claims.set(id, after.length === 1 ? first : after);
  }

  #isFormer(binding: Binding, former: BindingKey | Binding | undefined): boolean {
    if (typeof former !== 'object') return binding.key === former;
    return this.tenancy.holdsOn(former, binding);
  }

  #claimsAmong(id: InstanceId, naming: readonly Binding[], held: HeldBefore): readonly Claim[] {
    const candidates = naming.flatMap((binding): readonly Candidate[] => {
      const scope = scopeKey(binding.scope);
      const seen = this.#observations.seen(scope, id);
      const fit = this.tenancy.fit(binding, seen ?? { instanceId: id });
      // What a read did not tell counts against the claim.
      const refused = fit === 'no' || (fit === 'unknown' && seen != null);
      return refused ? [] : [{ binding, scope, seen }];
    });
    const [only] = candidates;
    if (only !== undefined && candidates.length === 1) return [this.#loneClaim(only, held)];
    const owner = candidates.find(({ binding, seen }) => seen !== null && held(binding));
    return rivals(candidates, owner).map((group) => {
      const winner = owner !== undefined && group.includes(owner) ? owner : (group[0] as Candidate);
      const losers = group.filter((one) => one !== winner).map(({ binding }) => binding);
      return { winner: winner.binding, losers, holds: holds(winner, held) };
    });
  }

  #loneClaim(candidate: Candidate, held: HeldBefore): Claim {
    const { binding } = candidate;
    let known = this.#lone.get(binding);
    if (known === undefined) {
      const claim = { winner: binding, losers: NOBODY };
      known = { held: { ...claim, holds: true }, open: { ...claim, holds: false } };
      this.#lone.set(binding, known);
    }
    return holds(candidate, held) ? known.held : known.open;
  }
}

/** The candidates that compete, in the order of the first of each group: those of one scope, and all that have read it in one region. */
function rivals(candidates: readonly Candidate[], owner: Candidate | undefined): Candidate[][] {
  const groups = new Map<string, Candidate[]>();
  for (const candidate of candidates) {
    const { binding, scope, seen } = candidate;
    // A remembered owner keeps the instance from those who have read it, until its own read contradicts it.
    const together = seen != null || scope === owner?.scope;
    const name = together ? `read in ${binding.scope.region}` : scope;
    groups.set(name, [...(groups.get(name) ?? []), candidate]);
  }
  return [...groups.values()];
}

function holds({ binding, seen }: Candidate, held: HeldBefore): boolean {
  return seen === undefined ? held(binding) : seen !== null;
}

function sameClaim(a: Claim, b: Claim | undefined): boolean {
  return (
    b !== undefined &&
    a.winner === b.winner &&
    a.holds === b.holds &&
    a.losers.length === b.losers.length &&
    a.losers.every((loser, index) => loser === b.losers[index])
  );
}

function isSeveral<T>(found: T | readonly T[]): found is readonly T[] {
  return Array.isArray(found);
}
