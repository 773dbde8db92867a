/**
 * The index turns bindings into claims on instances and names one owner for each instance of a scope.
 *
 * A binding claims what tenancy allows it; what tenancy refuses is no claim. A claim *holds* its instance once that was
 * read through the account and region of the claim, or while it is remembered from an earlier process.
 *
 * | situation                                         | owner                                  |
 * |---------------------------------------------------|----------------------------------------|
 * | one claimant                                      | that binding                           |
 * | several, one of them holds the instance           | the holder keeps it                    |
 * | several, none holds it                            | oldest creation, then namespace/name   |
 * | the holder stops claiming, or may not claim       | the next of the total order takes over |
 * | claimants in two regions                          | one in each: they are no contenders    |
 * | in two accounts of one region                     | one in each, until both have read it   |
 * | nobody has read it, or the cloud does not know it | as above, and nobody holds it          |
 *
 * It does no I/O; owners known from an earlier run are given to it.
 */
import type { BindingKey, InstanceId } from '../api/ids.ts';
import { allAtOnce } from '../api/steps.ts';
import { type Claim, compareClaimants, type Observations } from './claim.ts';
import { ClaimsByInstance, type InstanceState } from './claims-by-instance.ts';
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

/** A change that does not count yet. */
export interface StagedClaims {
  /** The present form of each binding that has changed; undefined: it is gone. */
  readonly changes: ReadonlyMap<BindingKey, Binding | undefined>;
  /** The claims that a change will make, and those that stand until it is committed. */
  readonly instances: Map<InstanceId, InstanceState>;
  readonly before: Map<InstanceId, readonly Claim[]>;
  /** Those of them that were read since they were staged. */
  readonly readSince: Set<InstanceId>;
}

/** Instances that are staged, or put in their place, before other work may go on. */
const INSTANCES_AT_ONCE = 1_250;
/** Instances of a few reads. */
const FEW_READS = 500;
/** Contenders that are looked through one by one. */
const FEW = 16;
/** Names of instances that are looked up before. */
const LOOKUPS_AT_ONCE = 3_000;

/** Whether a binding has held the instance so far. */
type HeldBefore = (binding: Binding) => boolean;

export class ClaimIndex {
  readonly tenancy: Tenancy;
  readonly #observations: Observations;
  readonly #bindings = new Map<BindingKey, Binding>();
  readonly #instances = new ClaimsByInstance();
  /** What is being staged. */
  #staged: StagedClaims | undefined;
  readonly #formerOwners = new Map<InstanceId, BindingKey | Binding>();
  /** Most instances have one claimant, and those of one binding share a claim. */
  readonly #loneHeld = new WeakMap<Binding, Claim>();
  readonly #loneOpen = new WeakMap<Binding, Claim>();

  /** The keys of the contenders, where they are many. */
  readonly #manyContenders = new WeakMap<Claim, ReadonlySet<BindingKey>>();

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
    for (const id of this.#instances.ids()) for (const claim of this.claimsOn(id)) yield [id, claim];
  }

