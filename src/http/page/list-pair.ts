/** The declared and the observed list of an instance side by side, with what lies between. */
import type { ClaimFacts } from '../../core/instance-facts.ts';
import type { GroupList } from '../../core/model.ts';
import type { Step } from '../../core/plan.ts';
import { placesText } from '../../core/text/step-text.ts';
import { type Html, html } from './html.ts';
import { groupHtml } from './pieces.ts';

export function listPair({ desired, status, steps, groupNames }: ClaimFacts): Html {
  const arriving = new Map(steps.flatMap((step) => (step.op === 'remove' ? [] : [[step.to, step] as const])));
  const leaving = new Map(steps.flatMap((step) => (step.op === 'add' ? [] : [[step.from, step] as const])));
  const items = (list: GroupList | undefined, marks: ReadonlyMap<number, Step>) =>
    list?.map((sgId, place) => itemHtml(groupHtml(sgId, groupNames[sgId]), marks.get(place)));
  return html`<div class="pair">
<section aria-labelledby="declared"><h2 id="declared">Declared</h2>${listHtml(items(desired, arriving), 'by nobody any more; its list stays as it is')}</section>
<section aria-labelledby="observed"><h2 id="observed">Observed</h2>${listHtml(items(status?.sgIds, leaving), 'not read yet')}</section>
</div>`;
}

function listHtml(items: readonly Html[] | undefined, absent: string): Html {
  if (items === undefined) return html`<p class="faint">${absent}</p>`;
  if (items.length === 0) return html`<p class="faint">no group: everything is refused</p>`;
  return html`<ol class="list">${items}</ol>`;
}

function itemHtml(group: Html, step: Step | undefined): Html {
  if (step === undefined) return html`<li>${group}</li>`;
  const words = step.op === 'remove' ? step.op : `${step.op} ${placesText(step).replace('->', '→')}`;
  return html`<li class="${step.op}">${group}<span class="step">${words}</span></li>`;
}
