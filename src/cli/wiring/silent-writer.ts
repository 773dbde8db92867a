/** Whether the process that writes a state has stopped to report, as one does whose disk is full: what is stored is old then. */

import { shortDuration } from '../../core/text/duration.ts';
import { HeartbeatTable } from '../../store/sqlite/heartbeat-table.ts';
import type { StateFile } from '../../store/sqlite/state-file.ts';
import { currentWriter } from '../../store/sqlite/writer-lock.ts';

export interface SilentWriter {
  /** Who it is, and since when it writes this state. */
  readonly writer: string;
  /** When it could report last, by the calendar. */
  readonly reportedMs: number;
}

/** A beat comes a little late on a machine that is busy. */
const MARGIN_MS = 15_000;

/** Undefined where nobody writes the state at present, or whoever does has reported within its own interval. */
export function silentWriter(
  file: StateFile,
  { directory, nowMs }: { readonly directory: string; readonly nowMs: number },
): SilentWriter | undefined {
  const beat = new HeartbeatTable(file.database).latest();
  if (beat === undefined || nowMs - beat.atMs <= beat.everyMs + MARGIN_MS) return undefined;
  const writer = currentWriter(directory);
  return writer === undefined ? undefined : { writer, reportedMs: beat.atMs };
}

export function silentWriterText({ writer, reportedMs }: SilentWriter, nowMs: number): string {
  return (
    `${writer} has not reported for ${shortDuration(nowMs - reportedMs)}: nobody knows how things stand since ` +
    `${new Date(reportedMs).toISOString()}. Look whether its disk is full, and into its log`
  );
}
