/** One life of the engine, from its start to its crash, over the state file that outlives it. */

import type { DatabaseSync } from 'node:sqlite';
import { createCloudProvider } from '../../src/cloud/provider.ts';
import type { Controller } from '../../src/controller/controller.ts';
import { DEFAULT_SETTINGS } from '../../src/core/settings.ts';
import { DirectorySource } from '../../src/directory/directory-source.ts';
import type { FileTree } from '../../src/directory/file-tree.ts';
import { noWatch } from '../../src/directory/watcher.ts';
import { createController } from '../../src/manager/create-controller.ts';
import type { CloudProvider } from '../../src/ports/cloud.ts';
import type { Journal } from '../../src/ports/journal.ts';
import type { RuleReaders } from '../../src/ports/rules.ts';
import type { RevisionReport, SourceProblem } from '../../src/ports/source.ts';
import type { BindingStatus, Sink } from '../../src/ports/status.ts';
import type { ApprovalStore } from '../../src/ports/store.ts';
import type { Clock } from '../../src/runtime/clock.ts';
import { type Log, silentLog } from '../../src/runtime/log.ts';
import type { Random } from '../../src/runtime/random.ts';
import type { Transport } from '../../src/runtime/transport.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { LocalState } from '../../src/store/local-state.ts';
import { CommitTable } from '../../src/store/sqlite/commit-table.ts';
import { DeclarationTable } from '../../src/store/sqlite/declaration-table.ts';
import { openInMemory } from '../../src/store/sqlite/state-file.ts';
import { credentialsOf } from './credentials-of.ts';
import { Fence } from './fence.ts';

export interface EngineOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly simulator: Simulator;
  /** Absent: that of the simulator. */
  readonly transport?: Transport;
  readonly tree: FileTree;
  readonly root: string;
  readonly database: DatabaseSync;
  readonly api: 'auto' | 'v2' | 'v3';
  readonly settings?: Partial<typeof DEFAULT_SETTINGS>;
  /** Absent: nobody listens. */
  readonly log?: Log;
  readonly onStatuses?: (statuses: readonly BindingStatus[]) => void;
  readonly onRevision?: (report: RevisionReport) => void;
  readonly onProblem?: (problem: SourceProblem | undefined) => void;
  /** How far the machine's calendar is ahead of the world's. */
  readonly calendarAheadMs?: () => number;
  /** Stands between the engine and its journal. */
  readonly wrapJournal?: (journal: Journal) => Journal;
  /** Stands between the engine and its memory of approved plans. */
  readonly wrapApprovals?: (store: ApprovalStore) => ApprovalStore;
  /** Stands between the engine and the rules of groups; absent: it reads none. */
  readonly wrapRules?: (readers: RuleReaders) => RuleReaders;
  /** Stands between the engine and the cloud, to watch what it sends. */
  readonly wrapCloud?: (cloud: CloudProvider) => CloudProvider;
}

export class EngineProcess {
  readonly controller: Controller;
  readonly state: LocalState;
  readonly #fence: Fence;
  readonly #abort = new AbortController();
  readonly ended: Promise<void>;

  constructor(options: EngineOptions) {
    const { random, simulator, tree, root, database } = options;
    this.#fence = new Fence(options.clock, options.calendarAheadMs);
    const { clock } = this.#fence;
    const transport = this.#fence.guard(options.transport ?? simulator.transport);
    const credentials = credentialsOf(simulator, { transport, clock });
    const cloud = createCloudProvider({
      api: options.api,
      endpoint: 'http://127.0.0.1:8099',
      transport,
      credentials,
      clock,
      random,
    });
    const file = openInMemory(database);
    this.state = new LocalState(file, { clock, actor: 'simulation' });
    const watched: Sink = {
      publish: (statuses) => options.onStatuses?.(statuses),
      remove: () => {},
      previous: () => [],
    };
    const store = new DeclarationTable(database);
    const commits = new CommitTable(database);
    const settings = { ...DEFAULT_SETTINGS, ...options.settings };
    const log = options.log ?? silentLog;
    const statuses = this.state;
    const parts = {
      root,
      tree,
      clock,
      log,
      store,
      statuses,
      commits,
      rules: settings.policy,
      watch: noWatch,
    };
    this.controller = createController({
      sources: [new DirectorySource(parts)],
      sinks: [this.state, watched],
      cloud: { provider: options.wrapCloud?.(cloud) ?? cloud, ruleReaders: options.wrapRules?.(cloud) },
      memory: { journal: options.wrapJournal?.(this.state) ?? this.state, inventory: this.state },
      approvals: options.wrapApprovals?.(this.state) ?? this.state,
      settings,
      clock,
      random,
      log,
      onRevision: (_, report) => options.onRevision?.(report),
      onProblem: (_, problem) => options.onProblem?.(problem),
    });
    this.ended = this.controller.run(this.#abort.signal);
    this.ended.catch(() => {});
  }

  /** Ends it as SIGTERM does. */
  stop(): Promise<void> {
    this.#abort.abort(new Error('stopped'));
    return this.ended;
  }

  /** Nothing runs in it for so long, as when its machine sleeps. */
  pause(ms: number): void {
    this.#fence.pause(ms);
  }

  /** Ends it as SIGKILL does. */
  kill(): void {
    this.#fence.kill();
  }
}
