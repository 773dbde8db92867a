/** Plans that wait for an approval, as the statuses of a controller tell. */

/** What the status of a binding tells of the plans that it waits for. */
export interface Reported {
  /** `namespace/name`. */
  readonly key: string;
  readonly pendingPlans?: readonly {
    readonly digest: string;
    readonly message?: string;
    readonly instanceCount: number;
  }[];
}

export interface PendingPlan {
  readonly digest: string;
  readonly bindings: readonly string[];
  /** Instances that wait for it; 0 for a change of members. */
  readonly instances: number;
  readonly message: string;
}

/** One for each digest, in the order of the bindings. */
export function pendingPlans(reported: Iterable<Reported>): PendingPlan[] {
  const plans = new Map<string, PendingPlan>();
  for (const { key, pendingPlans: own = [] } of reported) {
    for (const { digest, message = '', instanceCount } of own) {
      const known = plans.get(digest);
      plans.set(digest, {
        digest,
        bindings: [...(known?.bindings ?? []), key],
        instances: (known?.instances ?? 0) + instanceCount,
        message: known?.message ?? message,
      });
    }
  }
  return [...plans.values()].map((plan) => ({ ...plan, bindings: [...plan.bindings].sort() }));
}
