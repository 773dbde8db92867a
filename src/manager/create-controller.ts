/** The one wiring of a controller: `run`, `plan`, `apply`, `rollback` and the tests share it. */
import { messageOf } from '../api/message-of.ts';
import { Controller, type ControllerOptions } from '../controller/controller.ts';
import { opensAnything } from '../core/firewall/traffic-note.ts';
import type { CloudProvider } from '../ports/cloud.ts';
import { type Journal, JournalBehind, type JournalListener } from '../ports/journal.ts';
import type { RuleReaders } from '../ports/rules.ts';
import type { Inventory } from '../ports/store.ts';
import type { DriftTraffic, RuleTraffic, TrafficRecorder, WriteTraffic } from '../ports/traffic.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Log } from '../runtime/log.ts';
import type { Telemetry } from '../runtime/telemetry.ts';
import { JournalLogger } from './logging/journal-logger.ts';

type Wired = 'cloud' | 'ruleReaders' | 'journal' | 'inventory' | 'trafficRecorder';

export interface CreateControllerOptions extends Omit<ControllerOptions, Wired> {
  /** Without readers nothing is known of rules. */
  readonly cloud: { readonly provider: CloudProvider; readonly ruleReaders?: RuleReaders | undefined };
  /** What every write and every owner is remembered by. */
  readonly memory: { readonly journal: Journal; readonly inventory: Inventory };
  /** What declares a write is stored by them first; absent: nothing has to be. */
  readonly recorders?: readonly Recorder[];
  /** Are told of every write, beside the log. */
  readonly journalListeners?: readonly Partial<JournalListener>[];
  /** Are told what drift, writes and changed rules opened and closed; absent: nobody asks. */
  readonly trafficRecorders?: readonly Partial<TrafficRecorder>[];
}

export function createController(options: CreateControllerOptions): Controller {
  const { cloud, memory, recorders = [], journalListeners = [], trafficRecorders, ...rest } = options;
  const { log, telemetry } = rest;
  const listeners = [...journalListeners, new JournalLogger(log)];
  const counted = telemetry === undefined ? {} : { telemetry };
  return new Controller({
    ...rest,
    cloud: cloud.provider,
    ruleReaders: cloud.ruleReaders,
    journal: observedJournal(memory.journal, { recorders, listeners, log }),
    inventory: memory.inventory,
    trafficRecorder:
      trafficRecorders && new TrafficRecorders({ recorders: trafficRecorders, log, ...counted }),
  });
}

// A journal that tells of every write, and holds writes back until it is stored what declares them.

interface ObservedJournalOptions {
  /** What they are told comes first: a restart must not know an older truth than the cloud. */
  readonly recorders: readonly Recorder[];
  readonly listeners: readonly Partial<JournalListener>[];
  readonly log: Log;
}

/**
 * The same journal. It is behind, and takes no intent, before everything that a recorder was told is stored. A listener that
 * fails keeps nothing from being recorded, nor from the other listeners.
 */
export function observedJournal(
  journal: Journal,
  { recorders, listeners, log }: ObservedJournalOptions,
): Journal {
  const each = (tell: (listener: Partial<JournalListener>) => void) => {
    for (const listener of listeners) {
      try {
        tell(listener);
      } catch (error) {
        log.error({ error: messageOf(error) }, 'somebody could not be told of a write');
      }
    }
  };
  return {
    intend(intents) {
      if (!recorders.every((recorder) => recorder.flush())) throw new JournalBehind();
      const ids = journal.intend(intents);
      each((listener) => listener.intended?.(ids, intents));
      return ids;
    },
    conclude(ids, conclusion) {
      // First: what was sent is true even where the journal cannot be written.
      each((listener) => listener.concluded?.(ids, conclusion));
      journal.conclude(ids, conclusion);
    },
    verified(id, observed) {
      journal.verified(id, observed);
      each((listener) => listener.readBack?.(id, observed));
    },
    open: (sinceMs) => journal.open(sinceMs),
    recent: (sinceMs) => journal.recent(sinceMs),
  };
}

// Tells several recorders of traffic: what one of them cannot keep, the others do all the same.

interface TrafficRecordersOptions {
  readonly recorders: readonly Partial<TrafficRecorder>[];
  /** Absent: nothing is counted. */
  readonly telemetry?: Pick<Telemetry, 'driftOpened'>;
  readonly log: Log;
}

class TrafficRecorders implements TrafficRecorder {
  readonly #options: TrafficRecordersOptions;

  constructor(options: TrafficRecordersOptions) {
    this.#options = options;
  }

  drifted(drift: DriftTraffic): void {
    if (opensAnything(drift.changes)) this.#options.telemetry?.driftOpened(drift.instanceIds.length);
    this.#each((recorder) => recorder.drifted?.(drift));
  }

  written(write: WriteTraffic): void {
    this.#each((recorder) => recorder.written?.(write));
  }

  rulesChanged(change: RuleTraffic): void {
    this.#each((recorder) => recorder.rulesChanged?.(change));
  }

  #each(tell: (recorder: Partial<TrafficRecorder>) => void): void {
    for (const recorder of this.#options.recorders) {
      try {
        tell(recorder);
      } catch (error) {
        this.#options.log.error({ error: messageOf(error) }, 'what changed traffic could not be recorded');
      }
    }
  }
}

// Nothing is written to the cloud before it is stored what declares it: a restart must not know an older truth than the cloud.

/** Something that stores what a source told. */
export interface Recorder {
  /** Stores more of it. Returns whether nothing is left. @throws when it cannot be stored. */
  flush(): boolean;
}

const LOOK_EVERY_MS = 1_000;

/** Has what could not be recorded recorded later, whether anything is written to the cloud or not, until the signal aborts. */
export async function recordAgain(
  recorder: { again(): Promise<void> },
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await clock.sleep(LOOK_EVERY_MS, signal).catch(() => {});
    if (!signal.aborted) await recorder.again();
  }
}
