/** What is said of changes that the blast radius holds back. */
import type { GuardVerdict } from './guard-port.ts';
import { rfc3339Seconds } from './rfc-3339.ts';

const GUARD = { guard: 'blast-radius', reason: 'BlastRadius' } as const;

/** The change differs from the one plan that may be made. */
export const NOT_IN_THE_PLAN: GuardVerdict = {
  ...GUARD,
  outcome: 'refused',
  message: 'this change is not a part of the plan that was approved; make a new plan',
};

/** The changes fit, but not beside what has changed of late. */
export function deferredVerdict(limit: number, untilMs: number): GuardVerdict {
  const until = rfc3339Seconds(untilMs);
  const message = `with what has changed of late, more than ${limit} instances of this region would have changed; this change waits until ${until}`;
  return { ...GUARD, outcome: 'deferred', message };
}

export interface TooMany {
  readonly changes: number;
  /** Instances of the scope in all. */
  readonly instances: number;
  readonly region: string;
  readonly limit: number;
  /** Instances that the same revision would change in all regions, and how many one may. */
  readonly everywhere: number;
  readonly revisionLimit: number;
  /** Of the plan that would have to be approved. */
  readonly digest: string;
}

/** The changes exceed the limit. */
export function refusedVerdict(tooMany: TooMany): GuardVerdict {
  const { changes, instances, region, limit, digest, everywhere, revisionLimit } = tooMany;
  const what =
    everywhere > revisionLimit && everywhere > changes
      ? `one revision would change ${everywhere} instances in all regions, ${changes} of them in ${region}, more than the ${revisionLimit} allowed; `
      : `${changes} of ${instances} instances in ${region} would change at once, more than the ${limit} allowed; `;
  const message = `${what}look at the plan and approve it with \`cvmsg approve ${digest}\``;
  return { ...GUARD, outcome: 'refused', message, approvable: digest };
}
