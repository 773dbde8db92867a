/** Cuts work into portions, so that other work may go on between them. */
import type { Clock } from './clock.ts';

export interface PortionLimits<T> {
  /** Most things of a portion. */
  readonly things: number;
  /** A portion ends with the thing that brings it to this size. */
  readonly size: number;
  readonly sizeOf: (thing: T) => number;
}

/** The things in their order, a portion at a time; each is asked for only when its portion is made. */
export function* portionsOf<T>(things: Iterable<T>, limits: PortionLimits<T>): Generator<readonly T[]> {
  let portion: T[] = [];
  let size = 0;
  for (const thing of things) {
    portion.push(thing);
    size += limits.sizeOf(thing);
    if (portion.length < limits.things && size < limits.size) continue;
    yield portion;
    [portion, size] = [[], 0];
  }
  if (portion.length > 0) yield portion;
}

/** Does the work portion by portion, and yields between two of them. @param sizeOf what a thing counts for; absent: one. */
export function* eachPortion<T>(
  things: Iterable<T>,
  most: number,
  work: (portion: readonly T[]) => void,
  sizeOf: (thing: T) => number = () => 1,
): Generator<void, void> {
  let isFirst = true;
  for (const portion of portionsOf(things, { things: most, size: most, sizeOf })) {
    if (!isFirst) yield;
    isFirst = false;
    work(portion);
  }
}

/** Does the work, and gives everything else a turn between two steps. Rejects with the signal's reason when it aborts. */
export async function inSteps<T>(
  steps: Generator<void, T>,
  { clock, signal }: { readonly clock: Pick<Clock, 'sleep'>; readonly signal: AbortSignal },
): Promise<T> {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    await clock.sleep(0, signal);
  }
}
