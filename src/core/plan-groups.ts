/** Groups the rows of a plan: by binding, and within it the instances that get the same change. */

import { groupsOf } from './groups-of.ts';
import { type RowKind, rowKind } from './plan-outcome.ts';
import type { PlanRow } from './plan-row.ts';

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
