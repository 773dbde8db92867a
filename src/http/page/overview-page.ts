/** How everything stands, at a glance; what is broken comes first. */
import type { HistoryLine } from '../../core/history-line.ts';
import { type Outlook, outlook } from '../../core/instance-status.ts';
import type { WindowState } from '../../core/policy.ts';
import { shortDuration } from '../../core/text/duration.ts';
import { readyOf } from '../../core/text/totals-text.ts';
import { count, thousands } from '../../core/text/words.ts';
import type { BindingStatus } from '../../ports/status.ts';
import { driftChart } from './drift-chart.ts';
import { historyTable } from './history-page.ts';
import { type Html, html } from './html.ts';
import { linkTo } from './links.ts';
import { instanceTone, stateHtml, type Tone } from './pieces.ts';
import { pendingHtml } from './plan-page.ts';
import { type Column, tableHtml } from './table.ts';
import type { DriftDay, ShownInstance, ShownPlan, ShownScope } from './view.ts';

export interface Overview {
  readonly nowMs: number;
  /** `12 bindings: 9 ready, 3 not ready; 118 of 125 instances in sync`. */
  readonly totals: string;
  /** Why what is in force may not be the newest truth; empty when it is. */
  readonly source: readonly string[];
  readonly problems: readonly Problem[];
  readonly pending: readonly ShownPlan[];
  readonly scopes: readonly ShownScope[];
  readonly windows: readonly WindowState[];
  /** The last changes, the newest first. */
  readonly changes: readonly HistoryLine[];
  readonly drift: readonly DriftDay[];
}

/** What is not as declared, for one reason. */
export interface Problem {
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

const WORST_FIRST: readonly Outlook[] = ['stuck', 'waiting', 'moving', 'held'];

/** What is wrong, by reason: instances that are not in sync, and bindings that are not ready although theirs are. */
export function problemsOf(
  bindings: readonly BindingStatus[],
  instances: readonly ShownInstance[],
): readonly Problem[] {
  const differing = instances.filter(({ state }) => state !== 'InSync');
  const groups = Map.groupBy(differing, ({ state, reason }) => `${state} ${reason}`);
  const ofInstances = [...groups.values()].flatMap((group) => {
    const [first] = group;
    return first === undefined
      ? []
      : [{ rank: WORST_FIRST.indexOf(outlook(first)), problem: instanceProblem(first, group) }];
  });
  ofInstances.sort((a, b) => a.rank - b.rank || b.problem.instances - a.problem.instances);
  return [...bindingProblems(bindings), ...ofInstances.map(({ problem }) => problem)];
}

function instanceProblem(first: ShownInstance, group: readonly ShownInstance[]): Problem {
  const { state, reason, message } = first;
  return {
    ...{ word: state, reason, message, tone: instanceTone(first) },
    instances: group.length,
    bindings: new Set(group.map(({ binding }) => binding)).size,
    link: linkTo('instances', { state, reason }),
  };
}

function bindingProblems(bindings: readonly BindingStatus[]): Problem[] {
  const alone = bindings.filter(
    (status) =>
      readyOf(status)?.status !== 'True' && status.instances.every(({ state }) => state === 'InSync'),
  );
  return [...Map.groupBy(alone, (status) => readyOf(status)?.reason ?? 'not looked at yet')].map(
    ([reason, group]) => ({
      ...{ word: 'Not ready', reason, tone: 'bad', instances: 0, bindings: group.length },
      message: group.flatMap((status) => readyOf(status)?.message ?? [])[0] ?? '',
      link: linkTo('bindings', { ready: readyOf(group[0] as BindingStatus)?.status ?? 'Unknown', reason }),
    }),
  );
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
  return html`<li data-key="${word} ${reason}"><a href="${link}">${stateHtml(word === reason ? word : `${word}: ${reason}`, tone)}<span class="number">${what}</span></a>${message !== '' && html`<p class="detail">${message}</p>`}</li>`;
}

function scopesTable(scopes: readonly ShownScope[]): Html {
  if (scopes.length === 0) return html`<p class="faint">None: nothing is declared.</p>`;
  const both = ({ read, write }: ShownScope['depth']) => `${thousands(read)} / ${thousands(write)}`;
  const columns: readonly Column<ShownScope>[] = [
    {
      name: 'scope',
      label: 'Credentials and region',
      cell: ({ scope }) => html`<a href="${linkTo('instances', { scope })}">${scope}</a>`,
    },
    { name: 'leader', label: 'Led by', cell: leaderText },
    {
      name: 'oldest',
      label: 'Oldest read',
      cell: ({ oldestObservationAgeSeconds: age }) =>
        age === undefined ? '' : `${shortDuration(age * 1_000)} ago`,
    },
    { name: 'queue', label: 'Queue, read / write', cell: ({ leader, depth }) => (leader ? both(depth) : '') },
    {
      name: 'quota',
      label: 'Calls a second, read / write',
      cell: ({ leader, allowed }) => (leader ? both(allowed) : ''),
    },
    {
      name: 'breaker',
      label: 'Breaker',
      cell: ({ leader, problem }) =>
        problem === undefined
          ? leader && stateHtml('closed', 'good')
          : html`${stateHtml('open', 'bad')}<span class="detail">${problem}</span>`,
    },
  ];
  return tableHtml(
    { rows: scopes, total: scopes.length, from: 0, pages: 1 },
    { caption: 'Accounts and regions', columns, key: ({ scope }) => scope },
  );
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
