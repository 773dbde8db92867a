/** What is said of changes that the change budget holds back. */
import { approveHint } from './approve-hint.ts';
import type { GuardResult } from './guard-port.ts';
import { rfc3339Seconds } from './rfc-3339.ts';

const GUARD = { guard: 'blast-radius', reason: 'BlastRadius' } as const;

/** The change differs from the one plan that may be made. */
export const NOT_IN_THE_PLAN: GuardResult = {
  ...GUARD,
  outcome: 'refused',
  message: 'this change is not a part of the plan that was approved; make a new plan',
};

/** Whose budget in which region. */
export interface BudgetOwner {
  /** '' where the policy names no tenants. */
  readonly tenant: string;
  readonly region: string;
  readonly limit: number;
  /** Of the plan that would have to be approved. */
  readonly digest: string;
}

/** The changes fit, but not beside what has changed of late. */
export function deferredResult({ tenant, limit, digest }: BudgetOwner, untilMs: number): GuardResult {
  const until = rfc3339Seconds(untilMs);
  const message =
    `with what has changed of late, more than ${limit} instances of ${whose(tenant, 'this region')} would have changed; ` +
    `approve it with ${approveHint(digest)}, or this change waits until ${until}`;
  return { ...GUARD, outcome: 'deferred', message, approvable: digest };
}

export interface TooMany extends BudgetOwner {
  readonly changes: number;
  /** Instances that count, in all. */
  readonly instances: number;
  /** Instances that the same revision would change in all regions, and how many one may. */
  readonly everywhere: number;
  readonly revisionLimit: number;
}

/** The changes exceed the limit. */
export function refusedResult(tooMany: TooMany): GuardResult {
  const { tenant, changes, instances, region, limit, digest, everywhere, revisionLimit } = tooMany;
  const what =
    everywhere > revisionLimit && everywhere > changes
      ? `one revision would change ${everywhere} instances in all regions, ${changes} of them in ${region}, more than the ${revisionLimit} allowed; `
      : `${changes} of ${instances} instances${tenant === '' ? '' : ` of tenant "${tenant}"`} in ${region} would change at once, more than the ${limit} allowed; `;
  const message = `${what}look at the plan and approve it with ${approveHint(digest)}`;
  return { ...GUARD, outcome: 'refused', message, approvable: digest };
}

function whose(tenant: string, place: string): string {
  return tenant === '' ? place : `tenant "${tenant}" in ${place}`;
}

/** The change opens what the policy forbids, and an approval would let it pass. @param openings what, in words. */
export function exposedResult(openings: string, digest: string): GuardResult {
  return {
    guard: 'exposure',
    reason: 'Exposure',
    outcome: 'refused',
    message: `${openings}; look at the plan and approve it with ${approveHint(digest)}`,
    approvable: digest,
  };
}
