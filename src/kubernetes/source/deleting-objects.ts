/** The objects that are being deleted, as their bindings say it: what they permit still counts. */
import type { BindingKey } from '../../api/ids.ts';
import type { Binding } from '../../core/model.ts';
import type { Deletion } from '../../ports/source.ts';
import { type BindingObject, requestText } from './binding-object.ts';
import type { ObjectPermissions } from './object-permissions.ts';
import { isMadeFrom } from './read-object.ts';

interface DeletingObject extends Deletion {
  /** What it asks for beside its spec. */
  readonly request: string;
}

export class DeletingObjects {
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
