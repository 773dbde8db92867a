/** Whether a namespace is being deleted, told without the right to read namespaces. */
import type { KubeConnection } from './kube-connection.ts';
import { KubeError } from './kube-error.ts';

/**
 * True when the namespace certainly is being deleted: the server then refuses to make anything in it, also an Event that
 * would only be tried. Rejects only with the signal's reason.
 */
export async function isNamespaceEnding(
  connection: KubeConnection,
  namespace: string,
  signal: AbortSignal,
): Promise<boolean> {
  const path = `/apis/events.k8s.io/v1/namespaces/${namespace}/events?dryRun=All`;
  const body = {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { generateName: 'cvmsg-', namespace },
    eventTime: '2000-01-01T00:00:00.000000Z',
    reportingController: 'cvmsg.dev/controller',
    reportingInstance: 'cvmsg',
    action: 'Probe',
    type: 'Normal',
    reason: 'Probe',
    regarding: { apiVersion: 'v1', kind: 'Namespace', namespace, name: namespace },
  };
  try {
    await connection.json({ method: 'POST', path, body }, signal);
    return false;
  } catch (error) {
    if (signal.aborted) throw error;
    return refusedForItsEnd(error);
  }
}

/** Whether the server made nothing because the namespace is being deleted. */
export function refusedForItsEnd(error: unknown): boolean {
  return error instanceof KubeError && error.status === 403 && error.message.includes('being terminated');
}
