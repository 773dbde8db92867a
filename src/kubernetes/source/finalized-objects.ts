/** The objects that have, or shall have, a finalizer: few of a fleet, so that who keeps finalizers need not look at the others. */
import type { BindingKey } from '../../api/ids.ts';
import type { Binding } from '../../core/model.ts';
import { type BindingObject, concernsFinalizers } from './binding-object.ts';
import { withPolicyInForce } from './invalid-object.ts';

export interface FinalizedObjectsOptions {
  /** An object as it was last seen. */
  readonly object: (key: BindingKey) => BindingObject | undefined;
  /** The binding that was handed out for it. */
  readonly binding: (key: BindingKey) => Binding | undefined;
}

export class FinalizedObjects {
  readonly #options: FinalizedObjectsOptions;
  /** Those that {@link concernsFinalizers}, and perhaps some that did. */
  readonly #keys = new Set<BindingKey>();

  constructor(options: FinalizedObjectsOptions) {
    this.#options = options;
  }

  /** An object was seen anew. */
  note(key: BindingKey): void {
    const object = this.#options.object(key);
    if (object !== undefined && concernsFinalizers(object)) this.#keys.add(key);
  }

  *all(): Generator<BindingObject> {
    for (const key of this.#keys) {
      const object = this.#options.object(key);
      if (object !== undefined && concernsFinalizers(object))
        yield withPolicyInForce(object, this.#options.binding(key));
      else this.#keys.delete(key);
    }
  }
}
