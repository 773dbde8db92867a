/** Groups the rows of a whole plan by what is done, whichever binding asks for it. */

import type { PlanSummary } from '../../core/plan-outcome.ts';
import { type RowKind, rowKind } from '../../core/plan-outcome.ts';
import type { PlanRow } from '../../core/plan-row.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import type { GatheredPlan } from './gather-plan.ts';

/** Instances that get the same steps, with the same outcome for the same reason. */
export interface ChangeKind {
  readonly kind: RowKind;
  /** Any row of them; its steps are those of all. */
  readonly row: PlanRow;
  readonly instances: readonly PlanRow[];
  readonly bindings: number;
  /** What the guard says; absent when it says something else of each binding. */
  readonly message?: string;
}

/** What a reviewer has to see first. */
const IMPORTANCE: Readonly<Record<RowKind, number>> = {
  refused: 0,
  unreadable: 1,
  change: 2,
  waiting: 3,
  deferred: 4,
  held: 5,
  'in-sync': 6,
};

export function importanceOf(kind: RowKind): number {
  return IMPORTANCE[kind];
}

/** The most important first, then the largest. */
export function changeKinds(rows: readonly PlanRow[]): ChangeKind[] {
  const differing = rows.filter((row) => rowKind(row) !== 'in-sync');
  const kinds = [...Map.groupBy(differing, kindText).values()].flatMap((instances): ChangeKind[] => {
    const [row] = instances;
    if (row === undefined) return [];
    const messages = new Set(instances.map(({ guard }) => guard?.message));
    const [message] = messages;
    const bindings = new Set(instances.map(({ binding }) => binding)).size;
    const said = messages.size === 1 && message !== undefined ? { message } : {};
    return [{ kind: rowKind(row), row, instances, bindings, ...said }];
  });
  return kinds.sort(
    (a, b) => importanceOf(a.kind) - importanceOf(b.kind) || b.instances.length - a.instances.length,
  );
}

function kindText(row: PlanRow): string {
  return JSON.stringify([rowKind(row), row.steps, row.problem, row.guard?.guard]);
}

/** An error goes before a refusal, that before changes. */
export function planExitCode(
  summary: PlanSummary,
  selectionProblems: GatheredPlan['selectionProblems'],
): ExitCode {
  if (summary.unreadable > 0 || !selectionProblems.every(isRefused)) return EXIT.error;
  if (selectionProblems.length > 0) return EXIT.refused;
  if (summary.refused + summary.deferred > 0) return EXIT.refused;
  return summary.changes + summary.waiting > 0 ? EXIT.changes : EXIT.ok;
}

/** Whether a guard, and not a failure, stands between a selector and its members. */
export function isRefused({ problem }: GatheredPlan['selectionProblems'][number]): boolean {
  return problem.reason === 'SelectionRefused' || problem.reason === 'NotAllowed';
}
