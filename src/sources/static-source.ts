/** A fixed set of bindings, for commands that work on one revision and end. */
import type { BindingKey } from '../api/ids.ts';
import type { Binding } from '../core/model.ts';
import type { Source, SourceListener } from './port.ts';

export class StaticSource implements Source {
  readonly name: string;
  readonly synced = true;
  readonly #bindings: ReadonlyMap<BindingKey, Binding>;

  constructor(name: string, bindings: ReadonlyMap<BindingKey, Binding>) {
    this.name = name;
    this.#bindings = bindings;
  }

  get(key: BindingKey): Binding | undefined {
    return this.#bindings.get(key);
  }

  keys(): Iterable<BindingKey> {
    return this.#bindings.keys();
  }

  run(listener: SourceListener, signal: AbortSignal): Promise<void> {
    listener.changed(new Set(this.#bindings.keys()));
    return new Promise((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }
}
