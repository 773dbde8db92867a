/** Work that would hold the event loop too long comes as a generator, which yields each time when other work may go on. */
import type { Clock } from './clock.ts';

/** Does the work, and gives everything else a turn between two steps. Rejects with the signal's reason when it aborts. */
export async function inTurns<T>(
  steps: Generator<void, T>,
  { clock, signal }: { readonly clock: Pick<Clock, 'sleep'>; readonly signal: AbortSignal },
): Promise<T> {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    await clock.sleep(0, signal);
  }
}
