/** A plan for programs. */
import type { PlanRow } from '../../core/plan-row.ts';
import { rowKind } from './plan-outcome.ts';
import type { PlanView } from './plan-text.ts';

export function planData({ rows, summary, revision }: Omit<PlanView, 'palette'>): unknown {
  return { revision, summary, rows: rows.map(rowData) };
}

function rowData(row: PlanRow): unknown {
  const { observed, desired, ...rest } = row;
  return { ...rest, result: rowKind(row), before: observed ?? null, after: desired };
}
