/** Two replicas, and the one that acts ends. */
import { systemClock } from '../../src/runtime/clock.ts';
import { seconds, type Taken } from '../row.ts';
import type { Running } from './running.ts';

export interface FailoverOptions {
  readonly signal: 'SIGKILL' | 'SIGTERM';
  /** What a replica logs when it begins to act. */
  readonly acts: string;
  /** What it logs once it could act. */
  readonly standsBy: string;
}

/** From the signal until the other replica acts. */
export async function failover(
  start: () => Promise<Running>,
  { signal, acts, standsBy }: FailoverOptions,
): Promise<Taken<'tookMs'>> {
  const leader = await start();
  await until(() => leader.log().includes(acts));
  const standby = await start();
  await until(() => standby.log().includes(standsBy));
  await systemClock.sleep(3_000);
  // Whichever acts now is the one to end.
  const [acting, other] = standby.log().includes(acts) ? [standby, leader] : [leader, standby];
  const before = other.log().split(acts).length;
  const endedMs = systemClock.now();
  await acting.stop(signal);
  await until(() => other.log().split(acts).length > before);
  const tookMs = systemClock.now() - endedMs;
  await other.stop();
  return {
    what: `failover after ${signal === 'SIGKILL' ? 'kill -9' : 'SIGTERM'}: until the standby acts`,
    measured: seconds(tookMs),
    values: { tookMs },
  };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await systemClock.sleep(20);
}
