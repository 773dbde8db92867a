/** `cvmsg plan --kubernetes`: what the controller would do, by what the objects of a cluster tell. */
import type { ConditionReason } from '../../api/conditions.ts';
import type { GuardResult } from '../../core/guard-port.ts';
import type { InstanceStatus } from '../../core/instance-status.ts';
import { plan } from '../../core/plan.ts';
import { summarize } from '../../core/plan-outcome.ts';
import { type PlanRow, refusedRow } from '../../core/plan-row.ts';
import { count } from '../../core/text/words.ts';
import type { BindingObject } from '../../kubernetes/source/binding-object.ts';
import { objectStatus, omittedInstances } from '../../manager/object-status.ts';
import type { StoredBinding } from '../../manager/stored-state.ts';
import type { BindingStatus } from '../../ports/status.ts';
import { ClusterView } from '../cluster/cluster-view.ts';
import type { CommandContext } from '../command.ts';
import type { ExitCode } from '../exit-code.ts';
import type { ClusterFlags } from '../flags/cluster-flags.ts';
import type { GatheredPlan } from './gather-plan.ts';
import { planExitCode } from './plan-kinds.ts';
import { renderPlan } from './show-plan.ts';

const WHAT_OBJECTS_TELL =
  'note: this is what the status of the objects tells, from when the controller last read the instances; it has no digest: `cvmsg approve --kubernetes` lists the plans that wait\n';

/** The cloud is not asked. */
const NO_TRAFFIC = { traffic: { state: 'off' } } as const;

export async function showObjectPlan(
  context: CommandContext,
  flags: ClusterFlags & { readonly namespace: string | undefined; readonly maxLength: number },
): Promise<ExitCode> {
  const { io, palette } = context;
  await using cluster = await ClusterView.open(context, flags);
  const objects = await cluster.objects(flags.namespace);
  const { rows, selectionProblems, fitNone } = objectPlan(objects);
  const summary = summarize(rows, objects.length);
  const names = new Map(
    objects.flatMap(({ status }) =>
      (status?.groups ?? []).map(({ sgId, name = '' }) => [sgId, name] as const),
    ),
  );
  const view = {
    rows,
    summary,
    names,
    selectionProblems,
    fitNone,
    palette,
    permissions: [],
    digest: '',
    ...NO_TRAFFIC,
  };
  io.stdout.write(
    await renderPlan(context, { ...view, revision: '', cluster: cluster.server }, flags.maxLength),
  );
  const omitted = objects.reduce((sum, object) => sum + omittedInstances(object), 0);
  if (omitted > 0) {
    io.stderr.write(
      `note: ${count(omitted, 'more instance')} stand in no status, because it would be too large\n`,
    );
  }
  io.stderr.write(WHAT_OBJECTS_TELL);
  return planExitCode(summary, selectionProblems);
}

/** Rows in the order of the objects. */
export function objectPlan(
  objects: readonly BindingObject[],
): Pick<GatheredPlan, 'rows' | 'selectionProblems' | 'fitNone'> {
  const stored = objects.map(objectStatus);
  const rows = stored.flatMap(rowsOf);
  const selectionProblems = stored.flatMap(({ status: { key, conditions } }) => {
    const problem = conditions.find(({ type, reason }) => type === 'Ready' && UNSETTLED.has(reason));
    return problem === undefined ? [] : [{ key, problem }];
  });
  const fitNone = stored
    .filter(({ status, declared }) => declared?.selector !== undefined && status.instanceCount === 0)
    .map(({ status }) => status.key)
    .filter((key) => selectionProblems.every((one) => one.key !== key));
  return { rows, selectionProblems, fitNone };
}

/** Reasons of Ready for which nobody knows what the binding would do. */
const UNSETTLED: ReadonlySet<string> = new Set(['SelectionRefused', 'InvalidDocument']);

function rowsOf({ status, declared }: StoredBinding): PlanRow[] {
  const reported = new Map(status.instances.map((one) => [one.instanceId, one]));
  // A new object has no status yet, and a large one does not list everything.
  const unread = status.conditions.length === 0 ? (declared?.instanceIds ?? []) : [];
  const base = { binding: status.key, origin: status.origin, scope: status.scope, desired: status.sgIds };
  const unlisted = unread
    .filter((id) => !reported.has(id))
    .map(
      (instanceId): PlanRow => ({ ...base, instanceId, steps: [], problem: 'no controller has read it yet' }),
    );
  const rows = [...reported.values()].flatMap((one): PlanRow[] => {
    const { instanceId, sgIds, state, reason, message } = one;
    // Its owner tells of it.
    if (state === 'Conflicted') return [];
    if (reason === 'NotAllowed' && declared !== undefined) return [refusedRow(instanceId, declared, message)];
    if (sgIds === undefined) {
      const missing = state === 'NotFound' ? { missing: true as const } : {};
      return [{ ...base, instanceId, steps: [], problem: message || state, ...missing }];
    }
    const steps = plan(sgIds, status.sgIds);
    const guard = steps.length === 0 ? undefined : guardOf(one, status);
    return [{ ...base, instanceId, observed: sgIds, steps, ...(guard === undefined ? {} : { guard }) }];
  });
  return [...rows, ...unlisted];
}

const GUARD_OF: Partial<Record<ConditionReason, GuardResult['guard']>> = {
  BlastRadius: 'blast-radius',
  Exposure: 'exposure',
  TrafficUnknown: 'exposure',
};

/** What stands between, as the state of an instance tells; which guard it was, only where an approval helps. */
function guardOf(
  { state, reason, message }: InstanceStatus,
  { pendingPlans = [] }: BindingStatus,
): GuardResult | undefined {
  const of = (guard: GuardResult['guard'], outcome: GuardResult['outcome']): GuardResult => {
    const waiting = reason === 'Exposure' ? pendingPlans.find((one) => one.reason === reason) : undefined;
    const approvable = waiting === undefined ? {} : { approvable: waiting.digest };
    return { guard: GUARD_OF[reason] ?? guard, outcome, reason, message, ...approvable };
  };
  switch (state) {
    case 'Held':
      return of('suspended', 'held');
    case 'Refused':
    case 'Failed':
    case 'NotFound':
      return of('real-groups', 'refused');
    case 'Deferred':
      return of('change-window', 'deferred');
    case 'Blocked':
      return of('instance-state', 'waiting');
    default:
      return undefined;
  }
}
