/** A report as one file: no script, no address that it would have to load, and it prints well. */

import { raw } from 'hono/html';
import type { HistoryLine } from '../../core/history-line.ts';
import type { DriftSpan, Remark, Report } from '../../core/report.ts';
import { rfc3339Seconds } from '../../core/rfc-3339.ts';
import { shortDuration } from '../../core/text/duration.ts';
import { count } from '../../core/text/words.ts';
import { outcomeHtml, trafficHtml } from './history-page.ts';
import { type Html, html } from './html.ts';
import { layout } from './layout.ts';
import { sourceHtml } from './overview-page.ts';
import { listsHtml } from './pieces.ts';
import { styles } from './styles.ts';
import { type Column, type Table, tableHtml } from './table.ts';

const REPORT_STYLES = `
@page { size: A4 landscape; margin: 12mm; }
@media print {
  :root { color-scheme: light; font-size: 8.5pt; }
  body { max-width: none; padding: 0; background: none; font-size: 1rem; }
  h2 { break-after: avoid; }
  tr { break-inside: avoid; }
  td .prose { min-width: 0; }
}
`;
/** Lines of one table; programs get all. */
const MOST_LINES = 500;

/** @param version of the program that writes it. @param command that writes the same. */
export function reportPage(
  report: Report,
  { version, command }: { readonly version: string; readonly command: string },
): Html {
  const { from, until, asOf, source, totals, notes } = report;
  const isGood = report.notReady.length === 0 && report.sourceNotes.length === 0;
  const period = `${seconds(from)} to ${seconds(until)}`;
  const body = html`<h1>Report of ${source}</h1>
<p class="lead sentence ${isGood ? 'good' : 'bad'}">${totals}.</p>
<p class="faint">What changed from ${period}; how it stands as of ${seconds(asOf)}.</p>
${report.sourceNotes.length > 0 && sourceHtml(report.sourceNotes)}
${notes.map((note) => html`<p class="faint">${note}.</p>`)}
${remarkSection('Not ready', report.notReady)}
${changesSection('What changed', report.changes)}
${driftSection(report.drift)}
${remarkSection('Contested', report.contested)}
${remarkSection('Refused by guards', report.refused)}
${remarkSection('Suspended', report.suspended)}
${changesSection('Emergencies', report.emergencies)}
${remarkSection('Open to what the policy forbids', report.exposure)}`;
  return layout({
    title: `Report of ${period}`,
    about: { version, sources: [source] },
    head: html`<style>${raw(styles + REPORT_STYLES)}</style>`,
    command,
    body,
  });
}

function section<Row>(table: Table<Row>): Html {
  const { caption, rows } = table;
  const rest = rows.length - MOST_LINES;
  const shown = { none: 'None.', ...table, rows: rows.slice(0, MOST_LINES) };
  return html`<section><h2>${caption}</h2>${tableHtml(shown)}${rest > 0 && html`<p class="faint">and ${count(rest, 'more line')}; -o json has all</p>`}</section>`;
}

function remarkSection(caption: string, rows: readonly Remark[]): Html {
  const columns: readonly Column<Remark>[] = [
    { label: 'Binding', text: ({ binding }) => binding },
    { label: 'Instances', cell: ({ instances }) => instances },
    { label: 'Reason', text: ({ reason }) => reason, tone: () => 'bad' },
    { label: 'Why', cell: ({ message }) => html`<span class="prose">${message}</span>` },
  ];
  const key = ({ binding, reason, message }: Remark) => `${binding} ${reason} ${message}`;
  return section({ caption, rows, columns, key });
}

/** As far as people read it. */
function seconds(time: string): string {
  return rfc3339Seconds(Date.parse(time));
}

function timeHtml(time: string): Html {
  return html`<time datetime="${seconds(time)}">${seconds(time)}</time>`;
}

function withDetail(text: string, detail: string): Html {
  return html`${text}${detail !== '' && html`<span class="detail">${detail}</span>`}`;
}

function changesSection(caption: string, rows: readonly HistoryLine[]): Html {
  const columns: readonly Column<HistoryLine>[] = [
    { label: 'Time', cell: ({ time }) => timeHtml(time) },
    {
      label: 'Binding',
      cell: ({ binding, instanceIds, instanceCount }) =>
        withDetail(binding, instanceCount === 1 ? (instanceIds[0] ?? '') : count(instanceCount, 'instance')),
    },
    { label: 'Why', cell: ({ cause, declared }) => withDetail(cause, declared) },
    { label: 'Before → after', cell: (line) => listsHtml(line) },
    { label: 'Opened and closed', cell: trafficHtml },
    { label: 'Outcome', cell: outcomeHtml },
  ];
  const key = ({ time, binding, ids, cause }: HistoryLine) => `${time} ${binding} ${cause} ${ids.join()}`;
  return section({ caption, rows, columns, key });
}

function driftSection(rows: readonly DriftSpan[]): Html {
  const columns: readonly Column<DriftSpan>[] = [
    { label: 'Found', cell: ({ found }) => timeHtml(found) },
    { label: 'Binding', text: ({ binding }) => binding },
    { label: 'Instance', text: ({ instanceId }) => instanceId },
    {
      label: 'Stood',
      cell: ({ atMostSeconds, repaired }) =>
        atMostSeconds !== undefined
          ? `for at most ${shortDuration(atMostSeconds * 1_000)}`
          : repaired === undefined
            ? 'no repair was read back'
            : 'not known',
    },
    { label: 'Traffic', cell: trafficHtml },
  ];
  const key = ({ found, instanceId }: DriftSpan) => `${found} ${instanceId}`;
  return section({ caption: 'Drift', rows, columns, key, none: 'None was found.' });
}
