/** Tells which objects say something else than what was handed out of them: our own status writes, for one, do not. */
import { type BindingKey, partsOf } from '../../api/ids.ts';
import { messageOf } from '../../api/message-of.ts';
import { bindingPath } from '../../api/resource.ts';
import { type Binding, scopeKey } from '../../core/model.ts';
import type { Deletion } from '../../ports/source.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import type { KubeConnection } from '../client/kube-connection.ts';
import { KubeError } from '../client/kube-error.ts';
import { type BindingObject, requestText, scopeOfObject } from './binding-object.ts';
import type { ObjectPermissions } from './object-permissions.ts';
import { isMadeFrom } from './read-object.ts';

export interface ObjectChangesOptions
  extends Pick<DisappearancesOptions, 'connection' | 'clock' | 'log' | 'isReadable'> {
  readonly permissions: Pick<ObjectPermissions, 'read'>;
  /** Whether only objects with certain labels are followed: one that is not seen any more may be there all the same then. */
  readonly isSelective: boolean;
  /** An object as it was last seen. */
  readonly object: (key: BindingKey) => BindingObject | undefined;
  /** The binding that was handed out for it. */
  readonly known: (key: BindingKey) => Binding | undefined;
  /** The binding that it is now; from then on that is the one that was handed out. */
  readonly get: (key: BindingKey) => Binding | undefined;
  readonly tell: (keys: ReadonlySet<BindingKey>) => void;
  /** Told of each object that lost the labels, with its scope, after its binding is gone. */
  readonly onLeft?: ((object: BindingObject, scope: string) => void) | undefined;
}

export class ObjectChanges {
  readonly #options: ObjectChangesOptions;
  /** Objects that were seen anew and not told of. */
  readonly #seen = new Set<BindingKey>();
  /** Being deleted, and told so. */
  readonly #deleting: DeletingObjects;
  readonly #disappearances: Disappearances | undefined;
  #left: BindingKey | undefined;

  constructor(options: ObjectChangesOptions) {
    this.#options = options;
    this.#deleting = new DeletingObjects(options.permissions);
    const isSeen = (key: BindingKey) => options.object(key) !== undefined;
    const answered = (key: BindingKey, left: BindingObject | undefined) => this.#beginDeletion(key, left);
    this.#disappearances = options.isSelective
      ? new Disappearances({ ...options, isSeen, answered })
      : undefined;
  }

  /** Asks why objects are not seen any more, until the signal aborts. */
  start(signal: AbortSignal): void {
    this.#disappearances?.start(signal);
  }

  /** Whether it is not known yet why the object is not seen any more: what was handed out of it stays. */
  isOpen(key: BindingKey): boolean {
    return this.#disappearances?.has(key) ?? false;
  }

  /** All that {@link isOpen}. */
  open(): Iterable<BindingKey> {
    return this.#disappearances?.keys() ?? [];
  }

  /** While its absence is told: whether the object is there, without the labels. */
  isUnselected(key: BindingKey): boolean {
    return this.#left === key;
  }

  /** The objects that are being deleted, as they were told of. */
  get deleting(): ReadonlyMap<BindingKey, Deletion> {
    return this.#deleting.reported;
  }

  note(keys: Iterable<BindingKey>): void {
    for (const key of keys) this.#seen.add(key);
  }

  /** Tells of everything that is noted. */
  flush(): void {
    const changed = new Set([...this.#seen].filter((key) => !this.#mayHaveLeft(key) && this.#isNews(key)));
    this.#seen.clear();
    this.#options.tell(changed);
  }

  /** Whether the server has to tell first why an object is not seen any more. */
  #mayHaveLeft(key: BindingKey): boolean {
    if (this.#disappearances === undefined || this.#options.object(key) !== undefined) return false;
    const binding = this.#options.known(key) ?? this.deleting.get(key)?.binding;
    if (binding?.origin.kind !== 'kubernetes') return false;
    this.#disappearances.ask(key, binding.origin.uid);
    return true;
  }

  /** An object was deleted, or is not followed any more. */
  #beginDeletion(key: BindingKey, left: BindingObject | undefined): void {
    const { known, tell, onLeft } = this.#options;
    const scope = left && scopeKey(known(key)?.scope ?? scopeOfObject(left));
    this.#left = left && key;
    if (this.#isNews(key)) tell(new Set([key]));
    this.#left = undefined;
    if (left !== undefined && scope !== undefined) onLeft?.(left, scope);
  }

  #isNews(key: BindingKey): boolean {
    const { known, get, object } = this.#options;
    const before = known(key);
    const after = get(key);
    if (after === undefined) return this.#deleting.take(key, object(key), before);
    this.#deleting.forget(key);
    return after !== before;
  }
}

// The objects that are being deleted, as their bindings say it: what they permit still counts.

interface DeletingObject extends Deletion {
  /** What it asks for beside its spec. */
  readonly request: string;
}

class DeletingObjects {
  readonly #reported = new Map<BindingKey, DeletingObject>();

