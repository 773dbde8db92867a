/** The difference of two revisions for a review. */

import { stepText } from '../../core/text/step-text.ts';
import { count, listText, someOf } from '../../core/text/words.ts';
import { code, inline } from '../output/markdown.ts';
import { groupInstances } from './diff-side.ts';
import { type DiffView, fieldText, listsText, ownersText, summaryWords } from './diff-text.ts';
import type { BindingDiff } from './revision-diff.ts';

const NAMED = 20;

export function diffMarkdown({ diff, from, to }: DiffView): string {
  const head = `### cvmsg diff ${code(from)} -> ${code(to)}\n\n${inline(summaryWords(diff))}.\n`;
  if (diff.bindings.length === 0) return head;
  const rows = diff.bindings.map((one) => `| ${code(one.binding)} | ${one.change} | ${whatText(one)} |`);
  const table = ['| binding | | change |', '|---|---|---|', ...rows].join('\n');
  const groups = groupInstances(diff.instances).map(
    ({ sample, instanceIds }) =>
      `- ${someOf(instanceIds.map(code), NAMED)} (${inline(ownersText(sample))}): ${code(listsText(sample))}`,
  );
  if (groups.length === 0) return `${head}\n${table}\n`;
  const summary = `${count(diff.instances.length, 'instance')} with another list`;
  return `${head}\n${table}\n\n<details><summary>${summary}</summary>\n\n${groups.join('\n')}\n\n</details>\n`;
}

function whatText({ change, before, after, steps, joined, left, fields }: BindingDiff): string {
  const lines = [
    ...(change === 'changed' ? [] : [listText(after ?? before ?? [])]),
    ...steps.map((step) => stepText(step)),
    ...fields.map(fieldText),
    ...(joined.length === 0 ? [] : [`${count(joined.length, 'instance')} joined: ${someOf(joined)}`]),
    ...(left.length === 0 ? [] : [`${count(left.length, 'instance')} left: ${someOf(left)}`]),
  ];
  return lines.map(inline).join('<br>');
}
