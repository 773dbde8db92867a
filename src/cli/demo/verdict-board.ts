/** The latest verdict over each binding. */
import type { Condition } from '../../api/conditions.ts';
import type { Finding } from '../../api/finding.ts';
import type { BindingKey } from '../../api/ids.ts';
import type { BindingVerdict, Sink } from '../../sinks/port.ts';
import type { RevisionReport } from '../../sources/port.ts';

export class VerdictBoard implements Sink {
  readonly #verdicts = new Map<BindingKey, BindingVerdict>();
  #declared = Number.POSITIVE_INFINITY;
  #findings: readonly Finding[] = [];

  /** The newest revision: how many bindings it declares, because verdicts come a few at a time, and what is wrong in it. */
  declare({ bindings, findings }: Pick<RevisionReport, 'bindings' | 'findings'>): void {
    this.#declared = bindings;
    this.#findings = findings.filter(({ severity }) => severity === 'error');
  }

  /** Why something in the newest revision is not in force. */
  get findings(): readonly Finding[] {
    return this.#findings;
  }

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

  /** Whether every declared binding has a verdict, and all of them were read back in order. */
  get allInSync(): boolean {
    return (
      this.#verdicts.size >= this.#declared &&
      this.all().every((one) => one.inSyncCount === one.instanceCount)
    );
  }
}
