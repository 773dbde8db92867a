/** The latest verdict over each binding. */
import type { Condition } from '../../api/conditions.ts';
import type { BindingKey } from '../../api/ids.ts';
import type { BindingVerdict, Sink } from '../../sinks/port.ts';

export class VerdictBoard implements Sink {
  readonly #verdicts = new Map<BindingKey, BindingVerdict>();

  publish(verdicts: readonly BindingVerdict[]): void {
    for (const verdict of verdicts) this.#verdicts.set(verdict.key, verdict);
  }

  retire(keys: readonly BindingKey[]): void {
    for (const key of keys) this.#verdicts.delete(key);
  }

  previous(): readonly Condition[] {
    return [];
  }

  /** By key. */
  all(): BindingVerdict[] {
    return [...this.#verdicts.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  /** Whether there is something, and all of it was read back in order. */
  get allInSync(): boolean {
    return this.#verdicts.size > 0 && this.all().every((one) => one.inSyncCount === one.instanceCount);
  }
}
