import type { BindingStatus } from '../../src/ports/status.ts';

/** The digests of plans that a status names. */
export function digestsIn({ pendingPlans = [] }: BindingStatus): string[] {
  return pendingPlans.map(({ digest }) => digest);
}
