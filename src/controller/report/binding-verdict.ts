/** Makes the verdict over a binding from where its instances stand. */
import type { Condition } from '../../api/conditions.ts';
import type { BindingKey, InstanceId } from '../../api/ids.ts';
import type { ApiGeneration } from '../../core/cloud-error.ts';
import type { InstanceVerdict } from '../../core/instance-verdict.ts';
import type { Binding, Scope } from '../../core/model.ts';
import { inSyncCount, movedNote, report } from '../../core/report.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { BindingVerdict } from '../../sinks/port.ts';

/** What a verdict is made of. */
export interface VerdictParts {
  readonly clock: Clock;
  readonly verdictOf: (binding: Binding, instanceId: InstanceId) => InstanceVerdict;
  /** Instances that left the binding and get their original lists back. */
  readonly restoringOf: (key: BindingKey) => BindingVerdict['restoring'];
  /** What the groups of a scope are called; empty when nobody has looked. */
  readonly groupNamesOf: (scope: Scope) => ReadonlyMap<string, string>;
  /** The generation of the API that the calls of a scope have left for good. */
  readonly retiredOf: (scope: Scope) => ApiGeneration | undefined;
  /** The newest request to reconcile that was handled, given where the instances stand. */
  readonly handledOf: (key: BindingKey, instances: readonly InstanceVerdict[]) => string | undefined;
  /** The approval of a binding once it was taken up. */
  readonly approvalOf: (binding: Binding) => string | undefined;
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
  const restoring = parts.restoringOf(binding.key);
  const names = namesOf(binding, instances, parts);
  const lastWriteMs = Math.max(0, ...instances.map((instance) => instance.lastWriteMs ?? 0));
  return {
    key: binding.key,
    scope: binding.scope,
    origin: binding.origin,
    sgIds: binding.sgIds,
    conditions: report({
      binding,
      instances,
      previous,
      wallMs: parts.clock.wall(),
      note: movedNote(parts.retiredOf(binding.scope)),
    }),
    instanceCount: instances.length + (binding.selection?.unnamed ?? 0),
    inSyncCount: inSyncCount(instances),
    instances,
    ...(lastWriteMs === 0 ? {} : { lastWriteMs }),
    ...(names === undefined ? {} : { groupNames: names }),
    ...(handled === undefined ? {} : { lastHandledReconcileAt: handled }),
    ...(approval === undefined ? {} : { lastHandledApproval: approval }),
    ...(restoring === undefined ? {} : { restoring }),
  };
}

/** Names of the groups that the verdict mentions, sorted by id, so that the same names are the same bytes. */
function namesOf(
  { scope, sgIds }: Binding,
  instances: readonly InstanceVerdict[],
  { groupNamesOf }: VerdictParts,
): BindingVerdict['groupNames'] {
  const names = groupNamesOf(scope);
  if (names.size === 0) return undefined;
  const mentioned = new Set<string>([...sgIds, ...instances.flatMap((instance) => instance.sgIds ?? [])]);
  return Object.fromEntries([...mentioned].sort().map((id) => [id, names.get(id as never) ?? '']));
}
