/**
 * Keeps the finalizer of objects whose policy is Restore, and of no others. It is level-driven: every look compares what
 * is with what shall be, so a look that failed is repeated by the next.
 *
 * | object     | policy  | finalizer shall be there                                            |
 * |------------|---------|---------------------------------------------------------------------|
 * | present    | Restore | yes                                                                 |
 * | present    | Retain  | no                                                                  |
 * | deleting   | any     | while lists are put back, and never longer than {@link LONGEST_HOLD_MS} |
 */

import { messageOf } from '../../api/message-of.ts';
import { bindingPath, hasRestoreFinalizer, RESTORE_FINALIZER } from '../../api/resource.ts';
import { type Clock, sinceWall } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import type { KubeConnection } from '../client/kube-connection.ts';
import { KubeError } from '../client/kube-error.ts';
import type { KubeObject } from '../client/kube-object.ts';

/** A little more than a restoration may take, counted from the deletion: by then somebody has let go, or nobody will. */
export const LONGEST_HOLD_MS = 660_000;
/** A process that begins later than that is given this long, a little more than a restoration gets then. */
const HOLD_AFTER_START_MS = 120_000;

export type PolicyObject = KubeObject & { readonly spec?: { readonly deletionPolicy?: string } };

/** Holds the rights to take finalizers off for as long as they are needed. */
export interface RightsHolder {
  /**
   * Called with every object that has, or shall have, a finalizer. Resolves with the namespaces whose objects wait for theirs,
   * because their rights are not held yet and may soon be.
   */
  keep(objects: readonly PolicyObject[]): Promise<ReadonlySet<string>>;
}

export interface FinalizerKeeperOptions {
  readonly connection: Pick<KubeConnection, 'json'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Every object that has, or shall have, a finalizer, as it was last seen; nothing before all were seen. */
  readonly objects: () => Iterable<PolicyObject>;
  /** Whether this replica acts for the object. */
  readonly leads: (key: string) => boolean;
  /** Whether lists of the binding are being put back. */
  readonly isRestoring: (key: string) => boolean;
  /** Told of an object that got it. */
  readonly onAdded: (key: string, uid: string) => void;
  /** Absent where the rights do not end before the objects do. */
  readonly rights?: RightsHolder | undefined;
}

const AT_ONCE = 16;
const LOOK_EVERY_MS = 10_000;
/** Several reasons to look come together; one look serves them. */
const POKE_MS = 50;
const CONFLICT_MS = 250;

export class FinalizerKeeper {
  readonly #options: FinalizerKeeperOptions;
  readonly #startedMs: number;
  #cancel: (() => void) | undefined;
  #lookAtMs = 0;
  #running: Promise<void> | undefined;
  /** Looks again when the present look has ended. */
  #again = false;
  /** An object had changed meanwhile, perhaps by our own status: the watch will tell in a moment. */
  #conflict = false;

  constructor(options: FinalizerKeeperOptions) {
    this.#options = options;
    this.#startedMs = options.clock.now();
  }

  /** Looks now and then, and soon. */
  start(): void {
    this.#schedule(POKE_MS);
  }

  /** Something may have changed. */
  poke(): void {
    if (this.#cancel === undefined) this.#again = true;
    // A flood of reasons must not put the look off again and again.
    else if (this.#lookAtMs - this.#options.clock.now() > POKE_MS) this.#schedule(POKE_MS);
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  /** Resolves when no patch is on its way. */
  async idle(): Promise<void> {
    await this.#running;
  }

  #schedule(ms: number): void {
    const { clock, signal } = this.#options;
    this.#cancel?.();
    this.#cancel = undefined;
    if (signal.aborted) return;
    this.#lookAtMs = clock.now() + ms;
    this.#cancel = clock.setTimer(ms, () => {
      this.#cancel = undefined;
      this.#again = false;
      this.#conflict = false;
      this.#running = this.#look().then(() => this.#schedule(this.#pauseMs()));
    });
  }

  #pauseMs(): number {
    if (this.#again) return POKE_MS;
    return this.#conflict ? CONFLICT_MS : LOOK_EVERY_MS;
  }

  async #look(): Promise<void> {
    const { objects, signal, rights } = this.#options;
    const all = [...objects()];
    const unsafe = await rights?.keep(all);
    const wrong = all.filter((object) => {
      if (hasRestoreFinalizer(object) === this.#shallHave(object)) return false;
      return hasRestoreFinalizer(object) || unsafe?.has(object.metadata.namespace ?? 'default') !== true;
    });
    for (let at = 0; at < wrong.length && !signal.aborted; at += AT_ONCE) {
      await Promise.all(wrong.slice(at, at + AT_ONCE).map((object) => this.#mend(object)));
    }
  }

  #shallHave(object: PolicyObject): boolean {
    const { clock, leads, isRestoring } = this.#options;
    const { deletionTimestamp } = object.metadata;
    const isHeld = hasRestoreFinalizer(object);
    if (deletionTimestamp === undefined) {
      const wanted = object.spec?.deletionPolicy === 'Restore';
      return wanted === isHeld || !leads(keyOf(object)) ? isHeld : wanted;
    }
    if (!isHeld) return false;
    const key = keyOf(object);
    const untilMs = Math.max(
      sinceWall(clock, Date.parse(deletionTimestamp)) + LONGEST_HOLD_MS,
      this.#startedMs + HOLD_AFTER_START_MS,
    );
    if (clock.now() > untilMs) return false;
    return !leads(key) || isRestoring(key);
  }

  async #mend(object: PolicyObject): Promise<void> {
    const { connection, log, signal } = this.#options;
    const { namespace = 'default', name, uid, resourceVersion, finalizers = [] } = object.metadata;
    const others = finalizers.filter((one) => one !== RESTORE_FINALIZER);
    const wanted = hasRestoreFinalizer(object) ? others : [...others, RESTORE_FINALIZER];
    const path = `${bindingPath({ namespace, name })}?fieldManager=cvmsg`;
    // The version makes the server refuse it when somebody else has changed the list meanwhile.
    const body = { metadata: { uid, resourceVersion, finalizers: wanted } };
    try {
      await connection.json(
        { method: 'PATCH', path, contentType: 'application/merge-patch+json', body },
        signal,
      );
      if (!hasRestoreFinalizer(object)) this.#options.onAdded(keyOf(object), uid ?? '');
    } catch (error) {
      if (error instanceof KubeError && error.status === 409) this.#conflict = true;
      if (signal.aborted || (error instanceof KubeError && (error.status === 404 || error.status === 409)))
        return;
      const detail = messageOf(error);
      log.warn(
        { binding: `${namespace}/${name}`, error: detail },
        `the finalizer ${RESTORE_FINALIZER} could not be patched and is tried again`,
      );
    }
  }
}

function keyOf({ metadata }: KubeObject): string {
  return `${metadata.namespace ?? 'default'}/${metadata.name}`;
}
