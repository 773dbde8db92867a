/**
 * Counts the revisions that were accepted, so that it is known which of two things came later, whatever the revisions are
 * called: a content digest has no order, and a revert brings an old name back.
 *
 * What is remembered beside the bindings: which revision had an approval first, and which took an instance or a selector
 * away, as then the list of somebody else applies, or the one from before. What one tenant takes away counts against its
 * own approvals only: anybody can name the instances of others, and name them no more.
 */
import { type Approval, annotationText } from '../api/approval.ts';
import type { BindingKey, InstanceId } from '../api/ids.ts';
import { allAtOnce } from '../api/steps.ts';
import type { Binding } from '../core/model.ts';

/** What was taken away is forgotten after this time, unless an approval is older. */
const REMEMBERED_MS = 3 * 24 * 3_600_000;
/** Of one tenant. Beyond it, the revision counts as one that took away everything of that tenant. */
const MOST_REMOVALS = 10_000;
const EVERYTHING = '*';
/** Bindings and instances that are compared before other work may go on. */
const LOOKED_AT_ONCE = 20_000;

interface Removal {
  readonly in: number;
  readonly atMs: number;
}

/** Stored as JSON. */
interface Remembered {
  readonly revision: string;
  readonly number: number;
  /** By their texts. */
  readonly approvals: readonly (readonly [string, number])[];
  /** By tenant, and by instance, or by binding where that selected its instances. */
  readonly removals: readonly (readonly [string, readonly (readonly [string, Removal])[]])[];
}

type TenantOf = (declarer: Binding) => string;

export class RevisionOrder {
  #revision = '';
  #number = 0;
  #approvals = new Map<string, number>();
  readonly #removals = new Map<string, Map<string, Removal>>();
  readonly #tenantOf: TenantOf;

  /**
   * @param tenantOf whose a binding is.
   * @param stored what {@link stored} gave in an earlier process; what cannot be read counts as nothing.
   * @param bindings as they are remembered: none came in a later revision than the last one.
   */
  constructor(tenantOf: TenantOf, stored: string | undefined, bindings: Iterable<Binding>) {
    this.#tenantOf = tenantOf;
    for (const { acceptedIn = 0 } of bindings) this.#number = Math.max(this.#number, acceptedIn);
    const remembered = read(stored);
    if (remembered === undefined) return;
    const { revision, number, approvals, removals } = remembered;
    this.#revision = revision;
    this.#number = Math.max(this.#number, number);
    this.#approvals = approvals;
    this.#removals = removals;
  }

  /** The number of the revision that was accepted last; 0 before the first. */
  get number(): number {
    return this.#number;
  }

  /** The number that a revision has, should it be accepted next: that of the last one is not counted again after a restart. */
  next(revision: string): number {
    return revision === this.#revision ? this.#number : this.#number + 1;
  }

  /** A revision is in force from now on. @param approvals those that count. Returns them with the revision that had each first. */
  accept(revision: string, acceptance: Acceptance): readonly Approval[] {
    const { before, after, approvals, nowMs } = acceptance;
    const { removed = allAtOnce(removedInSteps(before, after)) } = acceptance;
    this.#number = this.next(revision);
    this.#revision = revision;
    const known = this.#approvals;
    this.#approvals = new Map();
    const numbered = approvals.map((approval) => {
      const text = annotationText(approval);
      const acceptedIn = known.get(text) ?? this.#number;
      this.#approvals.set(text, acceptedIn);
      return { ...approval, acceptedIn };
    });
    for (const { binding, taken } of removed) {
      const tenant = this.#tenantOf(binding);
      for (const one of taken) this.#remove(tenant, one, nowMs);
    }
    this.#forget([...numbered, ...annotations(after)], nowMs);
    return numbered;
  }

