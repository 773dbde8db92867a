/** Takes in what is declared in one scope: each instance is read, unless it was read ahead, and then reconciled. */
import type { InstanceId } from '../../api/ids.ts';
import { MAX_READ_BATCH } from '../../cloud/port.ts';
import { NO_REWRITES } from '../../core/fight.ts';
import type { InstanceRecord } from '../../core/instance-record.ts';
import type { Sighting } from '../../sources/port.ts';
import { adopt } from './observe.ts';
import type { ScopeContext } from './scope-context.ts';
import type { ScopeGuards } from './scope-guards.ts';
import type { ScopeLanes } from './scope-lanes.ts';
import { Sightings } from './sightings.ts';

export interface DeclareOptions {
  /** Seen for the first time by this process, rather than declared while it ran. */
  readonly firstSeen: boolean;
  /** Whether an instance was in sync with the same declaration before: a difference is then drift. Absent: none was. */
  readonly isSettled?: (id: InstanceId) => boolean;
}

export interface DeclarationsOptions {
  readonly context: ScopeContext;
  readonly guards: ScopeGuards;
  readonly reads: ScopeLanes['reads'];
  /** What is refused for good may be accepted now. */
  readonly probe: () => void;
  /** The record of an instance, made when there is none. */
  readonly record: (id: InstanceId) => InstanceRecord;
  /** Some instance has an interval of its own from now on. */
  readonly keepInterval: (intervalMs: number) => void;
}

export class Declarations {
  readonly #options: DeclarationsOptions;
  readonly #sightings: Sightings;

  constructor(options: DeclarationsOptions) {
    this.#options = options;
    const { reads, record } = options;
    this.#sightings = new Sightings({
      clock: options.context.clock,
      batch: MAX_READ_BATCH,
      isAwaited: (id) => reads.has(id),
      read: (ids, priority) => {
        for (const id of ids) reads.add(record(id).id, { priority });
      },
    });
  }

  /** Whether the instance's declaration is on its way. */
  isSighted(id: InstanceId): boolean {
    return this.#sightings.has(id);
  }

  /** Reads instances of a declaration that cannot be taken yet. */
  sight({ instanceIds, sgIds, settled }: Sighting): void {
    const { context, guards } = this.#options;
    guards.foresee(sgIds);
    const unknown = instanceIds.filter((id) => !context.records.has(id));
    this.#sightings.add(unknown, { settled });
  }

  /** Reads instances that are declared next. */
  foresee(instanceIds: readonly InstanceId[]): void {
    this.#sightings.foresee(instanceIds);
  }

  /** Every declaration has come; returns the instances that had none. */
  endSightings(): readonly InstanceId[] {
    return this.#sightings.end();
  }

  /** The declarations of these instances changed: they go before everything else. */
  declare(instanceIds: readonly InstanceId[], { firstSeen, isSettled }: DeclareOptions): void {
    const { context, guards, record: recordOf, keepInterval } = this.#options;
    const changed: InstanceId[] = [];
    for (const id of instanceIds) {
      const record = recordOf(id);
      record.settled = isSettled?.(id) ?? false;
      if (!record.settled) changed.push(id);
      record.firstSeen = firstSeen;
      record.failure = undefined;
      record.writeCohort = '';
      record.rewrites = NO_REWRITES;
      context.touched(id);
      // Here and not only where a binding changes: one that wins an instance of another has not changed itself.
      const intervalMs = context.claimOf(id)?.winner.intervalMs;
      if (intervalMs !== undefined) keepInterval(intervalMs);
    }
    if (changed.length > 0) this.#options.probe();
    guards.declared(instanceIds, changed);
    for (const id of instanceIds) this.#read(recordOf(id));
  }

  #read(record: InstanceRecord): void {
    const { context } = this.#options;
    const sighted = this.#sightings.declared(record.id, record.observedAtMs);
    if (sighted === 'read') adopt(context, record);
    else if (sighted === 'unread')
      context.requestRead(record, { priority: record.settled ? 'resync' : 'change' });
  }
}
