/** What was written, and what changed traffic without a write: `cvmsg history`. */
import { elsewhereText } from '../../core/history-filter.ts';
import type { HistoryLine } from '../../core/history-line.ts';
import { idRanges, thousands } from '../../core/text/words.ts';
import { type Html, html } from './html.ts';
import type { PageQuery } from './links.ts';
import { agoHtml, instancesHtml, listsHtml, stateHtml } from './pieces.ts';
import { bindingColumn, type Column, pagerHtml, tableHtml } from './table.ts';
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
${pagerHtml('history', query, { where: `page ${thousands(page)}`, more: history.more })}
${history.note !== undefined && html`<p class="faint">${history.note}.</p>`}`;
}

/** A table of changes; of those whose lists are the same for all, one line. */
export function historyTable(
  lines: readonly HistoryLine[],
  { nowMs, names, none = 'No change is recorded.' }: HistoryOptions,
): Html {
  const columns: readonly Column<HistoryLine>[] = [
    { label: 'Time', cell: ({ time }) => agoHtml(Date.parse(time), nowMs) },
    { label: 'Instances', cell: namedHtml },
    bindingColumn,
    { label: 'Cause', text: ({ cause }) => cause },
    { label: 'Before → after', cell: (line) => listsHtml(line, names) },
    { label: 'Opens and closes', cell: trafficHtml },
    { label: 'Outcome', cell: outcomeHtml },
  ];
  return tableHtml({ caption: 'Changes, newest first', rows: lines, columns, key: keyOf, none });
}

function field(name: string, label: string, filters: PageQuery['filters']): Html {
  return html`<label>${label}<input name="${name}" value="${filters[name] ?? ''}" autocomplete="off" spellcheck="false"></label>`;
}

function keyOf({ ids, time, binding, instanceIds, cause }: HistoryLine): string {
  return ids.length > 0 ? idRanges(ids) : `${time} ${binding} ${cause} ${instanceIds[0]}`;
}

function namedHtml({ instanceIds, instanceCount }: HistoryLine): Html {
  const first = instanceIds.slice(0, NAMED).map((instanceId) => ({ instanceId }));
  return instancesHtml(first, instanceCount);
}

/** Attention for what may let more through; the words say which it is. */
export function trafficHtml({ traffic }: Pick<HistoryLine, 'traffic'>): Html | string {
  const opens = /\bopen(?:s|ed)? /.test(traffic);
  return opens ? html`<span class="busy">${traffic}</span>` : traffic;
}

export function outcomeHtml({ outcome, authority, ids }: HistoryLine): Html | string {
  if (outcome === '') return '';
  const [word = ''] = outcome.split(' ');
  const tone = GOOD.has(word) ? 'good' : word === 'open' || word === 'unknown' ? 'busy' : 'bad';
  const number = ids.length === 0 ? '' : `#${idRanges(ids)} `;
  return html`${stateHtml(outcome, tone)}<span class="detail">${number}${authority}</span>`;
}

const GOOD = new Set(['accepted', 'settled-applied']);
