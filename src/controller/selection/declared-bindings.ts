/** Which bindings each source gave, so that one source's absence never removes another's. */
import type { BindingKey } from '../../api/ids.ts';
import type { Binding } from '../../core/model.ts';
import type { Source } from '../../ports/source.ts';

export interface PresentTruth {
  /** The present form of each binding; undefined for one that is gone. */
  readonly changes: readonly (readonly [BindingKey, Binding | undefined])[];
  readonly removed: readonly BindingKey[];
  /** Bindings that the source had not given before. */
  readonly entered: readonly BindingKey[];
}

export class DeclaredBindings {
  readonly #declared = new Map<Source, Set<BindingKey>>();

  /** Looks up the present truth about some bindings of a source. */
  look(source: Source, keys: Iterable<BindingKey>): PresentTruth {
    const declared = this.#declared.get(source) ?? new Set();
    this.#declared.set(source, declared);
    const changes: [BindingKey, Binding | undefined][] = [];
    const removed: BindingKey[] = [];
    const entered: BindingKey[] = [];
    for (const key of keys) {
      const binding = source.get(key);
      if (binding !== undefined) {
        if (!declared.has(key)) entered.push(key);
        declared.add(key);
      } else if (source.synced && (declared.delete(key) || this.#isRemembered(key))) removed.push(key);
      else continue;
      changes.push([key, binding]);
    }
    return { changes, removed, entered };
  }

  /** Whether a binding is known from an earlier process alone: no source has given it to this one. */
  #isRemembered(key: BindingKey): boolean {
    return ![...this.#declared.values()].some((declared) => declared.has(key));
  }
}
