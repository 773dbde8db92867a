/** Small pieces of pages: states, ages, commands, lists of groups. */
import type { Condition } from '../../api/conditions.ts';
import type { HistoryLine } from '../../core/history-line.ts';
import { type InstanceStatus, type Outlook, outlook } from '../../core/instance-status.ts';
import { rfc3339Seconds } from '../../core/rfc-3339.ts';
import { shortDuration } from '../../core/text/duration.ts';
import { thousands } from '../../core/text/words.ts';
import { type Html, html } from './html.ts';
import { linkTo } from './links.ts';

/** How much somebody has to care; the word beside it says it too. */
export type Tone = 'good' | 'busy' | 'bad' | 'quiet';

export function stateHtml(word: string, tone: Tone): Html {
  return html`<span class="state ${tone}">${word}</span>`;
}

export function instanceTone(status: Pick<InstanceStatus, 'state' | 'reason'>): Tone {
  return TONES[outlook(status)];
}

const TONES: Readonly<Record<Outlook, Tone>> = {
  stuck: 'bad',
  waiting: 'busy',
  moving: 'busy',
  held: 'quiet',
  'in-sync': 'good',
};

export function readyTone(ready: Condition | undefined): Tone {
  if (ready === undefined || ready.status === 'Unknown') return 'busy';
  return ready.status === 'True' ? 'good' : 'bad';
}

/** `3m10s ago`, with the time itself. */
export function agoHtml(atMs: number, nowMs: number): Html {
  const at = rfc3339Seconds(atMs);
  return html`<time datetime="${at}" title="${at}">${shortDuration(nowMs - atMs)} ago</time>`;
}

export function instanceLink(instanceId: string): Html {
  return html`<a class="id" href="${linkTo('instance', { id: instanceId })}">${instanceId}</a>`;
}

export function bindingLink(binding: string): Html {
  return html`<a href="${linkTo('instances', { binding })}">${binding}</a>`;
}

/** A command that can be copied. */
export function commandHtml(command: string): Html {
  return html`<span class="command"><code>${command}</code><button type="button" data-copy="${command}" hidden>Copy</button></span>`;
}

/** An ordered list of groups in one line, with the names that are known. */
export function groupsHtml(list: readonly string[], names?: ReadonlyMap<string, string>): Html {
  if (list.length === 0) return html`<span class="faint">none</span>`;
  return html`<span class="groups">${list.map((sgId) => groupHtml(sgId, names?.get(sgId)))}</span>`;
}

export function listsHtml(
  { before, after }: Pick<HistoryLine, 'before' | 'after'>,
  names?: ReadonlyMap<string, string>,
): Html {
  if (before === undefined) return groupsHtml(after, names);
  return html`${groupsHtml(before, names)}<span class="faint">→</span> ${groupsHtml(after, names)}`;
}

/** The first few of so many instances, and how many more there are. */
export function instancesHtml(
  first: readonly { readonly instanceId: string; readonly instanceName?: string }[],
  all: number,
): Html {
  const named = first.map(
    ({ instanceId, instanceName }) =>
      html`${instanceLink(instanceId)}${instanceName !== undefined && html` <span class="name">${instanceName}</span>`} `,
  );
  const more = all - first.length;
  return html`${named}${more > 0 && html`<span class="faint">and ${thousands(more)} more</span>`}`;
}

export function groupHtml(sgId: string, name = ''): Html {
  return html`<span class="group"><code>${sgId}</code>${name !== '' && html` <span class="name">${name}</span>`}</span> `;
}
