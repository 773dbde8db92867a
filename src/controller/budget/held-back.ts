/** What a decision of the change budget holds back, and what is said of it. */
import type { SetDecision } from '../../core/budget.ts';
import { deferredResult, exposedResult, refusedResult, type TooMany } from '../../core/budget-result.ts';
import type { GuardResult } from '../../core/guard-port.ts';
import type { PlanChange } from '../../core/plan-change.ts';
import { type Clock, wallAt } from '../../runtime/clock.ts';
import type { BudgetRequest } from './budget.ts';
import type { ChangeSet } from './change-sets.ts';

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
export type BudgetState = Omit<TooMany, 'digest' | 'changes' | 'everywhere'>;

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
