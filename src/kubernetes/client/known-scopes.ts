/** Which scopes have a Lease: they have answered some replica before, whoever leads them now. */
import type { KubeConnection } from './kube-connection.ts';
import type { KubeObject } from './kube-object.ts';
import { SCOPE_LABELS } from './lease-members.ts';
import { leaseName } from './lease-names.ts';

export interface KnownScopesOptions {
  readonly connection: Pick<KubeConnection, 'json'>;
  /** That of the leases, in which nobody else may write. */
  readonly namespace: string;
}

/** Those of the scopes that have one; one request, however many they are. @throws KubeError. */
export async function scopesWithLease(
  scopes: readonly string[],
  { connection, namespace }: KnownScopesOptions,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const selector = Object.entries(SCOPE_LABELS).map(([name, value]) => `${name}=${value}`);
  const path = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases?labelSelector=${encodeURIComponent(selector.join(','))}`;
  const { items } = await connection.json<{ readonly items: readonly KubeObject[] }>(
    { method: 'GET', path },
    signal,
  );
  const names = new Set(items.map(({ metadata }) => metadata.name));
  return new Set(scopes.filter((scope) => names.has(leaseName(scope))));
}
