/** Makes the verdict over a binding from where its instances stand. */
import type { Condition } from '../../api/conditions.ts';
import type { BindingKey, InstanceId } from '../../api/ids.ts';
import type { ApiGeneration } from '../../core/cloud-error.ts';
import { departureReport } from '../../core/departure.ts';
import { type InstanceVerdict, outlook } from '../../core/instance-verdict.ts';
import type { Binding, GroupList, Scope } from '../../core/model.ts';
import { inSyncCount, movedNote, report } from '../../core/report.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { BindingVerdict } from '../../sinks/port.ts';
import type { ScopeObstacle } from '../scope/scope-obstacle.ts';
import { obstructed } from './obstructed.ts';

/** An instance that left its binding, and where it stands on its way back to its original list. */
export interface RestoringInstance {
  readonly original: GroupList;
  readonly verdict: InstanceVerdict;
}

/** What a verdict is made of. */
export interface VerdictParts {
  readonly clock: Clock;
  readonly verdictOf: (binding: Binding, instanceId: InstanceId) => InstanceVerdict;
  /** Instances that left the binding and get their original lists back. */
  readonly restoringOf: (key: BindingKey) => readonly RestoringInstance[];
  /** What the groups of a binding's scope are called, as far as its tenant may know; empty when nobody has looked. */
  readonly groupNamesOf: (binding: Binding) => ReadonlyMap<string, string>;
  /** The generation of the API that the calls of a scope have left for good. */
  readonly retiredOf: (scope: Scope) => ApiGeneration | undefined;
  /** The newest request to reconcile that was handled, given where the instances stand. */
  readonly handledOf: (key: BindingKey, instances: readonly InstanceVerdict[]) => string | undefined;
  /** The approval of a binding once it was taken up. */
  readonly approvalOf: (binding: Binding) => string | undefined;
  /** Why a scope is not served. */
  readonly obstacleOf: (scope: Scope) => ScopeObstacle | undefined;
}

/** The verdict over a declared binding. @param previous the conditions that were told last. */
export function bindingVerdict(
  binding: Binding,
  previous: readonly Condition[],
  parts: VerdictParts,
): BindingVerdict {
  const instances = [...binding.instanceIds].sort().map((id) => parts.verdictOf(binding, id));
  const handled = parts.handledOf(binding.key, instances);
  const approval = parts.approvalOf(binding);
  const names = namesOf(binding, instances, parts);
  const wallMs = parts.clock.wall();
  const note = movedNote(parts.retiredOf(binding.scope));
  const conditions = report({ binding, instances, previous, wallMs, note });
  // What is wrong with the document itself has to be mended first.
  const obstacle = binding.invalid === undefined ? parts.obstacleOf(binding.scope) : undefined;
  const lastWriteMs = Math.max(0, ...instances.map((instance) => instance.lastWriteMs ?? 0));
  return {
    key: binding.key,
    scope: binding.scope,
    origin: binding.origin,
    sgIds: binding.sgIds,
    conditions: obstacle === undefined ? conditions : obstructed(conditions, obstacle, { previous, wallMs }),
    instanceCount: instances.length + (binding.selection?.unnamed ?? 0),
    inSyncCount: inSyncCount(instances),
    instances,
    ...(lastWriteMs === 0 ? {} : { lastWriteMs }),
    ...(names === undefined ? {} : { groupNames: names }),
    ...(handled === undefined ? {} : { lastHandledReconcileAt: handled }),
    ...(approval === undefined ? {} : { lastHandledApproval: approval }),
    ...restoringPart(parts.restoringOf(binding.key)),
  };
}

/** The verdict over a binding that is being deleted: it has no instance of its own any more. */
export function departureVerdict(
  binding: Binding,
  previous: readonly Condition[],
  parts: VerdictParts,
): BindingVerdict {
  const approval = parts.approvalOf(binding);
  const restoring = parts.restoringOf(binding.key);
  const names = namesOf(binding, [], parts);
  return {
    key: binding.key,
    scope: binding.scope,
    origin: binding.origin,
    sgIds: binding.sgIds,
    conditions: departureReport({
      instances: restoring.map(({ verdict }) => verdict),
      previous,
      wallMs: parts.clock.wall(),
      note: movedNote(parts.retiredOf(binding.scope)),
    }),
    instanceCount: 0,
    inSyncCount: 0,
    instances: [],
    ...(names === undefined ? {} : { groupNames: names }),
    ...(approval === undefined ? {} : { lastHandledApproval: approval }),
    ...restoringPart(restoring),
  };
}

/** Each step of a list that is on its way would be a publication of its own, so only what it waits for is told. */
function restoringPart(instances: readonly RestoringInstance[]): Pick<BindingVerdict, 'restoring'> {
  if (instances.length === 0) return {};
  const restoring = instances.map(({ original, verdict: { instanceId, state, reason, message } }) => {
    const onItsWay = state !== 'Retrying' && (outlook(state) === 'moving' || outlook(state) === 'settled');
    return { instanceId, original, ...(onItsWay ? {} : { waits: { reason, message } }) };
  });
  return { restoring };
}

/** Names of the groups that the verdict mentions, sorted by id, so that the same names are the same bytes. */
function namesOf(
  binding: Binding,
  instances: readonly InstanceVerdict[],
  { groupNamesOf }: VerdictParts,
): BindingVerdict['groupNames'] {
  const names = groupNamesOf(binding);
  if (names.size === 0) return undefined;
  const mentioned = new Set<string>([
    ...binding.sgIds,
    ...instances.flatMap((instance) => instance.sgIds ?? []),
  ]);
  return Object.fromEntries([...mentioned].sort().map((id) => [id, names.get(id as never) ?? '']));
}
