/** Gathers the changes of one scope into sets: those of a tenant's part of one revision, or those that came close together. */
import type { InstanceId } from '../../api/ids.ts';
import type { ChangeSetState, SetDecision } from '../../core/budget.ts';
import { deferredResult, exposedResult, refusedResult, type TooMany } from '../../core/budget-result.ts';
import type { GuardResult } from '../../core/guard-port.ts';
import type { Binding } from '../../core/model.ts';
import type { PlanChange } from '../../core/plan.ts';
import type { WriteCause } from '../../ports/journal.ts';
import { type Clock, wallAt } from '../../runtime/clock.ts';
import type { BudgetRequest } from './budget.ts';

/** Longest gap between two changes without a revision that belong to one set. */
const GAP_MS = 60_000;

export interface ChangeSet extends ChangeSetState {
  readonly name: string;
  readonly tenant: string;
  /** That of a revision, rather than one that time holds together. */
  readonly named: boolean;
  /** Of changes that only an approval lets pass, however few they are. */
  readonly exposed: boolean;
  readonly unread: Set<InstanceId>;
  readonly pending: Set<InstanceId>;
  readonly spent: Set<InstanceId>;
  readonly sinceMs: number;
  lastMs: number;
}

export interface SetKind {
  /** Changes of different kinds never share a set, nor do those of different tenants. */
  readonly name: string;
  readonly tenant: string;
  /** True when the name alone makes the set, such as that of a revision; otherwise time does. */
  readonly named: boolean;
  /** For changes that only an approval lets pass. */
  readonly exposed?: boolean;
}

export class ChangeSets {
  readonly #longestMs: number;
  readonly #sets = new Map<string, ChangeSet>();
  readonly #of = new Map<InstanceId, ChangeSet>();

  /** @param longestMs a set that only time holds together takes nothing new after this. */
  constructor(longestMs: number) {
    this.#longestMs = longestMs;
  }

  [Symbol.iterator](): Iterator<ChangeSet> {
    return this.#sets.values();
  }

  of(id: InstanceId): ChangeSet | undefined {
    return this.#of.get(id);
  }

  /** Declared anew, and not compared yet: it leaves every earlier set. */
  expect(id: InstanceId, kind: SetKind, nowMs: number): void {
    this.drop(id, nowMs);
    const set = this.#set(kind, nowMs);
    set.unread.add(id);
    this.#of.set(id, set);
  }

