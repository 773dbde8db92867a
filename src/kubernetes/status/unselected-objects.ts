/**
 * Lets go of objects that lost the label of those that this controller follows: takes our finalizer away, for nobody would
 * else, and says in the status that nobody looks after them. A controller that follows the new labels adds both again.
 */

import type { Condition } from '../../api/conditions.ts';
import { messageOf } from '../../api/message-of.ts';
import { bindingPath, RESTORE_FINALIZER } from '../../api/resource.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import type { KubeConnection } from '../client/kube-connection.ts';
import { KubeError } from '../client/kube-error.ts';
import { type KubeObject, keyOf } from '../client/kube-object.ts';

export type UnselectedObject = KubeObject & {
  readonly status?:
    | { readonly observedGeneration?: number; readonly conditions?: readonly object[] }
    | undefined;
};

export interface UnselectedObjectsOptions {
  readonly connection: Pick<KubeConnection, 'json'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Which objects are followed, as the user wrote it. */
  readonly selector: string;
  /** Whether this replica acts for the scope of the object. */
  readonly leads: (scope: string) => boolean;
  /** Whether the server lets objects of a namespace be read; it is not asked before it does. */
  readonly isOpen: (namespace: string) => boolean;
  /** Whether the object is followed again. */
  readonly isSeen: (key: string) => boolean;
  /** Whether lists of the object, which was deleted before it left, are still put back. */
  readonly isRestoring: (key: string) => boolean;
}

const AGAIN_MS = 2_000;
/** By then the replica that leads has done it, or nobody will. */
const LONGEST_MS = 900_000;

export class UnselectedObjects {
  readonly #options: UnselectedObjectsOptions;

  constructor(options: UnselectedObjectsOptions) {
    this.#options = options;
  }

  /** Lets go of an object, as it is at this moment. */
  async release(unselected: UnselectedObject, scope: string): Promise<void> {
    const { clock, log, signal, leads, isOpen, isSeen, isRestoring } = this.#options;
    const { namespace = 'default', deletionTimestamp } = unselected.metadata;
    const key = keyOf(unselected);
    const untilMs = clock.now() + LONGEST_MS;
    let present: UnselectedObject | undefined = unselected;
    while (!signal.aborted && clock.now() < untilMs && !isSeen(key)) {
      const waits =
        !isOpen(namespace) || !leads(scope) || (deletionTimestamp !== undefined && isRestoring(key));
      try {
        present ??= waits ? undefined : await this.#read(unselected);
        if (present !== undefined && !waits) return await this.#patch(present, unselected);
      } catch (error) {
        if (signal.aborted || isGone(error)) return;
        if (!isConflict(error)) {
          log.warn(
            { binding: key, error: messageOf(error) },
            'an object could not be let go and is tried again',
          );
        }
      }
      // What was read before may be out of date.
      present = undefined;
      await clock.sleep(AGAIN_MS, signal).catch(() => {});
    }
  }

  /** @throws KubeError, also when somebody has changed the object meanwhile. */
  async #patch(present: UnselectedObject, unselected: UnselectedObject): Promise<void> {
    if (present.metadata.uid !== unselected.metadata.uid) return;
    const { log } = this.#options;
    const { finalizers = [] } = present.metadata;
    const rest = finalizers.filter((one) => one !== RESTORE_FINALIZER);
    // A status that somebody has written since tells that another controller has taken over.
    const isTaken = JSON.stringify(present.status) !== JSON.stringify(unselected.status);
    let object = present;
    if (rest.length < finalizers.length) {
      object = await this.#send(present, '', [{ op: 'add', path: '/metadata/finalizers', value: rest }]);
    }
    if (present.status !== undefined && !isTaken && object.metadata.deletionTimestamp === undefined) {
      const value = [this.#condition(present.status.observedGeneration)];
      await this.#send(object, '/status', [{ op: 'add', path: '/status/conditions', value }]);
    }
    log.info(
      { binding: keyOf(unselected) },
      'lost the label of those that are followed, and is let go without a write',
    );
  }

  #condition(observedGeneration: number | undefined): Condition {
    const { clock, selector } = this.#options;
    return {
      type: 'Ready',
      status: 'Unknown',
      ...(observedGeneration === undefined ? {} : { observedGeneration }),
      lastTransitionTime: new Date(clock.wall()).toISOString().replace(/\.\d{3}Z$/, 'Z'),
      reason: 'NotSelected',
      message: `it does not match "${selector}" any more, so this controller looks after it no longer; its instances keep the groups that they have`,
    };
  }

  async #read(object: UnselectedObject): Promise<UnselectedObject> {
    return this.#options.connection.json<UnselectedObject>(
      { method: 'GET', path: pathOf(object) },
      this.#options.signal,
    );
  }

  /** A change of the object as it was read, and of no other. */
  async #send(object: UnselectedObject, part: string, changes: readonly object[]): Promise<UnselectedObject> {
    const { uid, resourceVersion } = object.metadata;
    const body = [
      { op: 'test', path: '/metadata/uid', value: uid },
      { op: 'test', path: '/metadata/resourceVersion', value: resourceVersion },
      ...changes,
    ];
    const path = `${pathOf(object)}${part}?fieldManager=cvmsg`;
    const request = { method: 'PATCH', path, contentType: 'application/json-patch+json', body } as const;
    return this.#options.connection.json<UnselectedObject>(request, this.#options.signal);
  }
}

function pathOf({ metadata: { namespace = 'default', name } }: KubeObject): string {
  return bindingPath({ namespace, name });
}

function isGone(error: unknown): boolean {
  return error instanceof KubeError && error.status === 404;
}

/** Somebody has changed the object: a test of the patch has failed. */
function isConflict(error: unknown): boolean {
  return error instanceof KubeError && (error.status === 409 || error.status === 422);
}
