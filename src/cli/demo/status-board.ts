/** The latest status over each binding. */
import type { Condition } from '../../api/conditions.ts';
import type { Diagnostic } from '../../api/diagnostic.ts';
import type { BindingKey } from '../../api/ids.ts';
import type { RevisionReport } from '../../ports/source.ts';
import type { BindingStatus, Sink } from '../../ports/status.ts';

export class StatusBoard implements Sink {
  readonly #statuses = new Map<BindingKey, BindingStatus>();
  #declared = Number.POSITIVE_INFINITY;
  #diagnostics: readonly Diagnostic[] = [];

  /** The newest revision: how many bindings it declares, because statuses come a few at a time, and what is wrong in it. */
  declare({ bindings, diagnostics }: Pick<RevisionReport, 'bindings' | 'diagnostics'>): void {
    this.#declared = bindings;
    this.#diagnostics = diagnostics.filter(({ severity }) => severity === 'error');
  }

  /** Why something in the newest revision is not in force. */
  get diagnostics(): readonly Diagnostic[] {
    return this.#diagnostics;
  }

  publish(statuses: readonly BindingStatus[]): void {
    for (const status of statuses) this.#statuses.set(status.key, status);
  }

  remove(keys: readonly BindingKey[]): void {
    for (const key of keys) this.#statuses.delete(key);
  }

  previous(): readonly Condition[] {
    return [];
  }

  /** By key. */
  all(): BindingStatus[] {
    return [...this.#statuses.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  /** Whether every declared binding has a status, and all of them were read back in order. */
  get allInSync(): boolean {
    return (
      this.#statuses.size >= this.#declared &&
      this.all().every((one) => one.inSyncCount === one.instanceCount)
    );
  }
}
