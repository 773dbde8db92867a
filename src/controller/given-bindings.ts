/** Which bindings each source gave, so that one source's absence never removes another's. */
import type { BindingKey } from '../api/ids.ts';
import type { Binding } from '../core/model.ts';
import type { Source } from '../sources/port.ts';

export interface PresentTruth {
  /** The present form of each binding; undefined for one that is gone. */
  readonly changes: readonly (readonly [BindingKey, Binding | undefined])[];
  readonly retired: readonly BindingKey[];
  /** Bindings that the source had not given before. */
  readonly entered: readonly BindingKey[];
}

export class GivenBindings {
  readonly #given = new Map<Source, Set<BindingKey>>();

  /** Looks up the present truth about some bindings of a source. */
  look(source: Source, keys: Iterable<BindingKey>): PresentTruth {
    const given = this.#given.get(source) ?? new Set();
    this.#given.set(source, given);
    const changes: [BindingKey, Binding | undefined][] = [];
    const retired: BindingKey[] = [];
    const entered: BindingKey[] = [];
    for (const key of keys) {
      const binding = source.get(key);
      if (binding !== undefined) {
        if (!given.has(key)) entered.push(key);
        given.add(key);
      } else if (source.synced && (given.delete(key) || this.#isRemembered(key))) retired.push(key);
      else continue;
      changes.push([key, binding]);
    }
    return { changes, retired, entered };
  }

  /** Whether a binding is known from an earlier process alone: no source has given it to this one. */
  #isRemembered(key: BindingKey): boolean {
    return ![...this.#given.values()].some((given) => given.has(key));
  }
}
