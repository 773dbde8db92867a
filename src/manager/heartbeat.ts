/** Tells readers of the state, as long as it can be written, that what stands in it is of now. */
import { messageOf } from '../api/message-of.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Log } from '../runtime/log.ts';
import type { HeartbeatTable } from '../store/sqlite/heartbeat-table.ts';

export interface HeartbeatOptions {
  readonly table: Pick<HeartbeatTable, 'beat'>;
  readonly everyMs: number;
  readonly clock: Clock;
  readonly log: Log;
}

/** Beats until the signal aborts. A beat that fails is said once, and again when it succeeds. */
export async function beatSteadily(
  { table, everyMs, clock, log }: HeartbeatOptions,
  signal: AbortSignal,
): Promise<void> {
  let failing = false;
  while (!signal.aborted) {
    try {
      table.beat({ atMs: clock.wall(), everyMs });
      if (failing) log.info({}, 'the state can be written again');
      failing = false;
    } catch (error) {
      const words = 'the state cannot be written, so `cvmsg get` and `cvmsg why` show what was true before';
      if (!failing) log.error({ error: messageOf(error) }, words);
      failing = true;
    }
    await clock.sleep(everyMs, signal).catch(() => {});
  }
}
