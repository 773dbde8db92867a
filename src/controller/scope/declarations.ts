/** Takes in what is declared in one scope: each instance is read, unless it was read ahead, and then reconciled. */

import type { InstanceId } from '../../api/ids.ts';
import type { InstanceRecord } from '../../core/instance.ts';
import { transition } from '../../core/transition.ts';
import type { PrefetchHint } from '../../ports/source.ts';
import { adopt } from './read-batch.ts';
import type { ScopeParts } from './scope-parts.ts';
import type { Sweeps } from './sweeps.ts';

export interface DeclareOptions {
  /** Seen for the first time by this process, rather than declared while it ran. */
  readonly firstSeen: boolean;
  /** Those that were in sync with the same declaration before: a difference is then drift. Absent: none was. */
  readonly wasInSync?: ReadonlySet<InstanceId>;
}

export class Declarations {
  readonly #parts: ScopeParts;
  readonly #sweeps: Pick<Sweeps, 'keep'>;

  constructor(parts: ScopeParts, sweeps: Pick<Sweeps, 'keep'>) {
    this.#parts = parts;
    this.#sweeps = sweeps;
  }

  /** Reads instances of a declaration that cannot be taken yet. */
  prefetch({ instanceIds, sgIds, wasInSync }: PrefetchHint): void {
    const { records, guards, prefetches } = this.#parts;
    guards.prefetch(sgIds);
    const unknown = instanceIds.filter((id) => !records.has(id));
    prefetches.add(unknown, { wasInSync });
  }

  /** Reads instances that are declared next. */
  prefetchNow(instanceIds: readonly InstanceId[]): void {
    this.#parts.prefetches.prefetchNow(instanceIds);
  }

  /** Every declaration has come; returns the instances that had none. */
  endPrefetch(): readonly InstanceId[] {
    return this.#parts.prefetches.end();
  }

  /** The declarations of these instances changed: they go before everything else. */
  declare(instanceIds: readonly InstanceId[], { firstSeen, wasInSync }: DeclareOptions): void {
    const { records, claimed, guards, dispatchers, statuses } = this.#parts;
    const changed: InstanceId[] = [];
    for (const id of instanceIds) {
      const record = records.of(id);
      transition(record, { kind: 'declared', wasInSync: wasInSync?.has(id) ?? false, firstSeen });
      if (!record.wasInSync) changed.push(id);
      statuses.enqueueInstance(id);
      // Here and not only where a binding changes: one that wins an instance of another has not changed itself.
      const intervalMs = claimed.of(id)?.owner.intervalMs;
      if (intervalMs !== undefined) this.#sweeps.keep(intervalMs);
    }
    // What is refused for good may be accepted now.
    if (changed.length > 0) dispatchers.probe();
    guards.declared(instanceIds, changed);
    for (const id of instanceIds) this.#read(records.of(id));
  }

  #read(record: InstanceRecord): void {
    const { prefetches, dispatchers } = this.#parts;
    const answer = prefetches.declared(record.id, record.observedAtMs);
    if (answer === 'read') adopt(this.#parts, record);
    else if (answer === 'unread')
      dispatchers.requestRead(record, { priority: record.wasInSync ? 'resync' : 'change' });
  }
}