  /** What bindings name and tenancy refuses, as far as is known. */
  *refused(): Generator<readonly [InstanceId, Binding]> {
    if (this.tenancy.isOpen) return;
    for (const id of this.#instances.ids()) {
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
    return this.#instances.claims(id);
  }

  /** The claim whose owner sets the instance's list in a scope. @param scope `account@region`. */
  claim(id: InstanceId, scope: string): Claim | undefined {
    return this.claimsOn(id).find(({ owner }) => scopeKey(owner.scope) === scope);
  }

  /** The claim that a binding has a part in; undefined when tenancy refuses it. */
  claimOf(id: InstanceId, key: BindingKey): Claim | undefined {
    return this.claimsOn(id).find((claim) => this.#hasPart(claim, key));
  }

  /** The binding that holds an instance. */
  holder(id: InstanceId): Binding | undefined {
    return this.claimsOn(id).find(({ holds }) => holds)?.owner;
  }

  /** Every binding that names an instance, whether it may or not. */
  naming(id: InstanceId): readonly Binding[] {
    return this.#instances.naming(id);
  }

  /** Whether a binding of the scope names the instance and a read may show that it is allowed to. */
  mayBeClaimed(id: InstanceId, scope: string): boolean {
    return this.naming(id).some(
      (binding) =>
        scopeKey(binding.scope) === scope && this.tenancy.fit(binding, { instanceId: id }) !== 'no',
    );
  }

  /** Learns owners that another process left, for instances that nobody claims yet. Yields when other work may go on. */
  *adopt(owners: ReadonlyMap<InstanceId, BindingKey>): Generator<void, void> {
    let taken = 0;
    for (const [id, owner] of owners) {
      if (this.claimsOn(id).length === 0) this.#formerOwners.set(id, owner);
      if (++taken % LOOKUPS_AT_ONCE === 0) yield;
    }
  }

  /** Puts the present form of each binding in place, or takes it out; returns the instances whose claim may have changed. */
  update(changes: Iterable<readonly [BindingKey, Binding | undefined]>): Set<InstanceId> {
    const staged = allAtOnce(this.stage(changes));
    const changed = new Set(this.commit(staged).keys());
    allAtOnce(this.place());
    return changed;
  }

  /**
   * Works out what {@link update} changes; it counts from {@link commit} on, all of it. One change at a time, each put in
   * its {@link place} before the next one. Yields when other work may go on.
   */
  *stage(changes: Iterable<readonly [BindingKey, Binding | undefined]>): Generator<void, StagedClaims> {
    const changed = new Map(changes);
    const staged: StagedClaims = {
      changes: changed,
      instances: new Map(),
      before: new Map(),
      readSince: new Set(),
    };
    this.#staged = staged;
    const arriving = yield* arrivals(this.#bindings, changed);
    let taken = 0;
    for (const [id, claimants] of arriving) {
      const staying = this.naming(id).filter((binding) => !changed.has(binding.key));
      this.#stageOne(staged, id, [...staying, ...claimants].sort(compareClaimants));
      taken += 1 + staying.length + claimants.length;
      if (taken < INSTANCES_AT_ONCE) continue;
      taken = 0;
      yield;
    }
    yield* this.#restage(staged);
    return staged;
  }

  /** What was read meanwhile, until few are left of it. Yields when other work may go on. */
  *#restage(staged: StagedClaims): Generator<void, void> {
    const { readSince, instances } = staged;
    while (readSince.size > FEW_READS) {
      let taken = 0;
      for (const id of readSince) {
        readSince.delete(id);
        this.#stageOne(staged, id, instances.get(id)?.naming ?? NOBODY);
        if (++taken >= INSTANCES_AT_ONCE) break;
      }
      yield;
    }
  }

  /** What was staged counts from now on. Returns the claims on each instance before, where they may be others now. */
  commit(staged: StagedClaims): ReadonlyMap<InstanceId, readonly Claim[]> {
    for (const id of staged.readSince) this.#stageOne(staged, id, staged.instances.get(id)?.naming ?? NOBODY);
    this.#staged = undefined;
    for (const [key, binding] of staged.changes) {
      if (binding === undefined) this.#bindings.delete(key);
      else this.#bindings.set(key, binding);
    }
    this.#instances.replace(staged.instances);
    return staged.before;
  }

  /** Puts what counts in its place. Yields when other work may go on. */
  *place(): Generator<void, void> {
    let taken = 0;
    for (const id of this.#instances.place()) {
      this.#forgetFormer(id);
      if (++taken % INSTANCES_AT_ONCE === 0) yield;
    }
  }

  /** An instance was read. Returns whether a claim on it is another one now. */
  observed(id: InstanceId): boolean {
    if (this.#staged?.instances.has(id)) this.#staged.readSince.add(id);
    const before = this.claimsOn(id);
    const naming = this.naming(id);
    const claims = this.#resolve(id, { naming, before });
    if (claims === before) return false;
    this.#instances.put(id, { naming, claims });
    this.#forgetFormer(id);
    return true;
  }

  #stageOne({ instances, before }: StagedClaims, id: InstanceId, naming: readonly Binding[]): void {
    const present = this.claimsOn(id);
    before.set(id, present);
    instances.set(id, { naming, claims: this.#resolve(id, { naming, before: present }) });
  }

  /** The claims on an instance that these bindings name; those from before when they are the same. */
  #resolve(
    id: InstanceId,
    { naming, before }: { readonly naming: readonly Binding[]; readonly before: readonly Claim[] },
  ): readonly Claim[] {
    // A claim that holds tells by itself who owns the instance.
    const former = before.some(({ holds }) => holds) ? undefined : this.#formerOwners.get(id);
    const held: HeldBefore = (binding) =>
      this.#isFormer(binding, former) ||
      before.some(({ holds, owner }) => holds && this.tenancy.holdsOn(owner, binding));
    const after = naming.length === 0 ? NO_CLAIMS : this.#claimsAmong(id, naming, held);
    const same =
      after.length === before.length && after.every((claim, index) => sameClaim(claim, before[index]));
    return same ? before : after;
  }

  /** Nobody names the instance, or the claim itself tells who owns it. */
  #forgetFormer(id: InstanceId): void {
    if (this.naming(id).length === 0 || this.claimsOn(id).some(({ holds }) => holds))
      this.#formerOwners.delete(id);
  }

  #hasPart(claim: Claim, key: BindingKey): boolean {
    const { owner, contenders } = claim;
    if (owner.key === key) return true;
    if (contenders.length <= FEW) return contenders.some((contender) => contender.key === key);
    const known = this.#manyContenders.get(claim) ?? new Set(contenders.map((contender) => contender.key));
    this.#manyContenders.set(claim, known);
    return known.has(key);
  }

  #isFormer(binding: Binding, former: BindingKey | Binding | undefined): boolean {
    if (typeof former !== 'object') return binding.key === former;
    return this.tenancy.holdsOn(former, binding);
  }

