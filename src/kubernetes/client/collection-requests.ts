/** The requests that read a collection of objects: whole in pages, or as a stream of events. */
import type { KubeConnection } from './kube-connection.ts';
import { KubeError } from './kube-error.ts';
import type { KubeObject } from './kube-object.ts';

export interface CollectionOptions {
  readonly connection: KubeConnection;
  /** The collection, such as `/apis/cvmsg.dev/v1alpha1/cvmsecuritygroupbindings`. */
  readonly path: string;
  readonly labelSelector?: string | undefined;
  /** Such as `metadata.name=cvmsg`: a right to one object by its name is enough for it. */
  readonly fieldSelector?: string | undefined;
}

export interface WatchEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: T & { readonly code?: number; readonly message?: string; readonly reason?: string };
}

export interface CollectionPage<T> {
  readonly items: readonly T[];
  /** Of the whole list, the same on every page. */
  readonly version: string;
}

const PAGE_SIZE = 500;
const END_OF_LIST = 'k8s.io/initial-events-end';

export class CollectionRequests<T extends KubeObject> {
  readonly #options: CollectionOptions;

  constructor(options: CollectionOptions) {
    this.#options = options;
  }

  /** All objects. @throws KubeError as `KubeConnection.json` does. */
  async *pages(signal: AbortSignal): AsyncGenerator<CollectionPage<T>> {
    let next = '';
    do {
      const request = this.#request({
        limit: String(PAGE_SIZE),
        ...(next === '' ? {} : { continue: next }),
      });
      const { metadata, items } = await this.#options.connection.json<{
        metadata: { resourceVersion: string; continue?: string };
        items: T[];
      }>(request, signal);
      next = metadata.continue ?? '';
      yield { items, version: metadata.resourceVersion };
    } while (next !== '');
  }

  /** The version of the whole collection now. @throws KubeError as `KubeConnection.json` does. */
  async version(signal: AbortSignal): Promise<string> {
    const request = this.#request({ limit: '1' });
    const { metadata } = await this.#options.connection.json<{ metadata: { resourceVersion: string } }>(
      request,
      signal,
    );
    return metadata.resourceVersion;
  }

  /**
   * What happens from a version on, as it comes. Without one ('') it begins with an ADDED for each object there is and a bookmark that
   * {@link endsList}; a server that cannot do that refuses the request. An ERROR event is thrown.
   * @throws KubeError as `KubeConnection.lines` does.
   */
  async *events(
    { version, timeoutS }: { readonly version: string; readonly timeoutS: number },
    signal: AbortSignal,
  ): AsyncGenerator<readonly WatchEvent<T>[]> {
    const { connection, path } = this.#options;
    const request = this.#request({
      watch: 'true',
      allowWatchBookmarks: 'true',
      resourceVersion: version,
      timeoutSeconds: String(timeoutS),
      ...(version === '' ? { sendInitialEvents: 'true', resourceVersionMatch: 'NotOlderThan' } : {}),
    });
    for await (const lines of connection.lines(request, signal)) {
      const events = lines as readonly WatchEvent<T>[];
      const end = events.findIndex(({ type }) => type === 'ERROR');
      if (end !== 0) yield end < 0 ? events : events.slice(0, end);
      if (end < 0) continue;
      const { code = 0, reason = '', message = '' } = events[end]?.object ?? {};
      throw new KubeError(`watch ${path}: ${message}`, { status: code, reason });
    }
  }

  #request(parameters: Readonly<Record<string, string>>): { readonly method: 'GET'; readonly path: string } {
    const { path, labelSelector, fieldSelector } = this.#options;
    const query = new URLSearchParams({
      ...parameters,
      ...(labelSelector === undefined ? {} : { labelSelector }),
      ...(fieldSelector === undefined ? {} : { fieldSelector }),
    });
    return { method: 'GET', path: `${path}?${query}` };
  }
}

/** Whether a bookmark says that every object has come. */
export function endsList({ object }: WatchEvent<KubeObject>): boolean {
  return object.metadata.annotations?.[END_OF_LIST] === 'true';
}
