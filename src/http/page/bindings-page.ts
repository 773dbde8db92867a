/** The bindings and how they stand: `cvmsg get -o wide`. */
import { scopeKey } from '../../core/model.ts';
import { originText } from '../../core/text/authority-text.ts';
import { shortDuration } from '../../core/text/duration.ts';
import { readyOf } from '../../core/text/totals-text.ts';
import { thousands } from '../../core/text/words.ts';
import type { BindingStatus } from '../../ports/status.ts';
import { type Html, html } from './html.ts';
import { bindingLink, groupsHtml, readyTone } from './pieces.ts';
import type { Listing } from './table.ts';
import type { PageView } from './view.ts';

export function bindingsListing(view: PageView): Listing<BindingStatus> {
  const nowMs = view.nowMs();
  return {
    page: 'bindings',
    caption: 'Bindings, those that somebody has to look at first',
    rows: view.bindings(),
    key: ({ key }) => key,
    columns: [
      {
        name: 'binding',
        label: 'Binding',
        text: ({ key }) => key,
        cell: ({ key, groupNames = {}, sgIds }) =>
          html`${bindingLink(key)}<span class="detail">${groupsHtml(sgIds, new Map(Object.entries(groupNames)))}</span>`,
      },
      {
        name: 'ready',
        label: 'Ready',
        chosen: true,
        text: (status) => readyOf(status)?.status ?? 'Unknown',
        tone: (status) => readyTone(readyOf(status)),
      },
      {
        name: 'reason',
        label: 'Reason',
        chosen: true,
        text: (status) => readyOf(status)?.reason ?? '',
        cell: (status) => readyHtml(status, nowMs),
      },
      {
        label: 'In sync',
        text: ({ inSyncCount, instanceCount }) => `${thousands(inSyncCount)}/${thousands(instanceCount)}`,
      },
      { name: 'mode', label: 'Mode', text: ({ mode = '' }) => mode },
      {
        name: 'scope',
        label: 'Credentials and region',
        chosen: true,
        text: ({ scope }) => scopeKey(scope),
      },
      { name: 'declared', label: 'Declared at', text: declaredAt },
    ],
  };
}

function readyHtml(status: BindingStatus, nowMs: number): Html | string {
  const ready = readyOf(status);
  if (ready === undefined) return '';
  const { reason, message, lastTransitionTime } = ready;
  return html`${reason} <span class="faint">for ${shortDuration(nowMs - Date.parse(lastTransitionTime))}</span>${ready.status !== 'True' && html`<span class="detail prose">${message}</span>`}`;
}

function declaredAt({ origin }: BindingStatus): string {
  return origin.kind === 'directory' ? originText(origin) : 'an object of the cluster';
}
