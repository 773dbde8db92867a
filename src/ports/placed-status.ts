/** A status whose hints work where it is read. */

import { placedHint } from '../core/approve-hint.ts';
import type { BindingStatus } from './status.ts';

/** @param flags as {@link placedHint}. */
export function placedStatus(status: BindingStatus, flags: string): BindingStatus {
  const placed = <T extends { readonly message: string }>(one: T): T => {
    const message = placedHint(one.message, flags);
    return message === one.message ? one : { ...one, message };
  };
  const { restoring, pendingPlans } = status;
  return {
    ...status,
    conditions: status.conditions.map(placed),
    instances: status.instances.map(placed),
    ...(pendingPlans === undefined ? {} : { pendingPlans: pendingPlans.map(placed) }),
    ...(restoring === undefined
      ? {}
      : {
          restoring: restoring.map(({ waits, ...one }) =>
            waits === undefined ? one : { ...one, waits: placed(waits) },
          ),
        }),
  };
}
