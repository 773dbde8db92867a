/** The bindings that are being deleted, of every source. */
import type { BindingKey } from '../api/ids.ts';
import { scopeKey } from '../core/model.ts';
import type { Departure, Source } from '../sources/port.ts';

export class Departures {
  readonly #sources: readonly Source[];

  constructor(sources: readonly Source[]) {
    this.#sources = sources;
  }

  /** What a binding that is being deleted says; undefined for every other. */
  get(key: BindingKey): Departure | undefined {
    for (const source of this.#sources) {
      const departure = source.departing?.().get(key);
      if (departure !== undefined) return departure;
    }
    return undefined;
  }

  /** Those of a scope, `account@region`. */
  *of(scope: string): Generator<BindingKey> {
    for (const source of this.#sources) {
      for (const [key, { binding }] of source.departing?.() ?? []) {
        if (scopeKey(binding.scope) === scope) yield key;
      }
    }
  }
}
