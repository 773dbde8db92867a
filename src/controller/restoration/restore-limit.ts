/** How long lists may take to be put back. */
import { type Clock, sinceWall } from '../../runtime/clock.ts';

/** A restoration that takes longer is given up; that of a binding that is being deleted is counted from the deletion. */
export const RESTORE_LIMIT_MS = 600_000;
/** One that begins later is tried all the same, for so long. */
const LATE_TRY_MS = 60_000;

/** Until when a restoration that begins now may last. @param deletedMs when its binding was deleted, by the calendar. */
export function restoreUntilMs(clock: Clock, deletedMs: number | undefined): number {
  const nowMs = clock.now();
  const sinceMs = deletedMs === undefined ? nowMs : sinceWall(clock, deletedMs);
  return Math.max(sinceMs + RESTORE_LIMIT_MS, nowMs + LATE_TRY_MS);
}
