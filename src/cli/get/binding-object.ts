/** A stored binding as a Kubernetes object, in the words of the resource. */

import { partsOf } from '../../api/ids.ts';
import { API_VERSION, KIND } from '../../api/resource.ts';
import type { InstanceStatus } from '../../core/instance-status.ts';
import type { Binding, InstanceSelector } from '../../core/model.ts';
import type { StoredBinding } from '../../manager/stored-state.ts';

export function bindingObject({ status, declared }: StoredBinding): unknown {
  const { namespace, name } = partsOf(status.key);
  const { scope, origin, lastWriteMs, lastHandledReconcileAt, lastHandledApproval } = status;
  return {
    apiVersion: API_VERSION,
    kind: KIND,
    metadata: { name, namespace },
    spec: {
      region: scope.region,
      ...(declared?.selector === undefined
        ? { instanceIds: declared?.instanceIds ?? status.instances.map(({ instanceId }) => instanceId) }
        : { instanceSelector: selectorSpec(declared.selector) }),
      sgIds: status.sgIds,
      ...(declared === undefined ? {} : controls(declared)),
      ...(scope.account === 'default' ? {} : { credentialsRef: { name: scope.account } }),
    },
    status: {
      ...(status.mode === undefined ? {} : { mode: status.mode }),
      conditions: status.conditions,
      instanceCount: status.instanceCount,
      inSyncCount: status.inSyncCount,
      instances: status.instances.map(instanceStatus),
      ...(status.pendingPlans === undefined ? {} : { pendingPlans: status.pendingPlans }),
      ...(status.groupNames === undefined ? {} : { groups: groupNames(status) }),
      ...(status.exposure === undefined ? {} : { exposure: status.exposure }),
      ...(lastWriteMs === undefined ? {} : { lastWriteTime: timeText(lastWriteMs) }),
      ...(lastHandledReconcileAt === undefined ? {} : { lastHandledReconcileAt }),
      ...(lastHandledApproval === undefined ? {} : { lastHandledApproval }),
      ...(origin.kind === 'directory'
        ? { revision: origin.revision, declaredAt: `${origin.file}:${origin.line}:${origin.column}` }
        : {}),
    },
  };
}

function selectorSpec({ excluded, ...selector }: InstanceSelector): object {
  return { ...selector, ...(excluded.length === 0 ? {} : { excludeInstanceIds: excluded }) };
}

/** The names of the declared groups, in their order. */
function groupNames({ sgIds, groupNames: names = {} }: StoredBinding['status']): object[] {
  return sgIds.map((sgId) => (names[sgId] ? { sgId, name: names[sgId] } : { sgId }));
}

function controls({ mode, suspend, suspendUntilMs, intervalMs, deletionPolicy }: Binding): object {
  return {
    mode,
    suspend,
    ...(suspendUntilMs === undefined ? {} : { suspendUntil: timeText(suspendUntilMs) }),
    ...(intervalMs === undefined ? {} : { interval: `${intervalMs / 1_000}s` }),
    ...(deletionPolicy === undefined ? {} : { deletionPolicy }),
  };
}

function instanceStatus({ lastWriteMs, approvable: _, ...status }: InstanceStatus): unknown {
  return lastWriteMs === undefined ? status : { ...status, lastWriteTime: timeText(lastWriteMs) };
}

/** RFC 3339. */
export function timeText(ms: number): string {
  return new Date(ms).toISOString();
}
