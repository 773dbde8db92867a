/**
 * A plan for a pull request: the heading says what would happen, then what is done by kind of change, a table of the
 * bindings, and the details folded away. Code hosts refuse a comment that is too long, so what does not fit is left out.
 */
import { type BindingPlan, type ChangeGroup, groupPlan } from '../../core/plan-outcome.ts';
import { obstacleText } from '../../core/plan-row.ts';
import { stepText } from '../../core/text/step-text.ts';
import { count, listText, someOf, thousands } from '../../core/text/words.ts';
import { code, inElement, inline } from '../output/markdown.ts';
import { type ChangeKind, changeKinds, importanceOf } from './plan-kinds.ts';
import {
  FITS_NONE,
  nameText,
  OVERWRITE_SENTENCE,
  originText,
  type PlanView,
  permissionLine,
} from './plan-text.ts';
import type { PlanTraffic } from './plan-traffic.ts';
import { openingHeading, type PlanTrafficLine, planTrafficLines, rowTrafficLines } from './traffic-text.ts';

type MarkdownView = Omit<PlanView, 'palette'>;

/** A line that readers do not see: a pipeline finds the comment that it has to update by it. */
const MARKER = '<!-- cvmsg plan -->';

/** Instances that are named before only their number is told. */
const NAMED_IN_KIND = 10;
const NAMED_IN_GROUP = 20;

/** Sections, the most important first; within one the outcomes of rows count. */
const SECTION = { notes: 0, traffic: 3, kinds: 10, table: 20, details: 30 };

/** @param maxLength most characters, 0 for any number; the heading stands even where it alone is longer. */
export function planMarkdown(view: MarkdownView, maxLength = 0): string {
  const bindings = groupPlan(view.rows);
  const problems = view.selectionProblems.map(({ key, problem }): Piece => {
    return { text: `- ${code(key)}: ${inline(problem.message)}`, rank: SECTION.notes };
  });
  const unfitting = view.fitNone.map((key): Piece => {
    return { text: `- ${code(key)}: ${FITS_NONE}`, rank: SECTION.notes + 2 };
  });
  const permissions = view.permissions.map((one): Piece => {
    return { text: `- ${inline(permissionLine(one))}`, rank: SECTION.notes + 1 };
  });
  const table = bindings.flatMap((binding) => binding.groups.map((group) => rowPiece(binding, group, view)));
  const kinds = kindPieces(view, table.length);
  const details = bindings.map((binding) => detailPiece(binding, view.traffic));
  const sections = [
    { pieces: trafficPieces(view.traffic), open: 'Traffic:\n\n' },
    { pieces: [...problems, ...unfitting], open: '' },
    { pieces: permissions, open: 'Approvals and emergencies:\n\n' },
    { pieces: kinds, open: 'By kind of change:\n\n' },
    { pieces: table, open: '| binding | region | instances | change | |\n|---|---|---:|---|---|\n' },
    { pieces: details, open: `${OVERWRITE_SENTENCE}\n\n`, between: '\n' },
  ];
  const head = headText(view);
  const pieces = sections.flatMap((section) => section.pieces);
  return boundedText(pieces, {
    maxLength: maxLength === 0 ? Number.POSITIVE_INFINITY : maxLength,
    render(kept) {
      const shown = sections.flatMap(({ pieces: own, open, between = '' }) => {
        const texts = own.filter((piece) => kept.has(piece)).map(({ text }) => `${text}\n`);
        return texts.length === 0 ? [] : [`\n${open}${texts.join(between)}`];
      });
      const left = pieces.length - kept.size;
      return head + shown.join('') + (left === 0 ? '' : leftOutText(table, kept, maxLength));
    },
  });
}

function trafficPieces(traffic: PlanTraffic): Piece[] {
  return planTrafficLines(traffic).map((line) => ({
    text: `- ${trafficCode(line)}`,
    rank: SECTION.traffic + (TRAFFIC_RANKS[line.kind] ?? 3),
  }));
}

/** What a reviewer has to see first; all else comes after that. */
const TRAFFIC_RANKS: Partial<Record<PlanTrafficLine['kind'], number>> = {
  unread: 0,
  opens: 0,
  conditional: 1,
  closes: 2,
};

/** Within code there are no columns. */
function trafficCode({ text }: PlanTrafficLine): string {
  return code(text.replaceAll(/ {2,}/g, ' '));
}

function headText(view: MarkdownView): string {
  const { summary, revision, cluster, digest, selectionProblems, traffic } = view;
  const { bindings, instances, inSync } = summary;
  const place =
    cluster === undefined ? `Revision ${code(revision)}, digest ${code(digest)}` : `Cluster ${code(cluster)}`;
  return (
    `### cvmsg plan: ${titleText(summary, selectionProblems.length > 0)}${openingText(traffic)}\n${MARKER}\n\n` +
    `${count(bindings, 'binding')}, ${count(instances, 'instance')}; ${thousands(inSync)} in sync. ` +
    `${place}.\n`
  );
}

/** What surely opens holds services and addresses in our own words; what depends on something names it as the cloud does. */
function openingText(traffic: PlanTraffic): string {
  const text = openingHeading(traffic);
  if (text === '') return '';
  const surely = traffic.state === 'read' && traffic.report.changes.some(({ effect }) => effect === 'opens');
  return `, ${surely ? text : inline(text)}`;
}

