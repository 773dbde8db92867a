/** The bindings of a cluster as the API server holds them. */
import { bindingsPath } from '../../api/resource.ts';
import { CollectionRequests } from '../../kubernetes/client/collection-requests.ts';
import type { KubeConnection } from '../../kubernetes/client/kube-connection.ts';
import { KubeError } from '../../kubernetes/client/kube-error.ts';
import type { BindingObject } from '../../kubernetes/source/binding-object.ts';
import { CliError } from '../cli-error.ts';

/** Every object of one namespace, or of all. @throws CliError when they may not be read or there are none of this kind, KubeError otherwise. */
export async function listObjects(
  connection: KubeConnection,
  namespace: string | undefined,
  signal: AbortSignal,
): Promise<BindingObject[]> {
  const objects: BindingObject[] = [];
  const collection = new CollectionRequests<BindingObject>({ connection, path: bindingsPath(namespace) });
  try {
    for await (const { items } of collection.pages(signal)) objects.push(...items);
  } catch (error) {
    throw explained(error, connection.server, namespace);
  }
  return objects;
}

function explained(error: unknown, server: string, namespace: string | undefined): unknown {
  if (!(error instanceof KubeError)) return error;
  if (error.status === 404) {
    return new CliError(
      `${server} knows no CvmSecurityGroupBinding: install manifests/crd, or name another cluster with --context`,
    );
  }
  if (error.status !== 403) return error;
  const narrower =
    namespace === undefined ? 'name a namespace that you may read with --namespace' : 'ask for the verb list';
  return new CliError(`${error.message}; ${narrower}`);
}