  #claimsAmong(id: InstanceId, naming: readonly Binding[], held: HeldBefore): readonly Claim[] {
    const candidates: Candidate[] = [];
    for (const binding of naming) {
      const scope = scopeKey(binding.scope);
      const seen = this.#observations.seen(scope, id);
      const fit = this.tenancy.fit(binding, seen ?? { instanceId: id });
      // What a read did not tell counts against the claim.
      const refused = fit === 'no' || (fit === 'unknown' && seen != null);
      if (!refused) candidates.push({ binding, scope, seen });
    }
    const [only] = candidates;
    if (only !== undefined && candidates.length === 1) return [this.#loneClaim(only, held)];
    const holder = candidates.find(({ binding, seen }) => seen !== null && held(binding));
    return contenders(candidates, holder).map((group) => {
      const owner = holder !== undefined && group.includes(holder) ? holder : (group[0] as Candidate);
      const contenders = group.filter((one) => one !== owner).map(({ binding }) => binding);
      return { owner: owner.binding, contenders, holds: holds(owner, held) };
    });
  }

  #loneClaim(candidate: Candidate, held: HeldBefore): Claim {
    const { binding } = candidate;
    const isHeld = holds(candidate, held);
    const claims = isHeld ? this.#loneHeld : this.#loneOpen;
    const known = claims.get(binding);
    if (known !== undefined) return known;
    const made: Claim = { owner: binding, contenders: NOBODY, holds: isHeld };
    claims.set(binding, made);
    return made;
  }
}

/** The candidates that compete, in the order of the first of each group: those of one scope, and all that have read it in one region. */
function contenders(candidates: readonly Candidate[], holder: Candidate | undefined): Candidate[][] {
  const inScope = new Map<string, Candidate[]>();
  const readIn = new Map<string, Candidate[]>();
  const groups: Candidate[][] = [];
  for (const candidate of candidates) {
    const { binding, scope, seen } = candidate;
    // A remembered holder keeps the instance, also from bindings that have read it, until its own read contradicts it.
    const together = seen != null || scope === holder?.scope;
    const [known, name] = together ? ([readIn, binding.scope.region] as const) : ([inScope, scope] as const);
    let group = known.get(name);
    if (group === undefined) {
      group = [];
      known.set(name, group);
      groups.push(group);
    }
    group.push(candidate);
  }
  return groups;
}

function holds({ binding, seen }: Candidate, held: HeldBefore): boolean {
  return seen === undefined ? held(binding) : seen !== null;
}

function sameClaim(a: Claim, b: Claim | undefined): boolean {
  return (
    b !== undefined &&
    a.owner === b.owner &&
    a.holds === b.holds &&
    a.contenders.length === b.contenders.length &&
    a.contenders.every((contender, index) => contender === b.contenders[index])
  );
}

/** Instances that changed bindings name or have named, each with those that name it now. */
function* arrivals(
  before: ReadonlyMap<BindingKey, Binding>,
  changes: ReadonlyMap<BindingKey, Binding | undefined>,
): Generator<void, Map<InstanceId, Binding[]>> {
  const arriving = new Map<InstanceId, Binding[]>();
  let taken = 0;
  for (const [key, present] of changes) {
    const old = before.get(key);
    for (const id of old?.instanceIds ?? []) if (!arriving.has(id)) arriving.set(id, []);
    for (const id of present?.instanceIds ?? []) {
      const claimants = arriving.get(id);
      if (claimants === undefined) arriving.set(id, [present as Binding]);
      else claimants.push(present as Binding);
    }
    taken += 1 + (old?.instanceIds.length ?? 0) + (present?.instanceIds.length ?? 0);
    if (taken < LOOKUPS_AT_ONCE) continue;
    taken = 0;
    yield;
  }
  return arriving;
}
