/**
 * Instances that are read ahead of their declaration, which will find them read or being read: a source has seen who
 * claims them and is not read whole, so that nothing can be decided; or it is about to say so, and the read takes longer
 * than all that has to be done with what it says. Whoever stays undeclared is forgotten when the source has spoken.
 */
import type { InstanceId } from '../../api/ids.ts';
import type { BatchDispatcher } from '../../runtime/batch-dispatcher.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Priority } from '../../runtime/work-queue.ts';
import type { InstanceRecords } from './instance-records.ts';

/** A declaration that comes later than this after the read has it read again. */
const FRESH_MS = 30_000;

export interface PrefetchesOptions {
  readonly clock: Clock;
  readonly records: Pick<InstanceRecords, 'of'>;
  readonly reads: Pick<BatchDispatcher<InstanceId>, 'add' | 'has'>;
  /** So many are asked for together, so that reading ahead costs no call. */
  readonly batch: number;
}

export class Prefetches {
  readonly #options: PrefetchesOptions;
  /** When each was seen. */
  readonly #seen = new Map<InstanceId, number>();
  /** Seen, and not asked for: less than a batch of each. */
  readonly #gathered: Record<'change' | 'resync', InstanceId[]> = { change: [], resync: [] };

  constructor(options: PrefetchesOptions) {
    this.#options = options;
  }

  has(id: InstanceId): boolean {
    return this.#seen.has(id);
  }

  /** @param wasInSync whether it was in sync when that was last recorded: the others are read first. */
  add(ids: readonly InstanceId[], { wasInSync }: { readonly wasInSync: boolean }): void {
    const priority = wasInSync ? 'resync' : 'change';
    for (const id of ids) {
      if (this.#seen.has(id)) continue;
      this.#seen.set(id, this.#options.clock.now());
      const gathered = this.#gathered[priority];
      gathered.push(id);
      if (gathered.length < this.#options.batch) continue;
      this.#gathered[priority] = [];
      this.#read(gathered, priority);
    }
  }

  /** Reads these at once: their declaration is next. */
  prefetchNow(ids: readonly InstanceId[]): void {
    const nowMs = this.#options.clock.now();
    for (const id of ids) this.#seen.set(id, nowMs);
    this.#read(ids, 'change');
  }

  /**
   * It is declared.
   * @param observedAtMs when it was last read.
   * @returns `read` when its last read will do, `awaited` when one is coming, `unread` when it has to be asked for.
   */
  declared(id: InstanceId, observedAtMs: number): 'read' | 'awaited' | 'unread' {
    const { clock, reads } = this.#options;
    const seenAtMs = this.#seen.get(id);
    if (seenAtMs === undefined) return 'unread';
    this.#seen.delete(id);
    if (reads.has(id)) return 'awaited';
    return observedAtMs > seenAtMs && clock.now() - observedAtMs < FRESH_MS ? 'read' : 'unread';
  }

  #read(ids: readonly InstanceId[], priority: Priority): void {
    const { reads, records } = this.#options;
    for (const id of ids) reads.add(records.of(id).id, { priority });
  }

  /** Every declaration has come; returns those that had none. */
  end(): readonly InstanceId[] {
    const undeclared = [...this.#seen.keys()];
    this.#seen.clear();
    this.#gathered.change = [];
    this.#gathered.resync = [];
    return undeclared;
  }
}
