/** A plan for programs. */
import type { SecurityGroupId } from '../../api/ids.ts';
import type { Permission } from '../../core/permission.ts';
import type { PlanRow } from '../../core/plan-row.ts';
import { rowKind } from './plan-outcome.ts';
import type { PlanView } from './plan-text.ts';

export function planData(view: Omit<PlanView, 'palette'>): unknown {
  const { rows, summary, revision, digest, names, selectionProblems, fitNone, permissions } = view;
  const listed = new Set(rows.flatMap(({ observed = [], desired }) => [...observed, ...desired]));
  const groups = [...names].filter(([id]) => listed.has(id as SecurityGroupId)).sort();
  return {
    revision,
    digest,
    summary,
    groups: Object.fromEntries(groups),
    ...(selectionProblems.length === 0 ? {} : { selectionProblems }),
    ...(fitNone.length === 0 ? {} : { fitNone }),
    ...(permissions.length === 0 ? {} : { permissions: permissions.map(permissionData) }),
    rows: rows.map(rowData),
  };
}

/** Whether it counts is a field of its own: programs need not look for what is absent. */
export function permissionData({ refusal, ...permission }: Permission): unknown {
  return { ...permission, counts: refusal === undefined, ...(refusal === undefined ? {} : { refusal }) };
}

function rowData(row: PlanRow): unknown {
  const { observed, desired, ...rest } = row;
  return { ...rest, result: rowKind(row), before: observed ?? null, after: desired };
}
