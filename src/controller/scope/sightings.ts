/**
 * Instances that are read ahead: a source has seen who claims them and is not read whole, so nothing can be decided, and
 * their declaration will find them read. Whoever stays undeclared is forgotten when the source is read whole.
 */
import type { InstanceId } from '../../api/ids.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Priority } from '../../runtime/work-queue.ts';

/** A declaration that comes later than this after the read has it read again. */
const FRESH_MS = 30_000;

export interface SightingsOptions {
  readonly clock: Clock;
  /** Reads these; a whole batch at a time, so that reading ahead costs no call. */
  readonly read: (ids: readonly InstanceId[], priority: Priority) => void;
  /** Whether a read of the instance waits or is under way. */
  readonly isAwaited: (id: InstanceId) => boolean;
  readonly batch: number;
}

export class Sightings {
  readonly #options: SightingsOptions;
  readonly #seen = new Set<InstanceId>();
  /** Seen, and not asked for: less than a batch of each. */
  readonly #gathered: Record<'change' | 'resync', InstanceId[]> = { change: [], resync: [] };

  constructor(options: SightingsOptions) {
    this.#options = options;
  }

  has(id: InstanceId): boolean {
    return this.#seen.has(id);
  }

  /** @param settled whether it was in sync when that was last recorded: the others are read first. */
  add(ids: readonly InstanceId[], { settled }: { readonly settled: boolean }): void {
    const priority = settled ? 'resync' : 'change';
    for (const id of ids) {
      if (this.#seen.has(id)) continue;
      this.#seen.add(id);
      const gathered = this.#gathered[priority];
      gathered.push(id);
      if (gathered.length < this.#options.batch) continue;
      this.#gathered[priority] = [];
      this.#options.read(gathered, priority);
    }
  }

  /**
   * It is declared.
   * @param observedAtMs when it was last read.
   * @returns `read` when its last read will do, `awaited` when one is coming, `unread` when it has to be asked for.
   */
  declared(id: InstanceId, observedAtMs: number): 'read' | 'awaited' | 'unread' {
    const { clock, isAwaited } = this.#options;
    if (!this.#seen.delete(id)) return 'unread';
    if (isAwaited(id)) return 'awaited';
    return clock.now() - observedAtMs < FRESH_MS ? 'read' : 'unread';
  }

  /** Every declaration has come; returns those that had none. */
  end(): readonly InstanceId[] {
    const undeclared = [...this.#seen];
    this.#seen.clear();
    this.#gathered.change = [];
    this.#gathered.resync = [];
    return undeclared;
  }
}
