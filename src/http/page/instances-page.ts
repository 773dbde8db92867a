/** The instances of all bindings and how they stand. */
import { type Html, html } from './html.ts';
import type { PageQuery } from './links.ts';
import { bindingLink, groupsHtml, instanceLink, instanceTone, stateHtml } from './pieces.ts';
import { type Column, type TablePage, tableHtml, tablePage } from './table.ts';
import type { ShownInstance } from './view.ts';

export function instancesTable(
  all: readonly ShownInstance[],
  query: PageQuery,
  names: ReadonlyMap<string, string>,
): Html {
  const columns = instanceColumns(names);
  const options = { caption: 'Instances, those that stand worst first', columns };
  const key = ({ instanceId, binding }: ShownInstance) => `${instanceId} ${binding}`;
  return html`<h1>Instances</h1>
${tableHtml(tablePage(all, columns, query), { ...options, key, filter: { page: 'instances', query, all } })}`;
}

export function instancesShown(all: readonly ShownInstance[], query: PageQuery): TablePage<ShownInstance> {
  return tablePage(all, instanceColumns(new Map()), query);
}

function instanceColumns(names: ReadonlyMap<string, string>): readonly Column<ShownInstance>[] {
  return [
    {
      name: 'instance',
      label: 'Instance',
      text: ({ instanceId, name = '' }) => `${instanceId} ${name}`,
      cell: ({ instanceId, name }) =>
        html`${instanceLink(instanceId)}${name !== undefined && html`<span class="detail">${name}</span>`}`,
    },
    {
      name: 'binding',
      label: 'Binding',
      text: ({ binding }) => binding,
      cell: ({ binding }) => bindingLink(binding),
    },
    {
      name: 'state',
      label: 'State',
      chosen: true,
      text: ({ state }) => state,
      cell: (status) => stateHtml(status.state, instanceTone(status)),
    },
    {
      name: 'reason',
      label: 'Reason',
      chosen: true,
      text: ({ reason }) => reason,
      cell: ({ state, reason, message }) =>
        html`${state !== reason && reason}${message !== '' && html`<span class="detail prose">${message}</span>`}`,
    },
    {
      name: 'list',
      label: 'Observed list',
      text: ({ sgIds = [] }) => sgIds.map((sgId) => `${sgId} ${names.get(sgId) ?? ''}`).join(' '),
      cell: ({ sgIds }) =>
        sgIds === undefined ? html`<span class="faint">not known</span>` : groupsHtml(sgIds, names),
    },
    {
      name: 'scope',
      label: 'Credentials and region',
      chosen: true,
      text: ({ scope }) => scope,
      cell: ({ scope }) => scope,
    },
  ];
}
