/** The explanation of one instance as people read it. */
import type { InstanceState } from '../../core/instance-status.ts';
import { authorityText, originText } from '../../core/text/authority-text.ts';
import { shortDuration } from '../../core/text/duration.ts';
import { stepText } from '../../core/text/step-text.ts';
import { visible } from '../../core/text/visible.ts';
import { listText, shortRevision } from '../../core/text/words.ts';
import type { Explanation } from '../../manager/explanation.ts';
import { causeText, originOf, outcomeText } from '../../manager/history/journal-view.ts';
import { OBJECTS_TELL_LITTLE } from '../../manager/history/object-history.ts';
import type { JournalRow } from '../../store/sqlite/journal-table.ts';
import type { Palette } from '../output/palette.ts';

export interface ExplanationView {
  readonly palette: Palette;
  readonly nowMs: number;
  /** Who keeps the state at present; absent when nobody does. */
  readonly controller: string | undefined;
  /** Said where that one does not report any more. */
  readonly warning?: string | undefined;
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
      it.status?.sgIds === undefined ? 'not read yet' : listText(it.status.sgIds, namesOf(it)),
    ),
    line('between', betweenText(it)),
    ...(view.warning === undefined
      ? [line('state', stateText(it, view))]
      : [
          line('state', `${palette.bad('unknown')}: ${view.warning}`),
          line('before that', stateText(it, view)),
        ]),
    ...(it.original === undefined
      ? []
      : [line('original', `${listText(it.original, namesOf(it))}, before the first write`)]),
    ...(it.inCluster === undefined ? lastWriteLines(it, nowMs) : objectWriteLines(it.inCluster, nowMs)),
    line('next check', nextCheckText(it, view)),
    line(
      'claimed by',
      it.otherClaimants.length === 0 ? 'nobody else' : `also ${it.otherClaimants.join(', ')}`,
    ),
  ];
  return `${lines.join('\n')}\n`;
}

/** A line of an explanation. */
export function line(label: string, text: string): string {
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
  const { steps, status, desired } = it;
  if (status?.sgIds === undefined || desired === undefined) return 'not known';
  return steps.length === 0 ? 'nothing' : steps.map((step) => stepText(step, namesOf(it))).join(', ');
}

function stateText({ status, updatedMs }: Explanation, { palette, nowMs }: ExplanationView): string {
  if (status === undefined) return 'not declared';
  const { state, reason, message } = status;
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
    detail('why', `${causeText(lastWrite.cause)} for ${lastWrite.binding}${placeText(lastWrite)}`),
    ...(lastWrite.permit === undefined ? [] : [detail('authority', authorityText(lastWrite.permit))]),
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

function objectWriteLines(
  { isListed, writes, lastWriteMs, requestId }: NonNullable<Explanation['inCluster']>,
  nowMs: number,
): string[] {
  const [newest] = writes;
  const at =
    lastWriteMs === undefined
      ? isListed
        ? 'none'
        : 'not told: the status is too large to list this instance'
      : `${new Date(lastWriteMs).toISOString()} (${shortDuration(nowMs - lastWriteMs)} ago)`;
  return [
    line('last write', at),
    ...(newest === undefined
      ? []
      : [
          detail('why', `${causeText(newest.cause)} for ${newest.binding}`),
          ...(newest.permit === undefined ? [] : [detail('authority', authorityText(newest.permit))]),
          ...(newest.before === undefined ? [] : [detail('before', listText(newest.before))]),
          detail('after', listText(newest.after)),
          detail('outcome', newest.outcome || 'not told'),
        ]),
    ...(requestId === undefined ? [] : [detail('request', visible(requestId))]),
    line('not told', OBJECTS_TELL_LITTLE),
  ];
}

function detail(label: string, text: string): string {
  return `    ${label.padEnd(LABEL_WIDTH - 2)} ${text}`;
}

function placeText(row: JournalRow): string {
  const origin = originOf(row);
  return origin?.kind === 'directory' ? `, ${originText(origin)}` : '';
}

function nextCheckText({ checkEveryMs, inCluster }: Explanation, { controller }: ExplanationView): string {
  if (inCluster !== undefined) {
    const interval = checkEveryMs === undefined ? "the controller's --interval" : shortDuration(checkEveryMs);
    return `within ${interval}, if a controller runs: \`kubectl get leases\` tells`;
  }
  if (controller === undefined) return 'none: no controller runs on this state; start `cvmsg run`';
  if (checkEveryMs === undefined) return `by ${controller}`;
  return `within ${shortDuration(checkEveryMs)}, by ${controller}`;
}
