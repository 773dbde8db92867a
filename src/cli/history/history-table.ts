/** The history as a table. */

import type { HistoryLine } from '../../core/history-line.ts';
import { visible } from '../../core/text/visible.ts';
import { idRanges, listText, thousands } from '../../core/text/words.ts';
import { type HistoryEntry, historyLines, objectLines } from '../../manager/history/history-line.ts';
import type { ObjectWrite } from '../../manager/history/object-history.ts';
import { table } from '../output/table.ts';

const HEADING = ['ID', 'TIME', 'INSTANCES', 'BINDING', 'CAUSE', 'BEFORE', 'AFTER', 'OUTCOME'];
/** What gives way where a line is too long for the terminal. */
const CUT = ['ID', 'INSTANCES', 'BINDING', 'BEFORE', 'AFTER', 'OUTCOME', 'AUTHORITY', 'TRAFFIC'];
const NAMED = 2;

export interface HistoryView {
  /** Of the terminal; absent: nothing is cut. */
  readonly width: number | undefined;
  /** With request ids, every instance and whole digests. */
  readonly wide: boolean;
}

export function historyTable(entries: readonly HistoryEntry[], view: HistoryView): string {
  return linesText(historyLines(entries), view);
}

export function objectHistoryTable(writes: readonly ObjectWrite[], view: HistoryView): string {
  return linesText(objectLines(writes), view);
}

function linesText(lines: readonly HistoryLine[], { width, wide }: HistoryView): string {
  const optional = [
    { name: 'ID', isShown: lines.some(({ ids }) => ids.length > 0) },
    { name: 'AUTHORITY', isShown: lines.some(({ authority }) => authority !== '') },
    { name: 'TRAFFIC', isShown: lines.some(({ traffic }) => traffic !== '') },
    { name: 'REQUEST', isShown: wide },
  ];
  const hidden = new Set(optional.filter(({ isShown }) => !isShown).map(({ name }) => name));
  const heading = [...HEADING, 'AUTHORITY', 'TRAFFIC', 'REQUEST'];
  const shown = heading.map((name) => !hidden.has(name));
  const only = (cells: readonly string[]) => cells.filter((_, column) => shown[column]);
  return table(
    only(heading),
    lines.map((line) => only(cellsOf(line, wide))),
    { width, cuts: CUT },
  );
}

function cellsOf(line: HistoryLine, wide: boolean): string[] {
  const {
    ids,
    time,
    instanceIds,
    instanceCount,
    binding,
    cause,
    before,
    after,
    outcome,
    authority,
    traffic,
    requestId,
  } = line;
  const named = wide ? instanceIds : instanceIds.slice(0, NAMED);
  const more = instanceCount - named.length;
  return [
    idRanges(ids),
    time,
    named.join(',') + (more > 0 ? ` +${thousands(more)}` : ''),
    binding,
    cause,
    before === undefined ? '' : listText(before),
    listText(after),
    outcome,
    wide ? authority : shortDigests(authority),
    visible(traffic),
    visible(requestId),
  ];
}

/** As much of each digest as `cvmsg approve` takes. */
function shortDigests(text: string): string {
  return text.replaceAll(/\bsha256:([0-9a-f]{12})[0-9a-f]{52}\b/g, 'sha256:$1');
}
