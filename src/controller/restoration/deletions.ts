/** The bindings that are being deleted, of every source. */
import type { BindingKey } from '../../api/ids.ts';
import { scopeKey } from '../../core/model.ts';
import type { Deletion, Source } from '../../ports/source.ts';

export class Deletions {
  readonly #sources: readonly Source[];

  constructor(sources: readonly Source[]) {
    this.#sources = sources;
  }

  /** What a binding that is being deleted says; undefined for every other. */
  get(key: BindingKey): Deletion | undefined {
    for (const source of this.#sources) {
      const deletion = source.deleting().get(key);
      if (deletion !== undefined) return deletion;
    }
    return undefined;
  }

  /** Those of a scope, `account@region`. */
  *of(scope: string): Generator<BindingKey> {
    for (const source of this.#sources) {
      for (const [key, { binding }] of source.deleting()) {
        if (scopeKey(binding.scope) === scope) yield key;
      }
    }
  }
}
