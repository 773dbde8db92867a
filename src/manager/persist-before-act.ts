/** Nothing is written to the cloud before it is stored what declares it: a restart must not know an older truth than the cloud. */

import type { Clock } from '../runtime/clock.ts';

/** Something that stores what a source told. */
export interface Recorder {
  /** Stores more of it. Returns whether nothing is left. @throws when it cannot be stored. */
  flush(): boolean;
}

const LOOK_EVERY_MS = 1_000;

/** Has what could not be recorded recorded later, whether anything is written to the cloud or not, until the signal aborts. */
export async function recordAgain(
  recorder: { again(): Promise<void> },
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await clock.sleep(LOOK_EVERY_MS, signal).catch(() => {});
    if (!signal.aborted) await recorder.again();
  }
}
