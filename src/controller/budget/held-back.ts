/** What a decision of the change budget holds back, and what is said of it. */
import type { SetDecision } from '../../core/budget.ts';
import { deferredResult, exposedResult, refusedResult, type TooMany } from '../../core/budget-result.ts';
import type { GuardResult } from '../../core/guard-port.ts';
import type { PlanChange } from '../../core/plan-change.ts';
import type { BudgetRequest } from './budget.ts';
import type { ChangeSet } from './change-sets.ts';

/** What would change, and what of it only an approval lets pass. */
export type WaitingChange = PlanChange & Pick<BudgetRequest, 'needsApproval'>;

/** Sets that are held back together: one approval is for all of them. */
export interface HeldBack {
  readonly sets: readonly ChangeSet[];
  /** What is said of each change. @param changes how many they come to. */
  readonly resultOf: (digest: string, changes: number) => (change: WaitingChange) => GuardResult;
}

/** Whose budget, and what it comes to. */
export type BudgetState = Omit<TooMany, 'digest' | 'changes' | 'everywhere'>;

/** @param wallAt the moment of the calendar that a deferred set waits for. */
export function heldBack(
  decisions: readonly (readonly [ChangeSet, SetDecision])[],
  exposed: readonly ChangeSet[],
  { budget, wallAt }: { readonly budget: BudgetState; readonly wallAt: (untilMs: number) => number },
): HeldBack[] {
  const refused = decisions.filter(([, { kind }]) => kind === 'refuse').map(([set]) => set);
  const totals = decisions.map(([, one]) => (one.kind === 'refuse' ? one.everywhere : 0));
  const everywhere = Math.max(0, ...totals);
  const deferred = decisions.flatMap(([set, decision]): HeldBack[] => {
    if (decision.kind !== 'defer') return [];
    const untilMs = wallAt(decision.untilMs);
    return [
      { sets: [set], resultOf: (digest) => sameForAll(deferredResult({ ...budget, digest }, untilMs)) },
    ];
  });
  return [
    {
      sets: refused,
      resultOf: (digest, changes) => sameForAll(refusedResult({ ...budget, digest, changes, everywhere })),
    },
    {
      sets: exposed,
      resultOf: (digest) => (change) => exposedResult(change.needsApproval ?? '', digest),
    },
    ...deferred,
  ];
}

function sameForAll(result: GuardResult): () => GuardResult {
  return () => result;
}