  /** It would change. One that was expected, or waits already, stays in its set, unless an approval is needed now, or not any more. */
  want(id: InstanceId, kind: SetKind, nowMs: number): void {
    if ((this.#of.get(id)?.exposed ?? false) !== (kind.exposed ?? false)) this.drop(id, nowMs);
    const set = this.#of.get(id) ?? this.#set(kind, nowMs);
    set.unread.delete(id);
    set.spent.delete(id);
    set.pending.add(id);
    this.#of.set(id, set);
  }

  /** It cannot be read: its set does not wait for it any more. When it would change, it joins a set again. */
  stopAwaiting(id: InstanceId): boolean {
    const expected = this.#of.get(id)?.unread.delete(id) ?? false;
    if (expected) this.#of.delete(id);
    return expected;
  }

  /** It was let through, and the set goes on counting it. */
  spend(id: InstanceId): void {
    const set = this.#of.get(id);
    if (set?.pending.delete(id)) set.spent.add(id);
  }

  /** There is nothing to change any more. @param changed whether it was changed as a part of its set. */
  drop(id: InstanceId, nowMs: number, changed = false): void {
    const set = this.#of.get(id);
    if (set === undefined) return;
    set.unread.delete(id);
    set.pending.delete(id);
    if (!changed) set.spent.delete(id);
    this.#of.delete(id);
    this.#forget(set, nowMs);
  }

  #set({ name, named, tenant, exposed = false }: SetKind, nowMs: number): ChangeSet {
    const key = `${tenant} ${name}${exposed ? ' exposed' : ''}`;
    const present = this.#sets.get(key);
    const takes =
      present !== undefined &&
      (named || (nowMs - present.lastMs <= GAP_MS && nowMs - present.sinceMs <= this.#longestMs));
    if (present !== undefined && takes) {
      present.lastMs = nowMs;
      return present;
    }
    // Changes that wait in the older set go on waiting there, under a name of its own.
    if (present !== undefined) this.#sets.set(`${key} since ${present.sinceMs}`, present);
    const made: ChangeSet = {
      name,
      tenant,
      named,
      exposed,
      unread: new Set(),
      pending: new Set(),
      spent: new Set(),
      sinceMs: nowMs,
      lastMs: nowMs,
    };
    for (const set of this.#sets.values()) this.#forget(set, nowMs);
    this.#sets.set(key, made);
    return made;
  }

  /** A set ends when nothing is left to decide. A set that time holds together also has to be closed to new changes. */
  #forget(set: ChangeSet, nowMs: number): void {
    if (set.unread.size > 0 || set.pending.size > 0) return;
    if (set.spent.size > 0 && nowMs - set.lastMs <= GAP_MS) return;
    for (const id of set.spent) if (this.#of.get(id) === set) return;
    for (const [key, one] of this.#sets) if (one === set) this.#sets.delete(key);
  }
}

/** The changes of a revision are one set. Changes without a revision, and drift, are one set when they come close together. */
export function setKind({ origin }: Binding, cause: WriteCause | 'declared', tenant: string): SetKind {
  switch (cause) {
    case 'drift':
      return { name: 'drift', tenant, named: false };
    default:
      // Lists that are put back because a revision removed documents belong to that revision.
      if (origin.kind === 'directory') return { name: `revision ${origin.revision}`, tenant, named: true };
      return { name: cause === 'restored' ? cause : 'declared', tenant, named: false };
  }
}

// What a decision of the change budget holds back, and what is said of it.

/** What would change, and what of it only an approval lets pass. */
export type WaitingChange = PlanChange & Pick<BudgetRequest, 'needsApproval'>;

/** Sets that are held back together: one approval is for all of them. */
export interface HeldBack {
  readonly sets: readonly ChangeSet[];
  readonly budget: BudgetState;
  /** Too much at once, of so many changes everywhere; what must not be opened; or too much within the period. */
  readonly why:
    | { readonly kind: 'refused'; readonly everywhere: number }
    | { readonly kind: 'exposed' }
    /** It waits until this moment of the calendar. */
    | { readonly kind: 'deferred'; readonly untilMs: number };
}

/** Whose budget, and what it comes to. */
type BudgetState = Omit<TooMany, 'digest' | 'changes' | 'everywhere'>;

export function heldBack(
  decisions: readonly (readonly [ChangeSet, SetDecision])[],
  exposed: readonly ChangeSet[],
  { budget, clock }: { readonly budget: BudgetState; readonly clock: Clock },
): HeldBack[] {
  const refused = decisions.filter(([, { kind }]) => kind === 'refuse').map(([set]) => set);
  const totals = decisions.map(([, one]) => (one.kind === 'refuse' ? one.everywhere : 0));
  const everywhere = Math.max(0, ...totals);
  const deferred = decisions.flatMap(([set, decision]): HeldBack[] => {
    if (decision.kind !== 'defer') return [];
    return [{ sets: [set], budget, why: { kind: 'deferred', untilMs: wallAt(clock, decision.untilMs) } }];
  });
  return [
    { sets: refused, budget, why: { kind: 'refused', everywhere } },
    { sets: exposed, budget, why: { kind: 'exposed' } },
    ...deferred,
  ];
}

/** What is said of each of so many changes that are held back together. @param digest of all of them. */
export function heldResult(
  { why, budget }: HeldBack,
  { digest, changes }: { readonly digest: string; readonly changes: number },
  { needsApproval = '' }: WaitingChange,
): GuardResult {
  switch (why.kind) {
    case 'refused':
      return refusedResult({ ...budget, digest, changes, everywhere: why.everywhere });
    case 'exposed':
      return exposedResult(needsApproval, digest);
    case 'deferred':
      return deferredResult({ ...budget, digest }, why.untilMs);
    default:
      return why satisfies never;
  }
}
