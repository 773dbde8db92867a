/** A stored binding as a Kubernetes object, in the words of the resource. */
import type { InstanceVerdict } from '../../core/instance-verdict.ts';
import type { Binding, InstanceSelector } from '../../core/model.ts';
import type { StoredBinding } from '../wiring/stored-state.ts';

const API_VERSION = 'cvmsg.dev/v1alpha1';
const KIND = 'CvmSecurityGroupBinding';

export function bindingObject({ verdict, declared }: StoredBinding): unknown {
  const [namespace = '', name = ''] = verdict.key.split('/');
  const { scope, origin, lastWriteMs, lastHandledReconcileAt, lastHandledApproval } = verdict;
  return {
    apiVersion: API_VERSION,
    kind: KIND,
    metadata: { name, namespace },
    spec: {
      region: scope.region,
      ...(declared?.selector === undefined
        ? { instanceIds: declared?.instanceIds ?? verdict.instances.map(({ instanceId }) => instanceId) }
        : { instanceSelector: selectorSpec(declared.selector) }),
      sgIds: verdict.sgIds,
      ...(declared === undefined ? {} : controls(declared)),
      ...(scope.account === 'default' ? {} : { credentialsRef: { name: scope.account } }),
    },
    status: {
      conditions: verdict.conditions,
      instanceCount: verdict.instanceCount,
      inSyncCount: verdict.inSyncCount,
      instances: verdict.instances.map(instanceStatus),
      ...(verdict.groupNames === undefined ? {} : { groups: groupNames(verdict) }),
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
function groupNames({ sgIds, groupNames: names = {} }: StoredBinding['verdict']): object[] {
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

function instanceStatus({ lastWriteMs, ...verdict }: InstanceVerdict): unknown {
  return lastWriteMs === undefined ? verdict : { ...verdict, lastWriteTime: timeText(lastWriteMs) };
}

/** RFC 3339. */
export function timeText(ms: number): string {
  return new Date(ms).toISOString();
}
