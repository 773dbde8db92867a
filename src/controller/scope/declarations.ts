/** Takes in what is declared in one scope: each instance is read, unless it was read ahead, and then reconciled. */

import type { InstanceId } from '../../api/ids.ts';
import type { InstanceRecord } from '../../core/instance.ts';
import { transition } from '../../core/transition.ts';
import { MAX_READ_BATCH } from '../../ports/cloud.ts';
import type { PrefetchHint } from '../../ports/source.ts';
import { Prefetches } from './prefetches.ts';
import { adopt } from './read-batch.ts';
import type { ScopeContext } from './scope-context.ts';
import type { ScopeDispatchers } from './scope-dispatchers.ts';
import type { ScopeGuards } from './scope-guards.ts';

export interface DeclareOptions {
  /** Seen for the first time by this process, rather than declared while it ran. */
  readonly firstSeen: boolean;
  /** Whether an instance was in sync with the same declaration before: a difference is then drift. Absent: none was. */
  readonly wasInSync?: (id: InstanceId) => boolean;
}

export interface DeclarationsOptions {
  readonly context: ScopeContext;
  readonly guards: ScopeGuards;
  readonly reads: ScopeDispatchers['reads'];
  /** What is refused for good may be accepted now. */
  readonly probe: () => void;
  /** The record of an instance, made when there is none. */
  readonly record: (id: InstanceId) => InstanceRecord;
  /** Some instance has an interval of its own from now on. */
  readonly keepInterval: (intervalMs: number) => void;
}

export class Declarations {
  readonly #options: DeclarationsOptions;
  readonly #prefetches: Prefetches;

  constructor(options: DeclarationsOptions) {
    this.#options = options;
    const { reads, record } = options;
    this.#prefetches = new Prefetches({
      clock: options.context.clock,
      batch: MAX_READ_BATCH,
      isAwaited: (id) => reads.has(id),
      read: (ids, priority) => {
        for (const id of ids) reads.add(record(id).id, { priority });
      },
    });
  }

  /** Whether the instance's declaration is on its way. */
  isPrefetched(id: InstanceId): boolean {
    return this.#prefetches.has(id);
  }

  /** Reads instances of a declaration that cannot be taken yet. */
  prefetch({ instanceIds, sgIds, wasInSync }: PrefetchHint): void {
    const { context, guards } = this.#options;
    guards.prefetch(sgIds);
    const unknown = instanceIds.filter((id) => !context.records.has(id));
    this.#prefetches.add(unknown, { wasInSync });
  }

  /** Reads instances that are declared next. */
  prefetchNow(instanceIds: readonly InstanceId[]): void {
    this.#prefetches.prefetchNow(instanceIds);
  }

  /** Every declaration has come; returns the instances that had none. */
  endPrefetch(): readonly InstanceId[] {
    return this.#prefetches.end();
  }

  /** The declarations of these instances changed: they go before everything else. */
  declare(instanceIds: readonly InstanceId[], { firstSeen, wasInSync }: DeclareOptions): void {
    const { context, guards, record: recordOf, keepInterval } = this.#options;
    const changed: InstanceId[] = [];
    for (const id of instanceIds) {
      const record = recordOf(id);
      transition(record, { kind: 'declared', wasInSync: wasInSync?.(id) ?? false, firstSeen });
      if (!record.wasInSync) changed.push(id);
      context.instanceChanged(id);
      // Here and not only where a binding changes: one that wins an instance of another has not changed itself.
      const intervalMs = context.claimOf(id)?.owner.intervalMs;
      if (intervalMs !== undefined) keepInterval(intervalMs);
    }
    if (changed.length > 0) this.#options.probe();
    guards.declared(instanceIds, changed);
    for (const id of instanceIds) this.#read(recordOf(id));
  }

  #read(record: InstanceRecord): void {
    const { context } = this.#options;
    const answer = this.#prefetches.declared(record.id, record.observedAtMs);
    if (answer === 'read') adopt(context, record);
    else if (answer === 'unread')
      context.requestRead(record, { priority: record.wasInSync ? 'resync' : 'change' });
  }
}
