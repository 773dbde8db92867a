/** What would be written, and what stands between: `cvmsg plan`. */

import type { RowKind } from '../../core/plan-outcome.ts';
import { type ChangeGroup, groupPlan } from '../../core/plan-outcome.ts';
import { obstacleText } from '../../core/plan-row.ts';
import { stepText } from '../../core/text/step-text.ts';
import { count, thousands } from '../../core/text/words.ts';
import { type Html, html } from './html.ts';
import type { PageQuery } from './links.ts';
import { bindingLink, commandHtml, instancesHtml, listsHtml, stateHtml, type Tone } from './pieces.ts';
import { bindingColumn, type Listing, listingHtml } from './table.ts';
import type { PageView, ShownPlan } from './view.ts';

const NAMED = 3;

const TONES: Readonly<Record<RowKind, Tone>> = {
  change: 'busy',
  waiting: 'busy',
  deferred: 'busy',
  held: 'quiet',
  refused: 'bad',
  unreadable: 'bad',
  'in-sync': 'good',
};

/** Instances of one binding that get the same change. */
interface PlannedChange extends ChangeGroup {
  readonly binding: string;
}

export function planListing(view: PageView): Listing<PlannedChange> {
  const names = view.groupNames();
  return {
    page: 'plan',
    caption: 'Changes, by binding',
    rows: groupPlan(view.plan()).flatMap(({ binding, groups }) =>
      groups.map((group) => ({ ...group, binding })),
    ),
    key: ({ binding, row }) => `${binding} ${row.instanceId}`,
    columns: [
      bindingColumn,
      {
        name: 'result',
        label: 'Result',
        chosen: true,
        text: ({ kind }) => kind,
        tone: ({ kind }) => TONES[kind],
      },
      {
        name: 'instance',
        label: 'Instances',
        text: ({ instances }) =>
          instances.map(({ instanceId, instanceName = '' }) => `${instanceId} ${instanceName}`).join(' '),
        cell: ({ instances }) => instancesHtml(instances.slice(0, NAMED), instances.length),
      },
      {
        label: 'What lies between',
        cell: ({ row }) =>
          html`<ul class="steps">${row.steps.map((step) => html`<li>${stepText(step, names).replace('->', '→')}</li>`)}</ul>`,
      },
      {
        label: 'Before → after',
        cell: ({ row: { observed, desired } }) => listsHtml({ before: observed, after: desired }, names),
      },
      {
        name: 'why',
        label: 'Why not yet',
        text: ({ row }) => obstacleText(row),
        cell: ({ row }) => html`<span class="prose">${obstacleText(row)}</span>`,
      },
    ],
  };
}

export function planPage(
  listing: Listing<PlannedChange>,
  pending: readonly ShownPlan[],
  query: PageQuery,
): Html {
  const nothing = html`<p class="lead">${stateHtml('nothing to change', 'good')}</p>`;
  return html`<h1>Plan</h1>
${pendingHtml(pending)}
${listing.rows.length === 0 ? nothing : listingHtml(listing, query)}`;
}

/** Plans that wait for somebody, each with what lets it pass. */
export function pendingHtml(plans: readonly ShownPlan[]): Html {
  if (plans.length === 0) return html``;
  const items = plans.map(
    ({ digest, bindings, instances, message, command }) => html`<li data-key="${digest}">
<p><strong>${instances > 0 ? count(instances, 'instance') : 'A change of members'}</strong> of ${bindings.slice(0, NAMED).map((binding) => html`${bindingLink(binding)} `)}${bindings.length > NAMED && `and ${thousands(bindings.length - NAMED)} more`}</p>
<p class="detail">${message}</p>${commandHtml(command)}</li>`,
  );
  return html`<section aria-labelledby="pending"><h2 id="pending">Plans that wait for an approval</h2><ul class="pending">${items}</ul></section>`;
}