/** What would happen: everything that is not in sync, by what becomes of it. */
function titleText(summary: MarkdownView['summary'], selectionFails: boolean): string {
  const { changes, refused, deferred, held, waiting, unreadable, bindings } = summary;
  const parts = [
    selectionFails || unreadable > 0 ? 'incomplete' : '',
    changes > 0 ? `${count(changes, 'instance')} to change` : '',
    ...Object.entries({ refused, deferred, held, waiting, unreadable }).map(([word, number]) =>
      number > 0 ? `${thousands(number)} ${word}` : '',
    ),
  ].filter((part) => part !== '');
  if (parts.length > 0) return parts.join(', ');
  return bindings === 0 ? 'no bindings' : 'no changes';
}

/** None where the table says the same in as many lines. */
function kindPieces({ rows, names }: MarkdownView, tableLength: number): Piece[] {
  const kinds = changeKinds(rows);
  if (kinds.length >= tableLength) return [];
  return kinds.map((one) => ({
    text: kindText(one, names),
    rank: SECTION.kinds + importanceOf(one.kind),
  }));
}

function kindText(one: ChangeKind, names: PlanView['names']): string {
  const { kind, row, instances, bindings, message } = one;
  const where = `${count(instances.length, 'instance')} in ${count(bindings, 'binding')}`;
  const guard = message === undefined ? '' : `: ${inline(message)}`;
  const what =
    row.observed === undefined
      ? `${kind}: ${inline(obstacleText(row))}`
      : row.steps.map((step) => inline(stepText(step, names))).join(', ') +
        (kind === 'change' ? '' : ` (${kind}${guard})`);
  const named = instances.map((instance) => code(nameText(instance)));
  return `- ${where}: ${what}\n  - ${someOf(named, NAMED_IN_KIND)}`;
}

function rowPiece({ binding, row }: BindingPlan, group: ChangeGroup, { names }: MarkdownView): Piece {
  const what =
    group.row.observed === undefined
      ? inline(obstacleText(group.row))
      : group.row.steps.map((step) => inline(stepText(step, names))).join('<br>');
  return {
    text: `| ${code(binding)} | ${inline(row.scope.region)} | ${group.instances.length} | ${what} | ${group.kind} |`,
    rank: SECTION.table + importanceOf(group.kind),
  };
}

function detailPiece({ binding, row, groups }: BindingPlan, traffic: PlanTraffic): Piece {
  const items = groups.map((group) => detailText(group, traffic)).join('\n');
  return {
    text: `<details><summary>${inElement(binding)} (${inElement(originText(row))})</summary>\n\n${items}\n\n</details>`,
    rank: SECTION.details + Math.min(...groups.map(({ kind }) => importanceOf(kind))),
  };
}

function detailText({ kind, row, instances }: ChangeGroup, traffic: PlanTraffic): string {
  const named = instances.map((one) => code(nameText(one)));
  const ids = someOf(named, NAMED_IN_GROUP);
  if (row.observed === undefined) return `- ${ids}: ${kind}: ${inline(obstacleText(row))}`;
  const guard = row.guard === undefined ? '' : `\n  - ${row.guard.outcome}: ${inline(row.guard.message)}`;
  const effects = rowTrafficLines(traffic, row).map((line) => `\n  - ${trafficCode(line)}`);
  return `- ${ids}\n  - before ${code(listText(row.observed))}\n  - after ${code(listText(row.desired))}${effects.join('')}${guard}`;
}

function leftOutText(table: readonly Piece[], kept: ReadonlySet<Piece>, maxLength: number): string {
  const rows = table.filter((piece) => !kept.has(piece)).length;
  const what = rows === 0 ? 'Details are' : `${count(rows, 'line')} of the table and details are`;
  return `\n${what} left out, to keep this below ${thousands(maxLength)} characters: \`cvmsg plan\` without \`-o markdown\` shows everything.\n`;
}

// Text that may not be longer than its reader takes: whole pieces of it are left out, the least important first.

interface Piece {
  readonly text: string;
  /** Pieces with a higher rank are left out first; of equal ones the later. */
  readonly rank: number;
}

/**
 * Renders as many pieces as fit into `maxLength` UTF-16 units, which may be none.
 * @param render the whole text with these pieces, each time in their original order.
 */
function boundedText(
  pieces: readonly Piece[],
  {
    maxLength,
    render,
  }: { readonly maxLength: number; readonly render: (kept: ReadonlySet<Piece>) => string },
): string {
  const whole = render(new Set(pieces));
  if (whole.length <= maxLength) return whole;
  const byRank = pieces.toSorted((a, b) => a.rank - b.rank);
  let fits = 0;
  let tooMany = pieces.length;
  let best = render(new Set());
  while (tooMany - fits > 1) {
    const middle = Math.floor((fits + tooMany) / 2);
    const text = render(new Set(byRank.slice(0, middle)));
    if (text.length <= maxLength) {
      fits = middle;
      best = text;
    } else tooMany = middle;
  }
  return best;
}
