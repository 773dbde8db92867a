/** Takes only the statuses over what a directory declares: objects of a cluster carry theirs in their status. */
import type { Condition } from '../api/conditions.ts';
import type { BindingKey } from '../api/ids.ts';
import type { BindingStatus, Sink } from '../ports/status.ts';

export class DirectoryStatuses implements Sink {
  readonly #sink: Sink;

  constructor(sink: Sink) {
    this.#sink = sink;
  }

  publish(statuses: readonly BindingStatus[]): void {
    const own = statuses.filter(({ origin }) => origin.kind === 'directory');
    if (own.length > 0) this.#sink.publish(own);
  }

  remove(keys: readonly BindingKey[]): void {
    this.#sink.remove(keys);
  }

  previous(key: BindingKey): readonly Condition[] {
    return this.#sink.previous(key);
  }
}
