/** A report as one file: no script, no address that it would have to load, and it prints well. */

import { raw } from 'hono/html';
import type { DriftSpan, Remark, Report, ReportChange } from '../../core/report.ts';
import { rfc3339Seconds } from '../../core/rfc-3339.ts';
import { shortDuration } from '../../core/text/duration.ts';
import { count } from '../../core/text/words.ts';
import { listsHtml, outcomeHtml, trafficHtml } from './history-page.ts';
import { type Html, html } from './html.ts';
import { layout } from './layout.ts';
import { sourceHtml } from './overview-page.ts';
import { stateHtml } from './pieces.ts';
import { styles } from './styles.ts';
import { type Column, tableHtml } from './table.ts';

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
const NO_NAMES: ReadonlyMap<string, string> = new Map();
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
${section('What changed', changesTable('What changed', report.changes))}
${section('Drift', driftTable(report.drift))}
${remarkSection('Contested', report.contested)}
${remarkSection('Refused by guards', report.refused)}
${remarkSection('Suspended', report.suspended)}
${section('Emergencies', changesTable('Emergencies', report.emergencies))}
${remarkSection('Open to what the policy forbids', report.exposure)}`;
  return layout({
    title: `Report of ${period}`,
    about: { version, sources: [source] },
    head: html`<style>${raw(styles + REPORT_STYLES)}</style>`,
    command,
    body,
  });
}

function section(title: string, content: Html): Html {
  return html`<section><h2>${title}</h2>${content}</section>`;
}

function whole<Row>(rows: readonly Row[]) {
  return { rows: rows.slice(0, MOST_LINES), total: rows.length, from: 0, pages: 1 };
}

function more(rows: readonly unknown[]): Html | undefined {
  const rest = rows.length - MOST_LINES;
  return rest > 0 ? html`<p class="faint">and ${count(rest, 'more line')}; -o json has all</p>` : undefined;
}

function remarkSection(title: string, remarks: readonly Remark[]): Html {
  const columns: readonly Column<Remark>[] = [
    { name: 'binding', label: 'Binding', cell: ({ binding }) => binding },
    { name: 'instances', label: 'Instances', cell: ({ instances }) => instances },
    { name: 'reason', label: 'Reason', cell: ({ reason }) => stateHtml(reason, 'bad') },
    { name: 'message', label: 'Why', cell: ({ message }) => html`<span class="prose">${message}</span>` },
  ];
  return section(
    title,
    html`${tableHtml(whole(remarks), {
      ...{ caption: title, columns, none: 'None.' },
      key: ({ binding, reason, message }) => `${binding} ${reason} ${message}`,
    })}${more(remarks)}`,
  );
}

function timeHtml(text: string): Html {
  return html`<time datetime="${text}">${text}</time>`;
}

function withDetail(text: string, detail: string): Html {
  return html`${text}${detail !== '' && html`<span class="detail">${detail}</span>`}`;
}

function changesTable(caption: string, lines: readonly ReportChange[]): Html {
  const columns: readonly Column<ReportChange>[] = [
    { name: 'time', label: 'Time', cell: ({ time }) => timeHtml(time) },
    {
      name: 'binding',
      label: 'Binding',
      cell: ({ binding, instanceIds, instanceCount }) =>
        withDetail(binding, instanceCount === 1 ? (instanceIds[0] ?? '') : count(instanceCount, 'instance')),
    },
    { name: 'cause', label: 'Why', cell: ({ cause, declared }) => withDetail(cause, declared) },
    { name: 'lists', label: 'Before → after', cell: (line) => listsHtml(line, NO_NAMES) },
    { name: 'traffic', label: 'Opened and closed', cell: trafficHtml },
    { name: 'outcome', label: 'Outcome', cell: outcomeHtml },
  ];
  return html`${tableHtml(whole(lines), {
    ...{ caption, columns, none: 'None.' },
    key: ({ time, binding, ids, cause }) => `${time} ${binding} ${cause} ${ids.join()}`,
  })}${more(lines)}`;
}

function driftTable(spans: readonly DriftSpan[]): Html {
  const columns: readonly Column<DriftSpan>[] = [
    { name: 'found', label: 'Found', cell: ({ foundMs }) => timeHtml(rfc3339Seconds(foundMs)) },
    { name: 'binding', label: 'Binding', cell: ({ binding }) => binding },
    { name: 'instance', label: 'Instance', cell: ({ instanceId }) => instanceId },
    {
      name: 'stood',
      label: 'Stood',
      cell: ({ atMostMs, repairedMs }) =>
        atMostMs !== undefined
          ? `for at most ${shortDuration(atMostMs)}`
          : repairedMs === undefined
            ? 'no repair was read back'
            : 'not known',
    },
    { name: 'traffic', label: 'Traffic', cell: trafficHtml },
  ];
  return html`${tableHtml(whole(spans), {
    ...{ caption: 'Drift', columns, none: 'None was found.' },
    key: ({ foundMs, instanceId }) => `${foundMs} ${instanceId}`,
  })}${more(spans)}`;
}
