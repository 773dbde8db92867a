/** A fixed set of bindings, for commands that work on one revision and end. */
import type { BindingKey } from '../api/ids.ts';
import type { Binding } from '../core/model.ts';
import {
  NO_DELETIONS,
  NO_MEMORY,
  type Source,
  type SourceListener,
  type SourceMemory,
} from '../ports/source.ts';
import { LastStatuses, type StatusMemory } from './last-status.ts';

const NO_APPROVALS: readonly [] = [];

export class StaticSource implements Source {
  readonly name: string;
  readonly synced = true;
  readonly problem = undefined;
  readonly #bindings: ReadonlyMap<BindingKey, Binding>;
  readonly #statuses: LastStatuses;

  /** @param statuses what an earlier process has published; absent: nothing is remembered of it. */
  constructor(name: string, bindings: ReadonlyMap<BindingKey, Binding>, statuses?: StatusMemory) {
    this.name = name;
    this.#bindings = bindings;
    this.#statuses = new LastStatuses(statuses);
  }

  readonly memory: SourceMemory = {
    ...NO_MEMORY,
    wasInSync: (key, id) => {
      const declared = this.#bindings.get(key);
      return declared !== undefined && this.#statuses.wasInSync(declared, id);
    },
    wasKnown: (key) => this.#statuses.of(key) !== undefined,
  };

  isUnselected(): boolean {
    return false;
  }

  deleting(): typeof NO_DELETIONS {
    return NO_DELETIONS;
  }

  approvals(): readonly [] {
    return NO_APPROVALS;
  }

  broughtIn(): undefined {
    return undefined;
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
