/** Tells which objects say something else than what was handed out of them: our own status writes, for one, do not. */
import type { BindingKey } from '../../api/ids.ts';
import { type Binding, scopeKey } from '../../core/model.ts';
import type { Deletion } from '../../ports/source.ts';
import { type BindingObject, scopeOfObject } from './binding-object.ts';
import { DeletingObjects } from './deleting-objects.ts';
import { Disappearances, type DisappearancesOptions } from './disappearances.ts';
import type { ObjectPermissions } from './object-permissions.ts';

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
