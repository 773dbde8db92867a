/** Reads one Secret of a namespace. */
import { messageOf } from '../../api/message-of.ts';
import type { KubeConnection } from './kube-connection.ts';
import { KubeError } from './kube-error.ts';
import { isNamespaceEnding } from './namespace-end.ts';

export type SecretReading =
  | { readonly ok: true; readonly data: ReadonlyMap<string, string> }
  | {
      readonly ok: false;
      /** True when there certainly is no such Secret any more, or none that can ever be read: its namespace is being deleted. */
      readonly missing: boolean;
      readonly message: string;
    };

/** The decoded values of a Secret, or why they cannot be had; rejects only with the signal's reason. */
export async function readSecret(
  connection: KubeConnection,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  signal: AbortSignal,
): Promise<SecretReading> {
  try {
    const path = `/api/v1/namespaces/${namespace}/secrets/${name}`;
    const secret = await connection.json<{ data?: Record<string, string> }>({ method: 'GET', path }, signal);
    const entries = Object.entries(secret.data ?? {});
    return {
      ok: true,
      data: new Map(entries.map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')])),
    };
  } catch (error) {
    if (signal.aborted) throw error;
    const status = error instanceof KubeError ? error.status : 0;
    const secret = `${namespace}/${name}`;
    // The right to read it goes with the namespace, often before the Secret does.
    if (status === 403 && (await isNamespaceEnding(connection, namespace, signal))) {
      const message = `the namespace "${namespace}" is being deleted, and the right to read the Secret "${secret}" with it`;
      return { ok: false, missing: true, message };
    }
    return { ok: false, missing: status === 404, message: explain(error, secret) };
  }
}

function explain(error: unknown, secret: string): string {
  const status = error instanceof KubeError ? error.status : 0;
  if (status === 404) return `there is no Secret "${secret}"; create it, or correct spec.credentialsRef.name`;
  if (status === 403) {
    return `the controller may not read the Secret "${secret}"; allow it by a Role and RoleBinding in that namespace (manifests/samples/credentials-role.yaml)`;
  }
  const detail = messageOf(error);
  return `the Secret "${secret}" cannot be read: ${detail}`;
}
