/** A plan for a pull request: a table of the bindings, and the details folded away. */
import type { PlanRow } from '../../core/plan-row.ts';
import { code, inElement, inline } from '../output/markdown.ts';
import { stepText } from '../output/step-text.ts';
import { count, listText, someOf } from '../output/words.ts';
import { type ChangeGroup, groupPlan } from './plan-groups.ts';
import {
  FITS_NONE,
  OVERWRITE_SENTENCE,
  originText,
  type PlanView,
  permissionLine,
  unseenText,
} from './plan-text.ts';

export function planMarkdown(view: Omit<PlanView, 'palette'>): string {
  const { rows, summary, revision, digest, names, selectionProblems } = view;
  const bindings = groupPlan(rows);
  const changes = summary.changes + summary.waiting;
  const title =
    summary.unreadable > 0 || selectionProblems.length > 0
      ? 'incomplete'
      : summary.bindings === 0
        ? 'no bindings'
        : changes === 0
          ? 'no changes'
          : `${count(changes, 'instance')} to change`;
  const head =
    `### cvmsg plan: ${title}\n\n` +
    `${count(summary.bindings, 'binding')}, ${count(summary.instances, 'instance')}; ${summary.inSync} in sync, ` +
    `${summary.held} held, ${summary.refused} refused, ${summary.unreadable} unreadable. Revision ${code(revision)}, digest ${code(digest)}.\n${selectionText(view)}${permissionsText(view)}`;
  if (bindings.length === 0) return head;
  const lines = bindings.flatMap(({ binding, row, groups }) =>
    groups.map(
      (group) =>
        `| ${code(binding)} | ${inline(row.scope.region)} | ${group.instances.length} | ${whatText(group, names)} | ${group.kind} |`,
    ),
  );
  const table = ['| binding | region | instances | change | |', '|---|---|---:|---|---|', ...lines].join(
    '\n',
  );
  const details = bindings.map(({ binding, row, groups }) => {
    const items = groups.map(detailText).join('\n');
    return `<details><summary>${inElement(binding)} (${inElement(originText(row))})</summary>\n\n${items}\n\n</details>\n`;
  });
  return `${head}\n${table}\n\n${OVERWRITE_SENTENCE}\n\n${details.join('\n')}`;
}

function selectionText({
  selectionProblems,
  fitNone,
}: Pick<PlanView, 'selectionProblems' | 'fitNone'>): string {
  const lines = [
    ...selectionProblems.map(({ key, problem }) => `- ${code(key)}: ${inline(problem.message)}\n`),
    ...fitNone.map((key) => `- ${code(key)}: ${FITS_NONE}\n`),
  ];
  return lines.length === 0 ? '' : `\n${lines.join('')}`;
}

function permissionsText({ permissions }: Pick<PlanView, 'permissions'>): string {
  if (permissions.length === 0) return '';
  const lines = permissions.map((one) => `- ${inline(permissionLine(one))}\n`).join('');
  return `\nApprovals and emergencies:\n\n${lines}`;
}

function whatText({ row }: ChangeGroup, names: PlanView['names']): string {
  if (row.observed === undefined) return inline(unseenText(row));
  return row.steps.map((step) => inline(stepText(step, names))).join('<br>');
}

function detailText({ kind, row, instances }: ChangeGroup): string {
  const ids = someOf(
    instances.map((one: PlanRow) => code(one.instanceId)),
    20,
  );
  if (row.observed === undefined) return `- ${ids}: ${kind}: ${inline(unseenText(row))}`;
  const guard = row.guard === undefined ? '' : `\n  - ${row.guard.outcome}: ${inline(row.guard.message)}`;
  return `- ${ids}\n  - before ${code(listText(row.observed))}\n  - after ${code(listText(row.desired))}${guard}`;
}
