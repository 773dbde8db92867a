/** Plans that wait for an approval, as the verdicts of a controller tell. */
import { planDigestsIn } from '../../api/approval.ts';

/** What a verdict or the status of an object tells of a binding. */
export interface Told {
  /** `namespace/name`. */
  readonly binding: string;
  readonly conditions: readonly { readonly reason?: string; readonly message?: string }[];
  readonly instances: readonly { readonly reason?: string; readonly message?: string }[];
}

export interface PendingPlan {
  readonly digest: string;
  readonly bindings: readonly string[];
  /** Instances that wait for it, as far as they are listed; 0 for a change of members. */
  readonly instances: number;
  readonly message: string;
}

/** Reasons of what an approval can let pass. */
const APPROVABLE = new Set(['BlastRadius', 'SelectionRefused']);

/** One for each digest, in the order of the bindings. */
export function pendingPlans(told: Iterable<Told>): PendingPlan[] {
  const plans = new Map<string, { bindings: Set<string>; instances: number; message: string }>();
  const plan = (digest: string, message: string) => {
    const present = plans.get(digest) ?? { bindings: new Set<string>(), instances: 0, message };
    plans.set(digest, present);
    return present;
  };
  for (const { binding, conditions, instances } of told) {
    for (const { reason = '', message = '' } of conditions) {
      if (!APPROVABLE.has(reason)) continue;
      for (const digest of planDigestsIn(message)) plan(digest, message).bindings.add(binding);
    }
    for (const { reason = '', message = '' } of instances) {
      if (!APPROVABLE.has(reason)) continue;
      for (const digest of planDigestsIn(message)) {
        const one = plan(digest, message);
        one.message = message;
        one.bindings.add(binding);
        one.instances++;
      }
    }
  }
  return [...plans].map(([digest, { bindings, ...rest }]) => ({
    digest,
    bindings: [...bindings].sort(),
    ...rest,
  }));
}
