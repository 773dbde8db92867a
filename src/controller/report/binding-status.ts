/** Makes the status over a binding from where its instances stand. */
import type { Condition } from '../../api/conditions.ts';
import type { Draft } from '../../core/binding-conditions.ts';
import {
  deletionReport,
  inSyncCount,
  movedNote,
  report,
  withTransitions,
} from '../../core/binding-conditions.ts';
import type { ClaimIndex } from '../../core/claim-index.ts';
import type { ApiGeneration } from '../../core/cloud-error.ts';
import { exposedBy } from '../../core/guards/exposure.ts';
import { type InstanceStatus, outlook } from '../../core/instance-status.ts';
import { type Binding, type Scope, type SelectionProblem, scopeKey } from '../../core/model.ts';
import { modeText } from '../../core/suspension.ts';
import type { BindingStatus, ExposureStatus, PendingPlan } from '../../ports/status.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Approvals } from '../budget/approvals.ts';
import type { ObjectControls } from '../controls/object-controls.ts';
import type { Scopes } from '../scope/scopes.ts';
import type { ScopeObstacle, ServedScopes } from '../scope/served-scopes.ts';
import type { RestoringInstance, StatusView } from './status-view.ts';

/** What a status is made of. */
export interface StatusParts {
  readonly clock: Clock;
  readonly claims: Pick<ClaimIndex, 'tenancy'>;
  /** Where each instance stands. */
  readonly statusView: Pick<StatusView, 'status' | 'restoring'>;
  /** What the groups of a scope are called, and which API its calls have left. */
  readonly scopes: Pick<Scopes, 'get'>;
  /** Which request to reconcile was handled. */
  readonly controls: Pick<ObjectControls, 'handled'>;
  /** Which approval was taken up. */
  readonly approvals: Pick<Approvals, 'handledBy'>;
  /** Why a scope is not served. */
  readonly served: Pick<ServedScopes, 'obstacle'>;
}

/** The status over a declared binding. @param previous the conditions that were told last. */
export function bindingStatusOf(
  binding: Binding,
  previous: readonly Condition[],
  parts: StatusParts,
): BindingStatus {
  const instances = [...binding.instanceIds].sort().map((id) => parts.statusView.status(binding.key, id));
  const handled = parts.controls.handled(binding.key, instances);
  const approval = parts.approvals.handledBy(binding);
  const names = namesOf(binding, instances, parts);
  const wallMs = parts.clock.wall();
  const note = movedNote(retiredOf(binding.scope, parts));
  const conditions = report({ binding, instances, previous, wallMs, note });
  // What is wrong with the document itself has to be mended first.
  const obstacle = binding.invalid === undefined ? parts.served.obstacle(scopeKey(binding.scope)) : undefined;
  const restoring = parts.statusView.restoring(binding.key);
  const lastWriteMs = Math.max(0, ...instances.map((instance) => instance.lastWriteMs ?? 0));
  return {
    key: binding.key,
    scope: binding.scope,
    origin: binding.origin,
    sgIds: binding.sgIds,
    mode: modeText(binding, wallMs),
    conditions: obstacle === undefined ? conditions : obstructed(conditions, obstacle, { previous, wallMs }),
    instanceCount: instances.length + (binding.selection?.unnamed ?? 0),
    inSyncCount: inSyncCount(instances),
    instances,
    ...(lastWriteMs === 0 ? {} : { lastWriteMs }),
    ...(names === undefined ? {} : { groupNames: names }),
    ...exposurePart(binding, instances, parts),
    ...(handled === undefined ? {} : { lastHandledReconcileAt: handled }),
    ...(approval === undefined ? {} : { lastHandledApproval: approval }),
    ...plansPart([...instances, ...restoring.map(({ status }) => status)], binding.selection),
    ...restoringPart(restoring),
  };
}

/** The status over a binding that is being deleted: it has no instance of its own any more. */
export function deletionStatus(
  binding: Binding,
  previous: readonly Condition[],
  parts: StatusParts,
): BindingStatus {
  const approval = parts.approvals.handledBy(binding);
  const restoring = parts.statusView.restoring(binding.key);
  const names = namesOf(binding, [], parts);
  return {
    key: binding.key,
    scope: binding.scope,
    origin: binding.origin,
    sgIds: binding.sgIds,
    conditions: deletionReport({
      instances: restoring.map(({ status }) => status),
      previous,
      wallMs: parts.clock.wall(),
      note: movedNote(retiredOf(binding.scope, parts)),
    }),
    instanceCount: 0,
    inSyncCount: 0,
    instances: [],
    ...(names === undefined ? {} : { groupNames: names }),
    ...(approval === undefined ? {} : { lastHandledApproval: approval }),
    ...plansPart(restoring.map(({ status }) => status)),
    ...restoringPart(restoring),
  };
}

