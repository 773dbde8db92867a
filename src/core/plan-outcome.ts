/** What a plan comes to: in counts, and in groups of what changes alike. */

import { groupsOf } from './model.ts';
import type { PlanChange } from './plan.ts';
import type { PlanRow } from './plan-row.ts';

/**
 * What becomes of one row.
 * - `unreadable`  the instance could not be read
 * - `in-sync`     nothing to do
 * - `held`        differs; suspended or observe-only
 * - `refused`     differs and a guard refuses the change, or the binding may not name the instance
 * - `deferred`    differs; a guard holds it back until its time comes
 * - `waiting`     differs; will be written when the instance's state allows
 * - `change`      differs; will be written
 */
export type RowKind = 'unreadable' | 'in-sync' | 'held' | 'refused' | 'deferred' | 'waiting' | 'change';

export function rowKind(row: PlanRow): RowKind {
  if (row.observed === undefined) return row.guard?.outcome ?? 'unreadable';
  if (row.steps.length === 0) return 'in-sync';
  return row.guard?.outcome ?? 'change';
}

export interface PlanSummary {
  readonly bindings: number;
  readonly instances: number;
  readonly inSync: number;
  readonly changes: number;
  readonly waiting: number;
  readonly held: number;
  readonly refused: number;
  readonly deferred: number;
  readonly unreadable: number;
}

export function summarize(rows: readonly PlanRow[], bindings: number): PlanSummary {
  const counts: Record<RowKind, number> = {
    unreadable: 0,
    'in-sync': 0,
    held: 0,
    refused: 0,
    deferred: 0,
    waiting: 0,
    change: 0,
  };
  for (const row of rows) counts[rowKind(row)]++;
  return {
    bindings,
    instances: rows.length,
    inSync: counts['in-sync'],
    changes: counts.change,
    waiting: counts.waiting,
    held: counts.held,
    refused: counts.refused,
    deferred: counts.deferred,
    unreadable: counts.unreadable,
  };
}

/** The changes that the plan's digest is about. What a guard refuses that no approval helps is none of them. */
export function planChanges(rows: readonly PlanRow[]): PlanChange[] {
  return rows.flatMap((row) => {
    const { scope, instanceId, observed, desired } = row;
    return observed !== undefined && canBeWritten(row)
      ? [{ scope, instanceId, from: observed, to: desired }]
      : [];
  });
}

function canBeWritten(row: PlanRow): boolean {
  const kind = rowKind(row);
  return kind === 'change' || kind === 'waiting' || isForApproval(row);
}

/** Whether an approval of the plan would let the change pass. */
export function isForApproval({ steps, guard }: PlanRow): boolean {
  return steps.length > 0 && (guard?.guard === 'blast-radius' || guard?.approvable !== undefined);
}

// Groups the rows of a plan: by binding, and within it the instances that get the same change.

/** Instances of one binding that have the same list now and get the same one. */
export interface ChangeGroup {
  readonly kind: RowKind;
  /** Any row of the group; all differ in the instance only. */
  readonly row: PlanRow;
  readonly instances: readonly PlanRow[];
}

export interface BindingPlan {
  readonly binding: string;
  readonly row: PlanRow;
  readonly inSync: number;
  /** Largest first. */
  readonly groups: readonly ChangeGroup[];
}

/** The bindings of a plan that have something to show, in the order of the rows. */
export function groupPlan(rows: readonly PlanRow[]): BindingPlan[] {
  return groupsOf(rows, (row) => row.binding).flatMap((own) => {
    const [row] = own;
    const differing = own.filter((one) => rowKind(one) !== 'in-sync');
    if (differing.length === 0) return [];
    const groups = groupsOf(differing, changeText).map((instances) => {
      const [any] = instances;
      return { kind: rowKind(any), row: any, instances };
    });
    groups.sort((a, b) => b.instances.length - a.instances.length);
    return [{ binding: row.binding, row, inSync: own.length - differing.length, groups }];
  });
}

function changeText(row: PlanRow): string {
  return JSON.stringify([row.observed, row.problem, row.guard?.guard, row.guard?.message]);
}
