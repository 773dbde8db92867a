/** The changes of a report for a spreadsheet (RFC 4180). */
import type { HistoryLine } from '../../core/history-line.ts';
import { visible } from '../../core/text/visible.ts';

const COLUMNS: readonly (readonly [name: string, cell: (line: HistoryLine) => string])[] = [
  ['time', ({ time }) => time],
  ['binding', ({ binding }) => binding],
  ['instances', ({ instanceIds }) => instanceIds.join(' ')],
  ['instance count', ({ instanceCount }) => String(instanceCount)],
  ['cause', ({ cause }) => cause],
  ['before', ({ before = [] }) => before.join(' ')],
  ['after', ({ after }) => after.join(' ')],
  ['opened and closed', ({ traffic }) => traffic],
  ['outcome', ({ outcome }) => outcome],
  ['declared', ({ declared }) => declared],
  ['authority', ({ authority }) => authority],
  ['request', ({ requestId }) => requestId],
];

export function reportCsv(lines: readonly HistoryLine[]): string {
  const rows = [COLUMNS.map(([name]) => name), ...lines.map((line) => COLUMNS.map(([, cell]) => cell(line)))];
  return rows.map((row) => `${row.map(field).join(',')}\r\n`).join('');
}

/** A spreadsheet would run a text that begins like a formula, and a terminal what steers it. */
function field(text: string): string {
  const shown = text.split(/\r?\n/).map(visible).join('\n');
  const plain = /^[=+\-@\n]/.test(shown) ? `'${shown}` : shown;
  return /[",\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