  readonly #permissions: Pick<ObjectPermissions, 'read'>;

  constructor(permissions: Pick<ObjectPermissions, 'read'>) {
    this.#permissions = permissions;
  }

  get reported(): ReadonlyMap<BindingKey, Deletion> {
    return this.#reported;
  }

  /** The object is not being deleted. */
  forget(key: BindingKey): void {
    this.#reported.delete(key);
  }

  /**
   * Takes in an object that is being deleted, or undefined for one that is gone. Returns whether it says something new.
   * @param before its binding when it was not being deleted yet.
   */
  take(key: BindingKey, object: BindingObject | undefined, before: Binding | undefined): boolean {
    if (object === undefined) {
      this.#reported.delete(key);
      return true;
    }
    const reported = this.#reported.get(key);
    const request = requestText(object);
    if (reported !== undefined && isMadeFrom(reported.binding, object) && reported.request === request)
      return false;
    const read = this.#permissions.read(object, reported?.binding ?? before);
    const deletedMs = Date.parse(object.metadata.deletionTimestamp ?? '');
    this.#reported.set(key, { binding: { ...read, key }, request, deletedMs });
    return true;
  }
}

// Finds out why an object is not seen any more where only some objects are followed: it was deleted, or its labels have
// changed and it is there all the same. The watch says the same of both. Until the server has answered nobody knows, and
// everything stays as it is.

interface DisappearancesOptions {
  readonly connection: Pick<KubeConnection, 'json'>;
  readonly clock: Clock;
  readonly log: Log;
  /** Whether the object is seen again. */
  readonly isSeen: (key: BindingKey) => boolean;
  /** Whether the server answers for the object's namespace; it is not asked before it does. */
  readonly isReadable: (key: BindingKey) => boolean;
  /** Told of each object that was deleted (undefined), or is there and not followed any more. */
  readonly answered: (key: BindingKey, left: BindingObject | undefined) => void;
}

const AT_ONCE = 16;
const AGAIN_MS = 2_000;

export class Disappearances {
  readonly #options: DisappearancesOptions;
  /** The uid that each object had, by key; in the order of asking. */
  readonly #open = new Map<BindingKey, string>();
  readonly #running = new Set<BindingKey>();
  /** Running, and only waiting for their next attempt: they hold up nobody. */
  #pausing = 0;
  #signal: AbortSignal = AbortSignal.abort();

  constructor(options: DisappearancesOptions) {
    this.#options = options;
  }

  /** Asks until the signal aborts. */
  start(signal: AbortSignal): void {
    this.#signal = signal;
    this.#pump();
  }

  /** Whether it is not known yet why the object is not seen. */
  has(key: BindingKey): boolean {
    return this.#open.has(key);
  }

  /** All of which that is not known yet. */
  keys(): Iterable<BindingKey> {
    return this.#open.keys();
  }

  /** The object with this uid is not seen any more. */
  ask(key: BindingKey, uid: string): void {
    this.#open.set(key, uid);
    this.#pump();
  }

  #pump(): void {
    for (const key of this.#open.keys()) {
      if (this.#running.size - this.#pausing >= AT_ONCE || this.#signal.aborted) return;
      if (this.#running.has(key)) continue;
      this.#running.add(key);
      void this.#ask(key).finally(() => {
        this.#running.delete(key);
        this.#pump();
      });
    }
  }

  async #ask(key: BindingKey): Promise<void> {
    const { log, isSeen, isReadable, answered } = this.#options;
    while (!this.#signal.aborted) {
      const uid = this.#open.get(key);
      // What came back says itself what it is.
      if (uid === undefined || isSeen(key)) break;
      if (!isReadable(key)) {
        await this.#pause();
        continue;
      }
      try {
        const object = await this.#read(key);
        if (isSeen(key)) break;
        this.#open.delete(key);
        return answered(key, object?.metadata.uid === uid ? object : undefined);
      } catch (error) {
        if (this.#signal.aborted) return;
        const detail = messageOf(error);
        const text = 'whether an object was deleted or lost its labels is not known yet; it stays in force';
        log.warn({ binding: key, error: detail }, text);
        await this.#pause();
      }
    }
    this.#open.delete(key);
  }

  async #pause(): Promise<void> {
    this.#pausing++;
    this.#pump();
    await this.#options.clock.sleep(AGAIN_MS, this.#signal).catch(() => {});
    this.#pausing--;
  }

  async #read(key: BindingKey): Promise<BindingObject | undefined> {
    const path = bindingPath(partsOf(key));
    try {
      return await this.#options.connection.json<BindingObject>({ method: 'GET', path }, this.#signal);
    } catch (error) {
      if (error instanceof KubeError && error.status === 404) return undefined;
      throw error;
    }
  }
}
