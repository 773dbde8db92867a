/** Deletes the Leases of processes that ended without doing so, and of scopes that nobody leads any more. */
import { messageOf } from '../../api/message-of.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import type { KubeConnection } from './kube-connection.ts';
import type { KubeObject } from './kube-object.ts';
import { MANAGED } from './lease-members.ts';
import type { LeaseRemoval } from './lease-removal.ts';

/** What has not been renewed for this long has expired long ago, whatever its duration. */
const EXPIRED_MS = 3_600_000;

export interface ExpiredLeasesOptions {
  readonly connection: Pick<KubeConnection, 'json'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly namespace: string;
  readonly removal: LeaseRemoval;
}

export class ExpiredLeases {
  readonly #options: ExpiredLeasesOptions;
  /** By uid, the version of each when it was last listed: what has the same an hour later was not renewed, by our own clock. */
  #versions: ReadonlyMap<string, string> = new Map();

  constructor(options: ExpiredLeasesOptions) {
    this.#options = options;
  }

  /** Looks at once and every hour, until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#options;
    while (!signal.aborted) {
      await this.#look(signal).catch((error: unknown) => {
        const detail = messageOf(error);
        if (!signal.aborted) log.warn({ error: detail }, 'leases that have expired could not be looked for');
      });
      await clock.sleep(EXPIRED_MS, signal).catch(() => {});
    }
  }

  async #look(signal: AbortSignal): Promise<void> {
    const { connection, namespace, removal } = this.#options;
    const selector = Object.entries(MANAGED).map(([name, value]) => `${name}=${value}`);
    const path = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases?labelSelector=${encodeURIComponent(selector.join(','))}`;
    const { items } = await connection.json<{ readonly items: readonly KubeObject[] }>(
      { method: 'GET', path },
      signal,
    );
    const before = this.#versions;
    this.#versions = new Map(
      items.map(({ metadata: { uid = '', resourceVersion = '' } }) => [uid, resourceVersion]),
    );
    for (const lease of items) {
      const { uid = '', resourceVersion } = lease.metadata;
      if (resourceVersion === undefined || before.get(uid) !== resourceVersion) continue;
      if (!(await removal.remove(lease, signal))) return;
    }
  }
}
