/** One instance explained: `cvmsg why` for the eye. */

import type { ClaimFacts } from '../../core/instance-facts.ts';
import type { GroupList } from '../../core/model.ts';
import type { Step } from '../../core/plan.ts';
import { shortDuration } from '../../core/text/duration.ts';
import { placesText, stepText } from '../../core/text/step-text.ts';
import { shortRevision } from '../../core/text/words.ts';
import { historyTable, trafficHtml } from './history-page.ts';
import { type Html, html } from './html.ts';
import { linkTo } from './links.ts';
import { agoHtml, bindingLink, groupHtml, groupsHtml, instanceTone, stateHtml } from './pieces.ts';
import type { ShownExplanation, ShownRule } from './view.ts';

export function instancePage(it: ShownExplanation, nowMs: number): Html {
  const names = new Map(Object.entries(it.groupNames));
  const { status } = it;
  return html`<h1>${it.instanceId}${it.name !== undefined && html` <span class="name">${it.name}</span>`}</h1>
<p class="lead">${status === undefined ? 'Not declared any more.' : stateHtml(stateWords(status), instanceTone(status))}${status !== undefined && status.message !== '' && `: ${status.message}`}</p>
<dl class="facts">
${it.binding !== undefined && fact('Binding', html`${bindingLink(it.binding)}${placeHtml(it)}`)}
${it.scope !== undefined && fact('Credentials and region', `${it.scope.account}, ${it.scope.region}`)}
${fact('Last read', it.readMs === undefined ? 'not by this process' : agoHtml(it.readMs, nowMs))}
${fact('Next check', it.checkEveryMs === undefined ? 'none' : `within ${shortDuration(it.checkEveryMs)}`)}
${fact('Also claimed by', it.otherClaimants.length === 0 ? 'nobody else' : it.otherClaimants.map((key) => html`${bindingLink(key)} `))}
${it.original !== undefined && fact('Original list', html`${groupsHtml(it.original, names)}, before the first write`)}
</dl>
${listPair(it)}
<section aria-labelledby="between"><h2 id="between">What lies between</h2>
${betweenHtml(it, names)}</section>
${rulesSection(it)}
<section aria-labelledby="history"><h2 id="history">History</h2>
${historyTable(it.history, { nowMs, names })}
<p><a href="${linkTo('history', { instance: it.instanceId })}">All of its history</a></p></section>`;
}

function stateWords({ state, reason }: NonNullable<ShownExplanation['status']>): string {
  return state === reason ? state : `${state} ${reason}`;
}

function fact(term: string, value: Parameters<typeof html>[1]): Html {
  return html`<div><dt>${term}</dt><dd>${value}</dd></div>`;
}

function placeHtml({ origin }: ShownExplanation): Html | undefined {
  if (origin?.kind !== 'directory') return undefined;
  return html`<span class="detail">${origin.file}:${origin.line}, revision ${shortRevision(origin.revision)}</span>`;
}

function betweenHtml({ steps, status, desired }: ShownExplanation, names: ReadonlyMap<string, string>): Html {
  if (status?.sgIds === undefined || desired === undefined) return html`<p class="faint">Not known.</p>`;
  if (steps.length === 0) return html`<p>Nothing: both are the same list.</p>`;
  return html`<ul>${steps.map((step) => html`<li>${stepText(step, names).replace('->', '→')}</li>`)}</ul>`;
}

function rulesSection({ traffic }: ShownExplanation): Html {
  const title = html`<h2 id="rules">Effective rules</h2>`;
  if ('notRead' in traffic)
    return html`<section aria-labelledby="rules">${title}<p class="faint">Not read: ${traffic.notRead}.</p></section>`;
  const { rules, difference, repair } = traffic;
  const changes =
    difference.length > 0 &&
    html`<section aria-labelledby="effect"><h2 id="effect">What that opens and closes</h2>
<div class="pair"><div><h3>The observed list, compared with the declared one</h3>${linesHtml(difference)}</div>
<div><h3>Writing the declared list</h3>${linesHtml(repair)}</div></div></section>`;
  return html`${changes}<section aria-labelledby="rules">${title}
<p class="faint">The first that holds a packet decides; what none holds is refused.</p>
<div class="pair">${(['ingress', 'egress'] as const).map((direction) => html`<div><h3>${direction === 'ingress' ? 'Ingress' : 'Egress'}</h3>${rulesHtml(rules.filter((rule) => rule.direction === direction))}</div>`)}</div></section>`;
}

function linesHtml(lines: readonly string[]): Html {
  return html`<ul class="effects">${lines.map((line) => html`<li>${trafficHtml({ traffic: line })}</li>`)}</ul>`;
}

function rulesHtml(rules: readonly ShownRule[]): Html {
  if (rules.length === 0) return html`<p class="faint">none: everything is refused</p>`;
  const items = rules.map(({ text, never }) =>
    never === undefined
      ? html`<li><code>${text}</code></li>`
      : html`<li class="never"><code>${text}</code><span class="detail">never matches: ${never}</span></li>`,
  );
  return html`<ol class="rules">${items}</ol>`;
}

/** The declared and the observed list of an instance side by side, with what lies between. */
function listPair({ desired, status, steps, groupNames }: ClaimFacts): Html {
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
