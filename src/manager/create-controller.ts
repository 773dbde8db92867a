/** The one wiring of a controller: `run`, `plan`, `apply`, `rollback` and the tests share it. */
import { Controller, type ControllerOptions } from '../controller/controller.ts';
import type { CloudProvider } from '../ports/cloud.ts';
import type { Journal, JournalListener } from '../ports/journal.ts';
import type { RuleReaders } from '../ports/rules.ts';
import type { Inventory } from '../ports/store.ts';
import type { TrafficRecorder } from '../ports/traffic.ts';
import { JournalLogger } from './logging/journal-logger.ts';
import { observedJournal } from './observed-journal.ts';
import type { Recorder } from './persist-before-act.ts';
import { TrafficRecorders } from './traffic-recorders.ts';

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
    journal: observedJournal(memory.journal, { recorders, listeners }),
    inventory: memory.inventory,
    trafficRecorder:
      trafficRecorders && new TrafficRecorders({ recorders: trafficRecorders, log, ...counted }),
  });
}
