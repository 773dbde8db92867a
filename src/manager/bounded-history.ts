/** Keeps the history of a running controller bounded: at the start, and once an hour. */
import { messageOf } from '../api/message-of.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Log } from '../runtime/log.ts';
import { HistoryBounds, type HistoryLimits } from '../store/sqlite/history-bounds.ts';
import type { StateFile } from '../store/sqlite/state-file.ts';

const PRUNE_EVERY_MS = 3_600_000;
/** Whether the time is confirmed is asked this often. */
const LOOK_EVERY_MS = 250;
/** A state without a folder costs memory. */
const MOST_BYTES_IN_MEMORY = 32 * 2 ** 20;

export interface ConfirmedTime {
  /** The calendar; undefined while nobody has confirmed it. */
  confirmedMs(): number | undefined;
}

export interface BoundedHistoryOptions {
  readonly keepMs: number;
  readonly keepMib: number;
  /** Whether the state is in a folder. */
  readonly onDisk: boolean;
  readonly clock: Clock;
  /** Tells the time that somebody else has confirmed: a clock that is far ahead would remove everything. */
  readonly time: ConfirmedTime;
  readonly log: Log;
}

/** Prunes until the signal aborts. */
export async function boundHistory(
  { database }: StateFile,
  options: BoundedHistoryOptions,
  signal: AbortSignal,
): Promise<void> {
  const { keepMs, keepMib, onDisk, clock, time, log } = options;
  const bytes = keepMib * 2 ** 20;
  const limits: HistoryLimits = { keepMs, keepBytes: onDisk ? bytes : Math.min(bytes, MOST_BYTES_IN_MEMORY) };
  const bounds = new HistoryBounds(database, { limits, clock });
  while (!signal.aborted) {
    const nowMs = time.confirmedMs();
    if (nowMs === undefined) {
      await clock.sleep(LOOK_EVERY_MS, signal).catch(() => {});
      continue;
    }
    try {
      const pruned = await bounds.prune(nowMs, signal);
      if (pruned.journal + pruned.revisions > 0) log.info({ ...pruned }, 'the oldest history was removed');
    } catch (error) {
      log.error({ error: messageOf(error) }, 'the history could not be pruned and is tried again');
    }
    await clock.sleep(PRUNE_EVERY_MS, signal).catch(() => {});
  }
}
