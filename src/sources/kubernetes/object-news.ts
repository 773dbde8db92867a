/** Tells which objects say something else than what was handed out of them: our own status writes, for one, do not. */
import type { BindingKey } from '../../api/ids.ts';
import type { Binding } from '../../core/model.ts';
import type { Departure } from '../port.ts';
import type { BindingObject } from './binding-object.ts';
import { DepartingObjects } from './departing-objects.ts';

export interface ObjectNewsOptions {
  /** An object as it was last seen. */
  readonly object: (key: BindingKey) => BindingObject | undefined;
  /** The binding that was handed out for it. */
  readonly known: (key: BindingKey) => Binding | undefined;
  /** The binding that it is now; from then on that is the one that was handed out. */
  readonly get: (key: BindingKey) => Binding | undefined;
  readonly tell: (keys: ReadonlySet<BindingKey>) => void;
}

export class ObjectNews {
  readonly #options: ObjectNewsOptions;
  /** Objects that were seen anew and not told of. */
  readonly #seen = new Set<BindingKey>();
  /** Being deleted, and told so. */
  readonly #departing = new DepartingObjects();

  constructor(options: ObjectNewsOptions) {
    this.#options = options;
  }

  /** The objects that are being deleted, as they were told of. */
  get departing(): ReadonlyMap<BindingKey, Departure> {
    return this.#departing.told;
  }

  note(keys: Iterable<BindingKey>): void {
    for (const key of keys) this.#seen.add(key);
  }

  /** Tells of everything that is noted. */
  flush(): void {
    const changed = new Set([...this.#seen].filter((key) => this.#isNews(key)));
    this.#seen.clear();
    this.#options.tell(changed);
  }

  #isNews(key: BindingKey): boolean {
    const { known, get, object } = this.#options;
    const before = known(key);
    const after = get(key);
    if (after === undefined) return this.#departing.take(key, object(key), before);
    this.#departing.forget(key);
    return after !== before;
  }
}
