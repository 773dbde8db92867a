/** How everything stands, at a glance; what is broken comes first. */

import { OUTLOOKS, outlook } from '../../core/instance-status.ts';
import { type Group, groupsOf } from '../../core/model.ts';
import type { WindowState } from '../../core/policy.ts';
import { shortDuration } from '../../core/text/duration.ts';
import { readyOf, totalsText } from '../../core/text/totals-text.ts';
import { count, thousands } from '../../core/text/words.ts';
import type { BindingStatus } from '../../ports/status.ts';
import { historyTable } from './history-page.ts';
import { type Html, html } from './html.ts';
import { linkTo } from './links.ts';
import { instanceTone, stateHtml, type Tone } from './pieces.ts';
import { pendingHtml } from './plan-page.ts';
import { type Column, keptFor, tableHtml } from './table.ts';
import type { DriftDay, PageView, ShownInstance, ShownScope } from './view.ts';

/** Of the changes of the history. */
const LAST_CHANGES = 8;

export type Overview = ReturnType<typeof overviewOf>;

/** What the overview shows, for programs too. */
export function overviewOf(view: PageView) {
  const [bindings, instances] = [view.bindings(), view.instances()];
  return {
    // The same as long as the instances read the same.
    ...keptFor(instances, 'summary', () => ({
      totals: totalsText(bindings),
      problems: problemsOf(bindings, instances),
    })),
    nowMs: view.nowMs(),
    pending: view.pendingPlans(),
    source: view.sourceNotes(),
    scopes: view.scopes(),
    windows: view.windows(),
    changes: view.history({ page: 1 }).lines.slice(0, LAST_CHANGES),
    drift: view.drift(),
  };
}

/** What is not as declared, for one reason. */
interface Problem {
  readonly word: string;
  readonly reason: string;
  readonly tone: Tone;
  readonly instances: number;
  readonly bindings: number;
  /** What is said of one of them. */
  readonly message: string;
  /** The page that lists them. */
  readonly link: string;
}

/** What is wrong, by reason: instances that are not in sync, and bindings that are not ready although theirs are. */
function problemsOf(
  bindings: readonly BindingStatus[],
  instances: readonly ShownInstance[],
): readonly Problem[] {
  const byOutlook = Map.groupBy(instances, outlook);
  byOutlook.delete('in-sync');
  const ofInstances = OUTLOOKS.flatMap((one) => {
    const groups = groupsOf(byOutlook.get(one) ?? [], ({ state, reason }) => `${state} ${reason}`);
    return groups.sort((a, b) => b.length - a.length).map(instanceProblem);
  });
  const alone = bindings.filter(
    (status) =>
      readyOf(status)?.status !== 'True' && status.instances.every(({ state }) => state === 'InSync'),
  );
  return [...groupsOf(alone, (status) => readyOf(status)?.reason ?? '').map(bindingProblem), ...ofInstances];
}

function instanceProblem(group: Group<ShownInstance>): Problem {
  const [first] = group;
  const { state, reason, message } = first;
  return {
    ...{ word: state, reason, message, tone: instanceTone(first), instances: group.length },
    bindings: new Set(group.map(({ binding }) => binding)).size,
    link: linkTo('instances', { state, reason }),
  };
}

function bindingProblem(group: Group<BindingStatus>): Problem {
  const { status = 'Unknown', reason = 'not looked at yet', message = '' } = readyOf(group[0]) ?? {};
  return {
    ...{ word: 'Not ready', reason, message, tone: 'bad', instances: 0, bindings: group.length },
    link: linkTo('bindings', { ready: status, reason }),
  };
}

export function overviewPage(it: Overview, names: ReadonlyMap<string, string>): Html {
  const { source, problems, nowMs } = it;
  const isBad = source.length > 0 || problems.some(({ tone }) => tone === 'bad');
  const worst = isBad ? 'bad' : problems.length > 0 ? 'busy' : 'good';
  return html`<h1 class="sentence ${worst}">${it.totals}.</h1>
${source.length > 0 && sourceHtml(source)}
${problems.length > 0 && html`<section aria-labelledby="problems"><h2 id="problems">Not as declared</h2><ul class="problems">${problems.map(problemHtml)}</ul></section>`}
${pendingHtml(it.pending)}
<section aria-labelledby="scopes"><h2 id="scopes">Accounts and regions</h2>${scopesTable(it.scopes)}</section>
<div class="pair"><section aria-labelledby="drift"><h2 id="drift">Drift that was repaired</h2>${driftChart(it.drift)}</section>
<section aria-labelledby="windows"><h2 id="windows">Change windows</h2>${windowsHtml(it.windows, nowMs)}</section></div>
<section aria-labelledby="changes"><h2 id="changes">Last changes</h2>${it.changes.length === 0 ? html`<p class="faint">None yet.</p>` : historyTable(it.changes, { nowMs, names })}
<p><a href="${linkTo('history')}">All history</a></p></section>`;
}

