/** A plan for programs. */
import type { SecurityGroupId } from '../../api/ids.ts';
import type { Permission } from '../../core/permission.ts';
import { rowKind } from '../../core/plan-outcome.ts';
import type { PlanRow } from '../../core/plan-row.ts';
import { unreadableGroups } from '../wiring/change-rules.ts';
import type { PlanView } from './plan-text.ts';
import { type PlanTraffic, trafficOf } from './plan-traffic.ts';

export function planData(view: Omit<PlanView, 'palette'>): unknown {
  const { rows, summary, revision, cluster, digest, names, selectionProblems, fitNone, permissions } = view;
  const { traffic } = view;
  const listed = new Set(rows.flatMap(({ observed = [], desired }) => [...observed, ...desired]));
  const groups = [...names].filter(([id]) => listed.has(id as SecurityGroupId)).sort();
  return {
    ...(cluster === undefined ? { revision, digest } : { cluster }),
    summary,
    groups: Object.fromEntries(groups),
    ...(selectionProblems.length === 0 ? {} : { selectionProblems }),
    ...(fitNone.length === 0 ? {} : { fitNone }),
    ...(permissions.length === 0 ? {} : { permissions: permissions.map(permissionData) }),
    traffic: trafficData(traffic),
    rows: rows.map((row) => rowData(row, traffic)),
  };
}

/** What was not computed has a state in its place. */
function trafficData(traffic: PlanTraffic): unknown {
  if (traffic.state === 'off') return traffic;
  const { report, sideEffects, groups, unread, unreadScopes, byChange } = traffic;
  const missing = { unreadable: unreadableGroups(groups), unread };
  const [first] = unreadScopes;
  if (first !== undefined && byChange.size === 0) {
    return { state: 'unread', reason: first.reason, unreadScopes, ...missing };
  }
  const scopes = first === undefined ? {} : { unreadScopes };
  return { ...report, sideEffects, ...missing, ...scopes };
}

/** Whether it counts is a field of its own: programs need not look for what is absent. */
export function permissionData({ refusal, ...permission }: Permission): unknown {
  return { ...permission, counts: refusal === undefined, ...(refusal === undefined ? {} : { refusal }) };
}

function rowData(row: PlanRow, traffic: PlanTraffic): unknown {
  const { observed, desired, ...rest } = row;
  const report = trafficOf(traffic, row);
  // They are made when somebody reads them, and those of a program are read once.
  const changes = report?.changes.map(({ instances: _, ...change }) => change);
  const effect = changes === undefined ? {} : { traffic: { changes } };
  return { ...rest, result: rowKind(row), before: observed ?? null, after: desired, ...effect };
}
