/** The explanation of one instance as people read it. */
import type { InstanceState } from '../../core/instance-verdict.ts';
import type { JournalRow } from '../../state/journal-table.ts';
import { shortDuration } from '../flags/duration.ts';
import { authorityText } from '../history/authority-text.ts';
import { causeText, originOf, outcomeText } from '../history/journal-view.ts';
import type { Palette } from '../output/palette.ts';
import { stepText } from '../output/step-text.ts';
import { visible } from '../output/visible.ts';
import { listText, shortRevision } from '../output/words.ts';
import type { Explanation } from './explanation.ts';

export interface ExplanationView {
  readonly palette: Palette;
  readonly nowMs: number;
  /** Who keeps the state at present; absent when nobody does. */
  readonly controller: string | undefined;
}

const LABEL_WIDTH = 11;

export function explanationText(it: Explanation, view: ExplanationView): string {
  const { palette, nowMs } = view;
  const lines = [
    palette.strong(it.instanceId) +
      (it.binding === undefined
        ? ''
        : `  ${it.binding}  ${it.scope?.region} (credentials ${it.scope?.account})`),
    line('declared', declaredText(it)),
    line(
      'observed',
      it.verdict?.sgIds === undefined ? 'not read yet' : listText(it.verdict.sgIds, namesOf(it)),
    ),
    line('between', betweenText(it)),
    line('state', stateText(it, view)),
    ...(it.original === undefined
      ? []
      : [line('original', `${listText(it.original, namesOf(it))}, before the first write`)]),
    ...lastWriteLines(it, nowMs),
    line('next check', nextCheckText(it, view)),
    line(
      'claimed by',
      it.otherClaimants.length === 0 ? 'nobody else' : `also ${it.otherClaimants.join(', ')}`,
    ),
  ];
  return `${lines.join('\n')}\n`;
}

function line(label: string, text: string): string {
  return `  ${label.padEnd(LABEL_WIDTH)} ${text}`;
}

function namesOf({ groupNames }: Explanation): ReadonlyMap<string, string> {
  return new Map(Object.entries(groupNames));
}

function declaredText(it: Explanation): string {
  const { desired, origin } = it;
  if (desired === undefined) return 'by nobody any more; its list stays as it is';
  if (origin?.kind !== 'directory') return listText(desired, namesOf(it));
  return `${listText(desired, namesOf(it))} at ${visible(origin.file)}:${origin.line}, revision ${shortRevision(origin.revision)}`;
}

function betweenText(it: Explanation): string {
  const { steps, verdict, desired } = it;
  if (verdict?.sgIds === undefined || desired === undefined) return 'not known';
  return steps.length === 0 ? 'nothing' : steps.map((step) => stepText(step, namesOf(it))).join(', ');
}

function stateText({ verdict, updatedMs }: Explanation, { palette, nowMs }: ExplanationView): string {
  if (verdict === undefined) return 'not declared';
  const { state, reason, message } = verdict;
  const since =
    updatedMs === undefined ? '' : palette.faint(` (told ${shortDuration(nowMs - updatedMs)} ago)`);
  const words = message === '' ? '' : `: ${visible(message)}`;
  return `${paintState(state, palette)}${state === reason ? '' : ` ${reason}`}${words}${since}`;
}

function paintState(state: InstanceState, palette: Palette): string {
  switch (state) {
    case 'InSync':
      return palette.good(state);
    case 'Refused':
    case 'Failed':
    case 'NotFound':
    case 'Conflicted':
      return palette.bad(state);
    default:
      return palette.changed(state);
  }
}

function lastWriteLines({ lastWrite, writes }: Explanation, nowMs: number): string[] {
  if (lastWrite === undefined) return [line('last write', 'none')];
  const at = new Date(lastWrite.intendedMs).toISOString();
  return [
    line(
      'last write',
      `${at} (${shortDuration(nowMs - lastWrite.intendedMs)} ago), journal entry ${lastWrite.id}, one of ${writes} for it`,
    ),
    detail('why', `${causeText(lastWrite.cause)} for ${lastWrite.binding}${originText(lastWrite)}`),
    ...(lastWrite.authority === '' ? [] : [detail('authority', authorityText(lastWrite.authority))]),
    detail('before', listText(lastWrite.before)),
    detail('after', listText(lastWrite.after)),
    detail(
      'request',
      `${lastWrite.requestId || 'none'} (API ${lastWrite.api === 'v2' ? '2.0' : '3.0'}, attempt ${lastWrite.attempt})`,
    ),
    detail('outcome', outcomeText(lastWrite)),
    detail('read back', lastWrite.observed === undefined ? 'not yet' : listText(lastWrite.observed)),
    detail('by', lastWrite.actor),
  ];
}

function detail(label: string, text: string): string {
  return `    ${label.padEnd(LABEL_WIDTH - 2)} ${text}`;
}

function originText(row: JournalRow): string {
  const origin = originOf(row);
  return origin?.kind === 'directory'
    ? `, ${origin.file}:${origin.line} at ${shortRevision(origin.revision)}`
    : '';
}

function nextCheckText({ checkEveryMs }: Explanation, { controller }: ExplanationView): string {
  if (controller === undefined) return 'none: no controller runs on this state; start `cvmsg run`';
  if (checkEveryMs === undefined) return `by ${controller}`;
  return `within ${shortDuration(checkEveryMs)}, by ${controller}`;
}
