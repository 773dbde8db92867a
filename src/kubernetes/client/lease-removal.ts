/** Deletes Leases that nobody needs, each only as it was last seen. Where the right to do so is missing, they stay and it is said once. */
import type { Log } from '../../runtime/log.ts';
import type { KubeConnection } from './kube-connection.ts';
import { KubeError } from './kube-error.ts';
import type { KubeObject } from './kube-object.ts';

export interface LeaseRemovalOptions {
  readonly connection: Pick<KubeConnection, 'json'>;
  readonly log: Log;
  readonly namespace: string;
}

const TIMEOUT_MS = 4_000;

export class LeaseRemoval {
  readonly #options: LeaseRemovalOptions;
  #reported = false;

  constructor(options: LeaseRemovalOptions) {
    this.#options = options;
  }

  /**
   * Deletes a Lease unless somebody has changed it since. Returns false when that is not allowed.
   * @throws KubeError for any other failure.
   */
  async remove({ metadata }: KubeObject, signal: AbortSignal): Promise<boolean> {
    const { connection, namespace, log } = this.#options;
    const { name, uid, resourceVersion } = metadata;
    const path = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/${name}`;
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid, resourceVersion } };
    try {
      await connection.json({ method: 'DELETE', path, body, timeoutMs: TIMEOUT_MS }, signal);
      return true;
    } catch (error) {
      if (!(error instanceof KubeError)) throw error;
      // Somebody has deleted it, or renews it again.
      if (error.status === 404 || error.status === 409) return true;
      if (error.status !== 403) throw error;
      if (!this.#reported) {
        const text =
          'leases could not be deleted and stay behind: give the Role of the leases the verb "delete", as the shipped manifests do';
        log.warn({ lease: name, error: error.message }, text);
      }
      this.#reported = true;
      return false;
    }
  }
}
