/** The instances of all bindings and how they stand. */
import { html } from './html.ts';
import { groupsHtml, instanceLink, instanceTone } from './pieces.ts';
import { bindingColumn, type Listing } from './table.ts';
import type { PageView, ShownInstance } from './view.ts';

export function instancesListing(view: PageView): Listing<ShownInstance> {
  const names = view.groupNames();
  return {
    page: 'instances',
    caption: 'Instances, those that stand worst first',
    rows: view.instances(),
    key: ({ instanceId, binding }) => `${instanceId} ${binding}`,
    columns: [
      {
        name: 'instance',
        label: 'Instance',
        text: ({ instanceId, name = '' }) => `${instanceId} ${name}`,
        cell: ({ instanceId, name }) =>
          html`${instanceLink(instanceId)}${name !== undefined && html`<span class="detail">${name}</span>`}`,
      },
      bindingColumn,
      { name: 'state', label: 'State', chosen: true, text: ({ state }) => state, tone: instanceTone },
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
      { name: 'scope', label: 'Credentials and region', chosen: true, text: ({ scope }) => scope },
    ],
  };
}
