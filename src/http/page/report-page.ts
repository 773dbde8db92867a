/** A report as one file: no script, no address that it would have to load, and it prints well. */

import { raw } from 'hono/html';
import type { DriftSpan, Remark, Report, ReportChange } from '../../core/report.ts';
import { rfc3339Seconds } from '../../core/rfc-3339.ts';
import { shortDuration } from '../../core/text/duration.ts';
import { count } from '../../core/text/words.ts';
import { outcomeHtml, trafficHtml } from './history-page.ts';
import { type Html, html } from './html.ts';
import { layout } from './layout.ts';
import { sourceHtml } from './overview-page.ts';
import { listsHtml, stateHtml } from './pieces.ts';
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
  const { fromMs, untilMs, asOfMs, source, totals, notes } = report;
  const isGood = report.notReady.length === 0 && report.sourceNotes.length === 0;
  const period = `${rfc3339Seconds(fromMs)} to ${rfc3339Seconds(untilMs)}`;
  const body = html`<h1>Report of ${source}</h1>
<p class="lead sentence ${isGood ? 'good' : 'bad'}">${totals}.</p>
<p class="faint">What changed from ${period}; how it stands as of ${rfc3339Seconds(asOfMs)}.</p>
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
    { label: 'Reason', cell: ({ reason }) => stateHtml(reason, 'bad') },
    { label: 'Why', cell: ({ message }) => html`<span class="prose">${message}</span>` },
  ];
  const key = ({ binding, reason, message }: Remark) => `${binding} ${reason} ${message}`;
  return section({ caption, rows, columns, key });
}

function timeHtml(text: string): Html {
  return html`<time datetime="${text}">${text}</time>`;
}

function withDetail(text: string, detail: string): Html {
  return html`${text}${detail !== '' && html`<span class="detail">${detail}</span>`}`;
}

function changesSection(caption: string, rows: readonly ReportChange[]): Html {
  const columns: readonly Column<ReportChange>[] = [
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
  const key = ({ time, binding, ids, cause }: ReportChange) => `${time} ${binding} ${cause} ${ids.join()}`;
  return section({ caption, rows, columns, key });
}

function driftSection(rows: readonly DriftSpan[]): Html {
  const columns: readonly Column<DriftSpan>[] = [
    { label: 'Found', cell: ({ foundMs }) => timeHtml(rfc3339Seconds(foundMs)) },
    { label: 'Binding', text: ({ binding }) => binding },
    { label: 'Instance', text: ({ instanceId }) => instanceId },
    {
      label: 'Stood',
      cell: ({ atMostMs, repairedMs }) =>
        atMostMs !== undefined
          ? `for at most ${shortDuration(atMostMs)}`
          : repairedMs === undefined
            ? 'no repair was read back'
            : 'not known',
    },
    { label: 'Traffic', cell: trafficHtml },
  ];
  const key = ({ foundMs, instanceId }: DriftSpan) => `${foundMs} ${instanceId}`;
  return section({ caption: 'Drift', rows, columns, key, none: 'None was found.' });
}
