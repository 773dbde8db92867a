/** A stored binding as a Kubernetes object, in the words of the resource. */
import type { InstanceVerdict } from '../../core/instance-verdict.ts';
import type { StoredBinding } from '../wiring/stored-state.ts';

const API_VERSION = 'cvmsg.dev/v1alpha1';
const KIND = 'CvmSecurityGroupBinding';

export function bindingObject({ verdict, declared }: StoredBinding): unknown {
  const [namespace = '', name = ''] = verdict.key.split('/');
  const { scope, origin, lastWriteMs } = verdict;
  return {
    apiVersion: API_VERSION,
    kind: KIND,
    metadata: { name, namespace },
    spec: {
      region: scope.region,
      instanceIds: declared?.instanceIds ?? verdict.instances.map(({ instanceId }) => instanceId),
      sgIds: verdict.sgIds,
      ...(declared === undefined ? {} : { mode: declared.mode, suspend: declared.suspend }),
      ...(scope.account === 'default' ? {} : { credentialsRef: { name: scope.account } }),
    },
    status: {
      conditions: verdict.conditions,
      instanceCount: verdict.instanceCount,
      inSyncCount: verdict.inSyncCount,
      instances: verdict.instances.map(instanceStatus),
      ...(lastWriteMs === undefined ? {} : { lastWriteTime: timeText(lastWriteMs) }),
      ...(origin.kind === 'directory'
        ? { revision: origin.revision, declaredAt: `${origin.file}:${origin.line}:${origin.column}` }
        : {}),
    },
  };
}

function instanceStatus({ lastWriteMs, ...verdict }: InstanceVerdict): unknown {
  return lastWriteMs === undefined ? verdict : { ...verdict, lastWriteTime: timeText(lastWriteMs) };
}

/** RFC 3339. */
export function timeText(ms: number): string {
  return new Date(ms).toISOString();
}
