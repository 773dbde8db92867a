/** What was written, and what changed traffic without a write: `cvmsg history`. */
import { elsewhereText } from '../../core/history-filter.ts';
import type { HistoryLine } from '../../core/history-line.ts';
import { idRanges } from '../../core/text/id-ranges.ts';
import { thousands } from '../../core/text/words.ts';
import { type Html, html } from './html.ts';
import { linkTo, type PageQuery } from './links.ts';
import { agoHtml, bindingLink, groupsHtml, instanceLink, stateHtml } from './pieces.ts';
import { type Column, stepsHtml, tableHtml } from './table.ts';
import type { HistoryPage } from './view.ts';

const NAMED = 2;

export interface HistoryOptions {
  readonly nowMs: number;
  readonly names: ReadonlyMap<string, string>;
  /** Said where there is none. */
  readonly none?: string;
}

export function historyPage(history: HistoryPage, query: PageQuery, options: HistoryOptions): Html {
  const { filters, page } = query;
  return html`<h1>History</h1>
<form class="ask" method="get" action="history">
${field('instance', 'Instance', filters)}${field('binding', 'Binding', filters)}${field('since', 'Since, such as 2h', filters)}${field('until', 'Until', filters)}
<button>Filter</button>${Object.keys(filters).length > 0 && html` <a href="history">Clear</a>`}
</form>
${historyTable(history.lines, { ...options, none: `No change matches${elsewhereText(filters)}.` })}
${stepsHtml({
  where: `page ${thousands(page)}`,
  newer: page > 1 ? linkTo('history', { ...filters, page: page - 1 }) : undefined,
  older: history.more ? linkTo('history', { ...filters, page: page + 1 }) : undefined,
})}
${history.note !== undefined && html`<p class="faint">${history.note}.</p>`}`;
}

/** A table of changes; of those whose lists are the same for all, one line. */
export function historyTable(lines: readonly HistoryLine[], { nowMs, names, none }: HistoryOptions): Html {
  const columns: readonly Column<HistoryLine>[] = [
    { name: 'time', label: 'Time', cell: ({ time }) => agoHtml(Date.parse(time), nowMs) },
    { name: 'instances', label: 'Instances', cell: instancesHtml },
    { name: 'binding', label: 'Binding', cell: ({ binding }) => bindingLink(binding) },
    { name: 'cause', label: 'Cause', cell: ({ cause }) => cause },
    { name: 'lists', label: 'Before → after', cell: (line) => listsHtml(line, names) },
    { name: 'traffic', label: 'Opens and closes', cell: trafficHtml },
    { name: 'outcome', label: 'Outcome', cell: outcomeHtml },
  ];
  return tableHtml(
    { rows: lines, total: lines.length, from: 0, pages: 1 },
    { caption: 'Changes, newest first', columns, key: keyOf, none: none ?? 'No change is recorded.' },
  );
}

function field(name: string, label: string, filters: PageQuery['filters']): Html {
  return html`<label>${label}<input name="${name}" value="${filters[name] ?? ''}" autocomplete="off" spellcheck="false"></label>`;
}

function keyOf({ ids, time, binding, instanceIds, cause }: HistoryLine): string {
  return ids.length > 0 ? idRanges(ids) : `${time} ${binding} ${cause} ${instanceIds[0]}`;
}

function instancesHtml({ instanceIds, instanceCount }: HistoryLine): Html {
  const named = instanceIds.slice(0, NAMED).map((id) => html`${instanceLink(id)} `);
  const more = instanceCount - named.length;
  return html`${named}${more > 0 && html`<span class="faint">and ${thousands(more)} more</span>`}`;
}

export function listsHtml({ before, after }: HistoryLine, names: HistoryOptions['names']): Html {
  if (before === undefined) return groupsHtml(after, names);
  return html`${groupsHtml(before, names)}<span class="arrow">→</span> ${groupsHtml(after, names)}`;
}

/** Attention for what may let more through; the words say which it is. */
export function trafficHtml({ traffic }: Pick<HistoryLine, 'traffic'>): Html | string {
  const opens = /\bopen(?:s|ed)? /.test(traffic);
  return opens ? html`<span class="opens">${traffic}</span>` : traffic;
}

export function outcomeHtml({ outcome, authority, ids }: HistoryLine): Html | string {
  if (outcome === '') return '';
  const [word = ''] = outcome.split(' ');
  const tone = GOOD.has(word) ? 'good' : word === 'open' || word === 'unknown' ? 'busy' : 'bad';
  const number = ids.length === 0 ? '' : `#${idRanges(ids)} `;
  return html`${stateHtml(outcome, tone)}<span class="detail">${number}${authority}</span>`;
}

const GOOD = new Set(['accepted', 'settled-applied']);
