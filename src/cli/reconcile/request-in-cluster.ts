/** A request to reconcile as an annotation of the object. */

import { RECONCILE_ANNOTATION } from '../../api/reconcile-request.ts';
import { bindingPath } from '../../api/resource.ts';
import { KubeConnection } from '../../kubernetes/client/kube-connection.ts';
import { KubeError } from '../../kubernetes/client/kube-error.ts';
import { systemClock } from '../../runtime/clock.ts';
import { CliError } from '../cli-error.ts';
import type { PlacedRequest, ReconcileFlags, RequestOptions } from './placed-request.ts';

interface Handled {
  readonly status?: { readonly lastHandledReconcileAt?: string };
}

/** @throws CliError when there is no such object, KubeError for every other failure. */
export async function requestInCluster(
  { kubeconfig, context }: Pick<ReconcileFlags, 'kubeconfig' | 'context'>,
  { name, namespace, requestedAt }: RequestOptions,
): Promise<PlacedRequest> {
  const connection = await KubeConnection.load({ clock: systemClock, kubeconfig, context });
  const inNamespace = namespace ?? connection.namespace;
  const binding = `${inNamespace}/${name}`;
  const path = bindingPath({ namespace: inNamespace, name });
  const { signal } = new AbortController();
  const body = { metadata: { annotations: { [RECONCILE_ANNOTATION]: requestedAt } } };
  try {
    await connection.json(
      { method: 'PATCH', path, contentType: 'application/merge-patch+json', body },
      signal,
    );
  } catch (error) {
    await connection.close();
    if (!(error instanceof KubeError) || error.status !== 404) throw error;
    const message = `there is no CvmSecurityGroupBinding "${binding}" at ${connection.server}: \`kubectl get csgb -A\` lists them`;
    throw new CliError(message);
  }
  return {
    binding,
    trustProblem: connection.trustProblem,
    handled: async () =>
      (await connection.json<Handled>({ method: 'GET', path }, signal)).status?.lastHandledReconcileAt,
    [Symbol.asyncDispose]: () => connection.close(),
  };
}
