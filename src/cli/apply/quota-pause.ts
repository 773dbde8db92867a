/** Lets the reads of the plan leave the cloud's one-second window before the writes bring their own. */
import { systemClock } from '../../runtime/clock.ts';
import type { GlobalSettings } from '../flags/global-flags.ts';
import type { CallTally } from '../wiring/cloud-wiring.ts';

const WINDOW_MS = 1_000;

/** Waits only when the plan took enough calls for it to matter. Rejects when the signal aborts. */
export async function pauseForQuota(
  { calls }: CallTally,
  { globals, signal }: { readonly globals: GlobalSettings; readonly signal: AbortSignal },
): Promise<void> {
  if (calls * 2 > globals.readsPerSecond) await systemClock.sleep(WINDOW_MS, signal);
}
