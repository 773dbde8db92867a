/** The difference of two revisions as people read it. */

import { stepText } from '../../core/text/step-text.ts';
import { count, listText, someOf } from '../../core/text/words.ts';
import type { Palette } from '../output/palette.ts';
import { groupInstances, type InstanceGroup } from './diff-side.ts';
import type { BindingDiff, FieldChange, InstanceDiff, RevisionDiff } from './revision-diff.ts';

const NAMED = 5;

export interface DiffView {
  readonly diff: RevisionDiff;
  /** `#12 1a2b3c4d5e6f` */
  readonly from: string;
  readonly to: string;
}

export function diffText({ diff, from, to }: DiffView, palette: Palette): string {
  const summary = `${from} -> ${to}: ${summaryWords(diff)}.\n`;
  const bindings = diff.bindings.map((one) => bindingText(one, palette)).join('');
  const groups = groupInstances(diff.instances).map((one) => groupText(one, palette));
  const instances = groups.length === 0 ? '' : `\n${palette.strong('Instances')}\n${groups.join('')}`;
  return bindings === '' ? summary : `${bindings}${instances}\n${summary}`;
}

/** `1 binding changed, 2 added; 3 instances get another list`, or that nothing differs. */
export function summaryWords({ bindings, instances }: RevisionDiff): string {
  if (bindings.length === 0) return 'both declare the same';
  const of = (change: BindingDiff['change']) => bindings.filter((one) => one.change === change).length;
  const parts = (['added', 'changed', 'removed'] as const)
    .filter((change) => of(change) > 0)
    .map((change) => `${count(of(change), 'binding')} ${change}`);
  const moved = instances.filter(({ after }) => after !== undefined).length;
  const dropped = instances.length - moved;
  const lists =
    moved === 0 ? 'no instance gets another list' : `another list for ${count(moved, 'instance')}`;
  return `${parts.join(', ')}; ${lists}${dropped === 0 ? '' : `, ${count(dropped, 'instance')} declared by nobody any more`}`;
}

export function fieldText({ field, before, after }: FieldChange): string {
  const value = (one: unknown) => (one === null ? 'not set' : JSON.stringify(one));
  return `${field}: ${value(before)} -> ${value(after)}`;
}

/** What became of the list of an instance. */
export function listsText({ before, after }: Pick<InstanceDiff, 'before' | 'after'>): string {
  const text = (list: readonly string[] | undefined) =>
    list === undefined ? 'not declared' : listText(list);
  return `${text(before)} -> ${text(after)}`;
}

/** `shop/web`, or `shop/web -> shop/api` for one that changed hands. */
export function ownersText({ bindingBefore, bindingAfter }: InstanceDiff): string {
  if (bindingBefore === bindingAfter) return bindingAfter ?? '';
  return `${bindingBefore ?? 'nobody'} -> ${bindingAfter ?? 'nobody'}`;
}

function bindingText(one: BindingDiff, palette: Palette): string {
  const { change, before, after, steps, joined, left, fields } = one;
  const list = change === 'changed' ? '' : `  ${listText(after ?? before ?? [])}`;
  const lines = [
    ...steps.map((step) => palette.changed(stepText(step))),
    ...fields.map(fieldText),
    ...(joined.length === 0 ? [] : [palette.good(`+ ${membersText(joined)}`)]),
    ...(left.length === 0 ? [] : [palette.bad(`- ${membersText(left)}`)]),
  ];
  return `${mark(change, palette)} ${palette.strong(one.binding)}${list}\n${lines.map((line) => `    ${line}\n`).join('')}`;
}

function membersText(ids: readonly string[]): string {
  return ids.length === 1 ? `${ids[0]}` : `${count(ids.length, 'instance')}: ${someOf(ids, NAMED)}`;
}

function mark(change: BindingDiff['change'], palette: Palette): string {
  switch (change) {
    case 'added':
      return palette.good('+');
    case 'changed':
      return palette.changed('~');
    case 'removed':
      return palette.bad('-');
    default:
      return change satisfies never;
  }
}

function groupText({ sample, instanceIds }: InstanceGroup, palette: Palette): string {
  const steps = sample.steps.map((step) => `      ${palette.changed(stepText(step))}\n`).join('');
  const lists = `      ${palette.faint(listsText(sample))}\n`;
  return `  ${membersText(instanceIds)}  ${palette.faint(ownersText(sample))}\n${steps}${lists}`;
}