/** What the command says of the source. */
export function sourceHtml(notes: readonly string[]): Html {
  const items = notes.map((note) => html`<li data-key="${note}"><span class="prose">${note}</span></li>`);
  return html`<section aria-labelledby="source"><h2 id="source">The source is not read as it should be</h2><ul class="problems">${items}</ul></section>`;
}

function problemHtml({ word, reason, tone, instances, bindings, message, link }: Problem): Html {
  const what =
    instances > 0
      ? `${count(instances, 'instance')} of ${count(bindings, 'binding')}`
      : count(bindings, 'binding');
  return html`<li data-key="${word} ${reason}"><a href="${link}">${stateHtml(word === reason ? word : `${word}: ${reason}`, tone)}<span>${what}</span></a>${message !== '' && html`<p class="detail">${message}</p>`}</li>`;
}

function scopesTable(scopes: readonly ShownScope[]): Html {
  if (scopes.length === 0) return html`<p class="faint">None: nothing is declared.</p>`;
  const both = ({ read, write }: ShownScope['depth']) => `${thousands(read)} / ${thousands(write)}`;
  const columns: readonly Column<ShownScope>[] = [
    {
      label: 'Credentials and region',
      cell: ({ scope }) => html`<a href="${linkTo('instances', { scope })}">${scope}</a>`,
    },
    { label: 'Led by', cell: leaderText },
    {
      label: 'Oldest read',
      cell: ({ oldestObservationAgeSeconds: age }) =>
        age === undefined ? '' : `${shortDuration(age * 1_000)} ago`,
    },
    { label: 'Queue, read / write', cell: ({ leader, depth }) => leader && both(depth) },
    { label: 'Calls a second, read / write', cell: ({ leader, allowed }) => leader && both(allowed) },
    {
      label: 'Breaker',
      cell: ({ leader, problem }) =>
        problem === undefined
          ? leader && stateHtml('closed', 'good')
          : html`${stateHtml('open', 'bad')}<span class="detail">${problem}</span>`,
    },
  ];
  return tableHtml({ caption: 'Accounts and regions', rows: scopes, columns, key: ({ scope }) => scope });
}

function leaderText({ leader, holder }: ShownScope): string {
  if (leader) return 'this replica';
  return holder === undefined ? 'no replica at present' : `replica ${holder}`;
}

function windowsHtml(windows: readonly WindowState[], nowMs: number): Html {
  if (windows.length === 0)
    return html`<p class="faint">The policy has none: changes are written at any time.</p>`;
  const items = windows.map(({ name, effect, open, untilMs }) => {
    const until =
      untilMs === undefined ? 'for good' : `${open ? 'for' : 'opens in'} ${shortDuration(untilMs - nowMs)}`;
    return html`<li data-key="${name}">${stateHtml(open ? 'open' : 'closed', open === (effect === 'allow') ? 'good' : 'quiet')} <strong>${name}</strong> <span class="faint">${effect === 'allow' ? 'allows' : 'freezes'}, ${until}</span></li>`;
  });
  return html`<ul class="windows">${items}</ul>`;
}

// How often somebody else has changed lists, day by day, as bars.

const STEP = 40;
const BAR = 26;
const HEIGHT = 96;
const TOP = 18;

function driftChart(days: readonly DriftDay[]): Html {
  const most = Math.max(...days.map(({ instances }) => instances), 0);
  const all = days.reduce((sum, { instances }) => sum + instances, 0);
  if (all === 0) return html`<p class="faint">None in the last ${count(days.length, 'day')}.</p>`;
  const width = days.length * STEP;
  const label = `${count(all, 'repair')} in the last ${count(days.length, 'day')}: ${days
    .filter(({ instances }) => instances > 0)
    .map(({ day, instances }) => `${day} ${thousands(instances)}`)
    .join(', ')}`;
  return html`<svg class="chart" role="img" aria-label="${label}" viewBox="0 0 ${width} ${TOP + HEIGHT + 18}">
${days.map((day, index) => barHtml(day, index * STEP + (STEP - BAR) / 2, most))}
<path class="axis" d="M0 ${TOP + HEIGHT + 0.5}H${width}"/>
<text x="0" y="${TOP + HEIGHT + 15}">${days[0]?.day ?? ''}</text>
<text x="${width}" y="${TOP + HEIGHT + 15}" text-anchor="end">${days.at(-1)?.day ?? ''}</text>
</svg>`;
}

function barHtml({ day, instances }: DriftDay, x: number, most: number): Html {
  if (instances === 0) return html``;
  const height = Math.max(2, Math.round((instances / most) * HEIGHT));
  const y = TOP + HEIGHT - height;
  return html`<g><title>${day}: ${count(instances, 'repair')}</title><rect x="${x}" y="${y}" width="${BAR}" height="${height}" rx="3"/><text x="${x + BAR / 2}" y="${y - 5}" text-anchor="middle">${thousands(instances)}</text></g>`;
}
