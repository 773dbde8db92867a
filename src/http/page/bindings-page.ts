/** The bindings and how they stand: `cvmsg get -o wide`. */
import { scopeKey } from '../../core/model.ts';
import { shortDuration } from '../../core/text/duration.ts';
import { readyOf } from '../../core/text/totals-text.ts';
import { shortRevision, thousands } from '../../core/text/words.ts';
import type { BindingStatus } from '../../ports/status.ts';
import { type Html, html } from './html.ts';
import { linkTo, type PageQuery } from './links.ts';
import { groupsHtml, readyTone, stateHtml } from './pieces.ts';
import { type Column, type TablePage, tableHtml, tablePage } from './table.ts';

export function bindingsTable(all: readonly BindingStatus[], query: PageQuery, nowMs: number): Html {
  const columns = bindingColumns(nowMs);
  const options = { caption: 'Bindings, those that somebody has to look at first', columns };
  return html`<h1>Bindings</h1>
${tableHtml(tablePage(all, columns, query), { ...options, key: ({ key }) => key, filter: { page: 'bindings', query, all } })}`;
}

export function bindingsShown(all: readonly BindingStatus[], query: PageQuery): TablePage<BindingStatus> {
  return tablePage(all, bindingColumns(0), query);
}

function bindingColumns(nowMs: number): readonly Column<BindingStatus>[] {
  return [
    {
      name: 'binding',
      label: 'Binding',
      text: ({ key }) => key,
      cell: ({ key, groupNames = {}, sgIds }) =>
        html`<a href="${linkTo('instances', { binding: key })}">${key}</a><span class="detail">${groupsHtml(sgIds, new Map(Object.entries(groupNames)))}</span>`,
    },
    {
      name: 'ready',
      label: 'Ready',
      chosen: true,
      text: (status) => readyOf(status)?.status ?? 'Unknown',
      cell: (status) => stateHtml(readyOf(status)?.status ?? 'Unknown', readyTone(readyOf(status))),
    },
    {
      name: 'reason',
      label: 'Reason',
      chosen: true,
      text: (status) => readyOf(status)?.reason ?? '',
      cell: (status) => readyHtml(status, nowMs),
    },
    {
      name: 'in-sync',
      label: 'In sync',
      cell: ({ inSyncCount, instanceCount }) => `${thousands(inSyncCount)}/${thousands(instanceCount)}`,
    },
    { name: 'mode', label: 'Mode', text: ({ mode = '' }) => mode, cell: ({ mode }) => mode },
    {
      name: 'scope',
      label: 'Credentials and region',
      chosen: true,
      text: ({ scope }) => scopeKey(scope),
      cell: ({ scope }) => scopeKey(scope),
    },
    {
      name: 'declared',
      label: 'Declared at',
      text: declaredAt,
      cell: (status) => html`<span class="place">${declaredAt(status)}</span>`,
    },
  ];
}

function readyHtml(status: BindingStatus, nowMs: number): Html | string {
  const ready = readyOf(status);
  if (ready === undefined) return '';
  const { reason, message, lastTransitionTime } = ready;
  return html`${reason} <span class="faint">for ${shortDuration(nowMs - Date.parse(lastTransitionTime))}</span>${ready.status !== 'True' && html`<span class="detail prose">${message}</span>`}`;
}

function declaredAt({ origin }: BindingStatus): string {
  if (origin.kind !== 'directory') return 'an object of the cluster';
  return `${origin.file}:${origin.line} at ${shortRevision(origin.revision)}`;
}
