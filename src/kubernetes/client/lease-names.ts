/** What Leases are called: one for each scope, and one for each process. */
import { createHash } from 'node:crypto';
import type { KubeConnection } from './kube-connection.ts';
import type { KubeObject } from './kube-object.ts';
import { SCOPE_LABELS } from './lease-members.ts';

/** The Lease of all scopes, where one is enough. */
export const SOLE_LEASE = 'cvmsg';

/** A readable name that is unique for the scope. */
export function leaseName(scope: string): string {
  const readable = scope
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 40);
  return `cvmsg-${readable}-${digest(scope)}`;
}

/** The name of the Lease that tells that a process is alive. */
export function memberLeaseName(identity: string): string {
  return `cvmsg-member-${digest(identity)}`;
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}

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
