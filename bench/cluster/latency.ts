/** From a change of an object to the cloud's write call. */
import { systemClock } from '../../src/runtime/clock.ts';
import { seededRandom } from '../../src/runtime/random.ts';
import { percentile } from '../percentile.ts';
import type { Taken } from '../row.ts';
import type { Declared } from '../workload.ts';
import type { OperatorWorld } from './operator-world.ts';

export interface LatencyOptions {
  /** Each is changed once: it gets its own list the other way round, which must not be the one it has. */
  readonly documents: readonly Declared[];
  /** What else goes on, in words. */
  readonly meanwhile: string;
}

/** Changes one object after the other at random moments while a controller runs. */
export async function latency(
  world: OperatorWorld,
  { documents, meanwhile }: LatencyOptions,
): Promise<Taken<'p50Ms' | 'p99Ms' | 'changes'>> {
  return latencyOf(await changeTimes(world, documents), meanwhile);
}

/** The same, as the times of all changes in milliseconds. */
export function changeTimes(world: OperatorWorld, documents: readonly Declared[]): Promise<number[]> {
  return world.unwatched(() => timesOf(world, documents));
}

async function timesOf(world: OperatorWorld, documents: readonly Declared[]): Promise<number[]> {
  const random = seededRandom(9);
  const times: number[] = [];
  for (const { name, instanceIds, sgIds } of documents) {
    await world.simulator.ask('watch', instanceIds[0]);
    await systemClock.sleep(50 + random.next() * 400);
    const sentAtMs = await world.declare(name, sgIds.toReversed());
    times.push((await world.simulator.ask<number>('written')) - sentAtMs);
  }
  return times;
}

export function latencyOf(
  measured: readonly number[],
  meanwhile: string,
): Taken<'p50Ms' | 'p99Ms' | 'changes'> {
  const times = measured.toSorted((a, b) => a - b);
  const [p50Ms, p99Ms] = [percentile(times, 0.5), percentile(times, 0.99)];
  return {
    what: `an object changes -> cloud write call, ${meanwhile}; 30 ms read inside`,
    measured: `p50 ${p50Ms} ms, p99 ${p99Ms} ms over ${times.length} changes`,
    values: { p50Ms, p99Ms, changes: times.length },
  };
}
