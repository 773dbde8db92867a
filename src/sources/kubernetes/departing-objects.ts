/** The objects that are being deleted, as their bindings say it: what they permit still counts. */
import type { BindingKey } from '../../api/ids.ts';
import type { Binding } from '../../core/model.ts';
import type { Departure } from '../port.ts';
import { type BindingObject, requestText } from './binding-object.ts';
import type { ObjectPermissions } from './object-permissions.ts';
import { isMadeFrom } from './read-object.ts';

interface DepartingObject extends Departure {
  /** What it asks for beside its spec. */
  readonly request: string;
}

export class DepartingObjects {
  readonly #told = new Map<BindingKey, DepartingObject>();

  readonly #permissions: Pick<ObjectPermissions, 'read'>;

  constructor(permissions: Pick<ObjectPermissions, 'read'>) {
    this.#permissions = permissions;
  }

  get told(): ReadonlyMap<BindingKey, Departure> {
    return this.#told;
  }

  /** The object is not being deleted. */
  forget(key: BindingKey): void {
    this.#told.delete(key);
  }

  /**
   * Takes in an object that is being deleted, or undefined for one that is gone. Returns whether it says something new.
   * @param before its binding when it was not being deleted yet.
   */
  take(key: BindingKey, object: BindingObject | undefined, before: Binding | undefined): boolean {
    if (object === undefined) {
      this.#told.delete(key);
      return true;
    }
    const told = this.#told.get(key);
    const request = requestText(object);
    if (told !== undefined && isMadeFrom(told.binding, object) && told.request === request) return false;
    const read = this.#permissions.read(object, told?.binding ?? before);
    const deletedMs = Date.parse(object.metadata.deletionTimestamp ?? '');
    this.#told.set(key, { binding: { ...read, key }, request, deletedMs });
    return true;
  }
}
