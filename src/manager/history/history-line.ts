/** The history in lines: what left in one call with the same lists is one, and so is what changed traffic without a write. */

import type { HistoryLine } from '../../core/history-line.ts';
import { groupsOf } from '../../core/model.ts';
import { rfc3339Seconds } from '../../core/rfc-3339.ts';
import { authorityText, originText } from '../../core/text/authority-text.ts';
import { visible } from '../../core/text/visible.ts';
import type { JournalRow } from '../../store/sqlite/journal-table.ts';
import type { TrafficRow } from '../../store/sqlite/traffic-table.ts';
import { originOf } from './journal-view.ts';
import type { ObjectWrite } from './object-history.ts';
import { trafficText, WITHOUT_WRITE, writeTrafficText } from './traffic-view.ts';

/** A write, or what changed traffic without one. */
export type HistoryEntry =
  | { readonly kind: 'write'; readonly atMs: number; readonly write: JournalRow }
  | { readonly kind: 'traffic'; readonly atMs: number; readonly traffic: TrafficRow };

/** Newest first. */
export function historyEntries(
  writes: readonly JournalRow[],
  trafficRows: readonly TrafficRow[],
): readonly HistoryEntry[] {
  return [
    ...writes.map((write): HistoryEntry => ({ kind: 'write', atMs: write.intendedMs, write })),
    ...trafficRows.map((traffic): HistoryEntry => ({ kind: 'traffic', atMs: traffic.foundMs, traffic })),
  ].sort((a, b) => b.atMs - a.atMs);
}

/** In the order of the entries. @param authors of commits by revision, where they were told. */
export function historyLines(
  entries: readonly HistoryEntry[],
  authors: ReadonlyMap<string, string> = new Map(),
): HistoryLine[] {
  const calls = groupsOf(entries, (entry) =>
    entry.kind === 'write' ? callText(entry.write) : `traffic ${entry.traffic.id}`,
  );
  return calls.flatMap((call) => {
    const [first] = call;
    if (first.kind === 'traffic') return [trafficLine(first.traffic)];
    return (
      lineOf(
        call.flatMap((entry) => (entry.kind === 'write' ? [entry.write] : [])),
        authors,
      ) ?? []
    );
  });
}

/** What objects tell has no numbers. */
export function objectLines(writes: readonly ObjectWrite[]): HistoryLine[] {
  return writes.map(
    ({ before, traffic, since, permit, generation, ...write }): HistoryLine => ({
      ...write,
      ...{ ids: [], before },
      authority: permit === undefined ? visible(write.authority) : authorityText(permit),
      traffic: [...traffic, ...(since === undefined ? [] : [`not open before ${since}`])].join('; '),
      declared: generation === undefined ? '' : originText({ kind: 'kubernetes', uid: '', generation }),
    }),
  );
}

/** The same for all instances of one call that are told in one line. */
function callText(row: JournalRow): string {
  const { intendedMs, requestId, binding, cause, before, after, outcome, code, permit, traffic } = row;
  return JSON.stringify([
    ...[intendedMs, requestId, binding, cause, before, after, outcome, code, permit],
    traffic,
  ]);
}

function lineOf(call: readonly JournalRow[], authors: ReadonlyMap<string, string>): HistoryLine | undefined {
  const [row] = call;
  if (row === undefined) return undefined;
  const instanceIds = call.map(({ instanceId }) => instanceId).sort();
  return {
    ids: call.map(({ id }) => id),
    time: rfc3339Seconds(row.intendedMs),
    instanceIds,
    instanceCount: instanceIds.length,
    binding: row.binding,
    cause: row.cause,
    before: row.before,
    after: row.after,
    outcome: (row.outcome ?? 'open') + (row.code === '' ? '' : ` ${row.code}`),
    authority: row.permit === undefined ? '' : authorityText(row.permit),
    requestId: row.requestId,
    traffic: writeTrafficText(row),
    declared: declaredText(row, authors),
  };
}

function declaredText(row: JournalRow, authors: ReadonlyMap<string, string>): string {
  const origin = originOf(row);
  if (origin?.kind === undefined) return '';
  const author = origin.kind === 'directory' ? authors.get(origin.revision) : undefined;
  return `${originText(origin)}${author === undefined ? '' : ` (${author})`}`;
}

function trafficLine(row: TrafficRow): HistoryLine {
  return {
    ...{ ids: [], time: rfc3339Seconds(row.foundMs), binding: row.binding },
    ...{ instanceIds: row.instanceIds, instanceCount: row.instanceIds.length },
    cause: WITHOUT_WRITE[row.cause],
    before: row.cause === 'rules' ? undefined : row.before,
    ...{
      after: row.after,
      outcome: '',
      authority: '',
      requestId: '',
      traffic: trafficText(row),
      declared: '',
    },
  };
}