/** The generation of the API that the calls of a scope have left for good. */
export function retiredOf(scope: Scope, { scopes }: Pick<StatusParts, 'scopes'>): ApiGeneration | undefined {
  return scopes.get(scopeKey(scope))?.api.retired;
}

/** The plans that instances, or a change of members, wait for; by digest, so that the same plans are the same bytes. */
function plansPart(
  instances: readonly InstanceStatus[],
  selection?: SelectionProblem,
): Pick<BindingStatus, 'pendingPlans'> {
  const plans = new Map<string, PendingPlan>();
  const add = (approvable: string | undefined, plan: Omit<PendingPlan, 'digest'>) => {
    if (approvable === undefined) return;
    const { instanceCount = 0 } = plans.get(approvable) ?? {};
    plans.set(approvable, { ...plan, digest: approvable, instanceCount: instanceCount + plan.instanceCount });
  };
  if (selection !== undefined) {
    const { approvable, reason, message } = selection;
    add(approvable, { reason, message, instanceCount: 0 });
  }
  for (const { approvable, reason, message } of instances)
    add(approvable, { reason, message, instanceCount: 1 });
  if (plans.size === 0) return {};
  return { pendingPlans: [...plans.values()].sort((a, b) => (a.digest < b.digest ? -1 : 1)) };
}

/** Tells only what the list waits for: each step on its way would be a publication of its own. */
function restoringPart(instances: readonly RestoringInstance[]): Pick<BindingStatus, 'restoring'> {
  if (instances.length === 0) return {};
  const restoring = instances.map(
    ({ original, status: { instanceId, state, reason, message, approvable } }) => {
      const view = outlook({ state, reason });
      const onItsWay = state !== 'Retrying' && (view === 'moving' || view === 'in-sync');
      return {
        instanceId,
        original,
        ...(onItsWay
          ? {}
          : { waits: { reason, message, ...(approvable === undefined ? {} : { approvable }) } }),
      };
    },
  );
  return { restoring };
}

/** Names of the groups that the status mentions, sorted by id, so that the same names are the same bytes. */
function namesOf(
  binding: Binding,
  instances: readonly InstanceStatus[],
  { claims, scopes }: StatusParts,
): BindingStatus['groupNames'] {
  // Where the tenant may not name the binding, nothing is told that was read.
  if (claims.tenancy.refusesWhole(binding)) return undefined;
  const names = scopes.get(scopeKey(binding.scope))?.groupNames;
  if (names === undefined || names.size === 0) return undefined;
  const mentioned = new Set<string>([
    ...binding.sgIds,
    ...instances.flatMap((instance) => instance.sgIds ?? []),
  ]);
  return Object.fromEntries([...mentioned].sort().map((id) => [id, names.get(id as never) ?? '']));
}

/** The conditions of a binding whose account and region are not served. */
const REPLACED = new Set<string>(['Ready', 'Reconciling', 'Stalled']);

/** @param conditions those that it would have if it were served; the ones that are not replaced stay. */
function obstructed(
  conditions: readonly Condition[],
  { reason, message, isFinal }: ScopeObstacle,
  before: Parameters<typeof withTransitions>[1],
): Condition[] {
  const drafts: Draft[] = [
    { type: 'Ready', status: 'False', reason, message },
    isFinal
      ? { type: 'Stalled', status: 'True', reason, message }
      : { type: 'Reconciling', status: 'True', reason: 'ProgressingWithRetry', message },
    ...conditions.filter(({ type }) => !REPLACED.has(type)),
  ];
  return withTransitions(drafts, before);
}

/** What the instances of a binding are open to although a rule of exposure forbids it, by the rules of groups that were read. */
export function exposurePart(
  binding: Binding,
  instances: readonly InstanceStatus[],
  { scopes }: { readonly scopes: Pick<Scopes, 'get'> },
): Pick<BindingStatus, 'exposure'> {
  const scope = scopes.get(scopeKey(binding.scope));
  const rules = scope?.rules();
  if (scope === undefined || rules === undefined || rules.policy.exposure.length === 0) return {};
  const counts = new Map<string, number>();
  for (const { instanceId, state, sgIds } of instances) {
    const observed = scope.records.get(instanceId)?.observed;
    // Of an instance of somebody else nothing is told.
    if (observed === undefined || sgIds === undefined || state === 'Conflicted') continue;
    for (const { name } of exposedBy(observed.sgIds, { binding, observed, rules }))
      counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const exposure = [...counts].map(([rule, instanceCount]): ExposureStatus => ({ rule, instanceCount }));
  return exposure.length === 0 ? {} : { exposure: exposure.sort((a, b) => (a.rule < b.rule ? -1 : 1)) };
}