  /**
   * The number of the revision that brought what is asked in the name of a binding, of an instance or as a whole.
   * @param present what is declared under its name; absent when nothing is.
   */
  broughtIn(binding: Binding, present: Binding | undefined, id?: InstanceId): number {
    const tenant = this.#tenantOf(binding);
    const removedIn = (what: string) => this.#removals.get(tenant)?.get(what)?.in ?? 0;
    const isThere = present !== undefined && this.#tenantOf(present) === tenant;
    const declaredIn = isThere ? (present.acceptedIn ?? 0) : removedIn(binding.key);
    return Math.max(declaredIn, id === undefined ? 0 : removedIn(id), removedIn(EVERYTHING));
  }

  #remove(tenant: string, taken: string, atMs: number): void {
    const removals = this.#removals.get(tenant) ?? new Map<string, Removal>();
    this.#removals.set(tenant, removals);
    if (removals.get(EVERYTHING)?.in === this.#number) return;
    if (removals.size < MOST_REMOVALS) removals.set(taken, { in: this.#number, atMs });
    else this.#removals.set(tenant, new Map([[EVERYTHING, { in: this.#number, atMs }]]));
  }

  stored(): string {
    const remembered: Remembered = {
      revision: this.#revision,
      number: this.#number,
      approvals: [...this.#approvals],
      removals: [...this.#removals].map(([tenant, taken]) => [tenant, [...taken]]),
    };
    return JSON.stringify(remembered);
  }

  /** An approval may be from the future, and count only when its time comes. */
  #forget(approvals: readonly Approval[], nowMs: number): void {
    const oldest = Math.min(...approvals.map(({ acceptedIn = 0 }) => acceptedIn));
    for (const [tenant, removals] of this.#removals) {
      for (const [what, { in: number, atMs }] of removals)
        if (nowMs - atMs > REMEMBERED_MS && number < oldest) removals.delete(what);
      if (removals.size === 0) this.#removals.delete(tenant);
    }
  }
}

export interface Acceptance {
  readonly before: ReadonlyMap<BindingKey, Binding>;
  readonly after: ReadonlyMap<BindingKey, Binding>;
  readonly approvals: readonly Approval[];
  readonly nowMs: number;
  /** What {@link removedInSteps} gave; absent: it is looked for at once. */
  readonly removed?: readonly Removed[];
}

/** What a revision takes away from a binding as it was. */
export interface Removed {
  readonly binding: Binding;
  /** Instances that it does not name any more, and the binding itself when it is gone. */
  readonly taken: readonly (InstanceId | BindingKey)[];
}

function* annotations(bindings: ReadonlyMap<BindingKey, Binding>): Generator<Approval> {
  for (const { approvedPlan } of bindings.values()) if (approvedPlan !== undefined) yield approvedPlan;
}

function read(stored: string | undefined) {
  try {
    if (stored === undefined) return undefined;
    const { revision, number, approvals, removals } = JSON.parse(stored) as Remembered;
    const byTenant = removals.map(([tenant, taken]) => [tenant, new Map(taken)] as const);
    return { revision, number, approvals: new Map(approvals), removals: new Map(byTenant) };
  } catch {
    // Written by a program that failed in the middle. What approvals there are count as new ones.
    return undefined;
  }
}

/** What is taken away. Yields when other work may go on. */
export function* removedInSteps(
  before: ReadonlyMap<BindingKey, Binding>,
  after: ReadonlyMap<BindingKey, Binding>,
): Generator<void, Removed[]> {
  const removed: Removed[] = [];
  let looked = 0;
  for (const [key, binding] of before) {
    const now = after.get(key);
    if (now === binding) continue;
    const isThere =
      now !== undefined &&
      now.scope.account === binding.scope.account &&
      now.scope.region === binding.scope.region;
    const kept = new Set(isThere ? now.instanceIds : []);
    const taken = binding.instanceIds.filter((id) => !kept.has(id));
    if (now === undefined || taken.length > 0)
      removed.push({ binding, taken: now === undefined ? [key, ...taken] : taken });
    looked += 1 + binding.instanceIds.length;
    if (looked < LOOKED_AT_ONCE) continue;
    looked = 0;
    yield;
  }
  return removed;
}
