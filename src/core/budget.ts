/**
 * The change budget: how many instances may change within a period without an approval.
 *
 * Each tenant has a budget of its own in each scope; where a policy names no tenants, the scope has one. Changes come
 * in sets: those of one revision of a directory, or those that came close together. A set goes on whole or not at all,
 * the smallest first, so that a flood that nobody has approved holds up only itself.
 *
 * | the set                                                           | what becomes of it                  |
 * |-------------------------------------------------------------------|-------------------------------------|
 * | may exceed the limit once all of its instances are read           | waits for them                      |
 * | exceeds the limit, in its scope or as a revision in all of them   | refused until somebody approves it  |
 * | fits, but not beside what was changed within the period           | deferred until it does              |
 * | fits                                                              | granted                             |
 *
 * So within any period at most `limit` instances of a tenant change in a scope without an approval. Counted are
 * instances that were read, that the tenant may name, and that would be written.
 */
import type { InstanceId } from '../api/ids.ts';
import type { BlastRadius, Limit } from './policy.ts';

/** Most instances that may change within the period, of so many in all. */
export function changeLimit({ share, count }: Limit, instances: number): number {
  return Math.max(count, Math.floor(share * instances));
}

/**
 * The limit of each tenant of a scope. The limit over all tenants together is shared out before anybody changes
 * anything, so that no tenant can use what another one needs; each may change one instance at least.
 * @param instances how many each tenant has there.
 */
export function tenantLimits(
  { total, ...own }: BlastRadius,
  instances: ReadonlyMap<string, number>,
): ReadonlyMap<string, number> {
  const limits = new Map([...instances].map(([tenant, count]) => [tenant, changeLimit(own, count)]));
  if (total === undefined) return limits;
  const sum = [...instances.values()].reduce((all, count) => all + count, 0);
  return shareOut(changeLimit(total, sum), limits);
}

/** Gives each the same, up to what it wants, and shares the rest among the others. Equals go in the order of their names. */
function shareOut(total: number, wants: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  const shares = new Map<string, number>();
  const waiting = [...wants].sort(([a, few], [b, many]) => few - many || (a < b ? -1 : 1));
  let left = total;
  for (const [index, [name, want]] of waiting.entries()) {
    const share = Math.min(want, Math.floor(left / (waiting.length - index)));
    left = Math.max(0, left - share);
    shares.set(name, Math.max(share, Math.min(want, 1)));
  }
  return shares;
}

export interface ChangeSetState {
  /** Declared, and not compared yet. */
  readonly unread: ReadonlySet<InstanceId>;
  /** Would change, and are neither approved nor granted. */
  readonly pending: ReadonlySet<InstanceId>;
  /** Granted as a part of this set, or changed. */
  readonly spent: ReadonlySet<InstanceId>;
}

export type SetDecision =
  | { readonly kind: 'grant' }
  | { readonly kind: 'wait' }
  /** How many instances the set would change, in all scopes. */
  | { readonly kind: 'refuse'; readonly everywhere: number }
  | { readonly kind: 'defer'; readonly untilMs: number };

/** How many instances of a set are known to change, and how many may. */
export interface SetSize {
  readonly known: number;
  readonly unread: number;
}

export interface BudgetContext<S> {
  readonly limit: number;
  /** Most instances that one revision may change in all scopes together. */
  readonly revisionLimit: number;
  /** What the same revision would change in other scopes. */
  readonly elsewhere: (set: S) => SetSize;
  readonly periodMs: number;
  /** Instances that were changed without an approval, with when, and those that are granted, with Infinity. */
  readonly used: ReadonlyMap<InstanceId, number>;
}

/** Decides about every set of one tenant that has something pending, the smallest first. */
export function decideSets<S extends ChangeSetState>(
  sets: Iterable<S>,
  context: BudgetContext<S>,
): Map<S, SetDecision> {
  const decisions = new Map<S, SetDecision>();
  const used = new Map(context.used);
  const waiting = [...sets].filter((set) => set.pending.size > 0);
  for (const set of waiting.sort((a, b) => sizeOf(a) - sizeOf(b))) {
    const decision = decide(set, { ...context, used, others: context.elsewhere(set) });
    decisions.set(set, decision);
    if (decision.kind === 'grant') for (const id of set.pending) used.set(id, Number.POSITIVE_INFINITY);
  }
  return decisions;
}

interface DecideContext extends Omit<BudgetContext<never>, 'elsewhere'> {
  readonly others: SetSize;
}

function decide(set: ChangeSetState, context: DecideContext): SetDecision {
  const { limit, revisionLimit, periodMs, used, others } = context;
  const { known, unread } = setSize(set);
  const everywhere = known + others.known;
  if (known > limit || everywhere > revisionLimit) return { kind: 'refuse', everywhere };
  if (known + unread > limit || everywhere + unread + others.unread > revisionLimit) return { kind: 'wait' };
  let added = 0;
  for (const id of set.pending) if (!used.has(id)) added++;
  const excess = used.size + added - limit;
  if (excess <= 0) return { kind: 'grant' };
  // The oldest changes leave the period first.
  const freedMs = [...used]
    .filter(([id]) => !set.pending.has(id))
    .map(([, atMs]) => atMs)
    .sort((a, b) => a - b)[excess - 1];
  if (freedMs === undefined || freedMs === Number.POSITIVE_INFINITY) return { kind: 'wait' };
  return { kind: 'defer', untilMs: freedMs + periodMs };
}

/** What a set comes to. */
export function setSize({ unread, pending, spent }: ChangeSetState): SetSize {
  return { known: pending.size + spent.size, unread: unread.size };
}

function sizeOf(set: ChangeSetState): number {
  const { known, unread } = setSize(set);
  return known + unread;
}
