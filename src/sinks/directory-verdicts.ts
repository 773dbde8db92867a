/** Takes only the verdicts over what a directory declares: objects of a cluster carry theirs in their status. */
import type { Condition } from '../api/conditions.ts';
import type { BindingKey } from '../api/ids.ts';
import type { BindingVerdict, Sink } from './port.ts';

export class DirectoryVerdicts implements Sink {
  readonly #sink: Sink;

  constructor(sink: Sink) {
    this.#sink = sink;
  }

  publish(verdicts: readonly BindingVerdict[]): void {
    const own = verdicts.filter(({ origin }) => origin.kind === 'directory');
    if (own.length > 0) this.#sink.publish(own);
  }

  retire(keys: readonly BindingKey[]): void {
    this.#sink.retire(keys);
  }

  previous(key: BindingKey): readonly Condition[] {
    return this.#sink.previous(key);
  }
}
