/** One life of the engine, from its start to its crash, over the state file that outlives it. */
import type { DatabaseSync } from 'node:sqlite';
import { createCredentialsProvider } from '../../src/cloud/credentials/provider.ts';
import type { CloudProvider } from '../../src/cloud/port.ts';
import { createCloudProvider } from '../../src/cloud/provider.ts';
import { Controller } from '../../src/controller/controller.ts';
import { DEFAULT_SETTINGS } from '../../src/controller/settings.ts';
import type { Clock } from '../../src/runtime/clock.ts';
import { type Log, silentLog } from '../../src/runtime/log.ts';
import type { Random } from '../../src/runtime/random.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { LocalState } from '../../src/sinks/local-state.ts';
import type { ApprovalStore, BindingVerdict, Sink } from '../../src/sinks/port.ts';
import { DirectorySource } from '../../src/sources/directory/directory-source.ts';
import type { FileTree } from '../../src/sources/directory/file-tree.ts';
import { noWatch } from '../../src/sources/directory/watcher.ts';
import type { RevisionReport, SourceProblem } from '../../src/sources/port.ts';
import { CommitTable } from '../../src/state/commit-table.ts';
import { DeclarationTable } from '../../src/state/declaration-table.ts';
import { openInMemory } from '../../src/state/state-file.ts';
import { Fence } from './fence.ts';

export interface EngineOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly simulator: Simulator;
  readonly tree: FileTree;
  readonly root: string;
  readonly database: DatabaseSync;
  readonly api: 'auto' | 'v2' | 'v3';
  readonly settings?: Partial<typeof DEFAULT_SETTINGS>;
  /** Absent: nobody listens. */
  readonly log?: Log;
  readonly onVerdicts?: (verdicts: readonly BindingVerdict[]) => void;
  readonly onRevision?: (report: RevisionReport) => void;
  readonly onProblem?: (problem: SourceProblem | undefined) => void;
  /** Stands between the engine and its memory of approved plans. */
  readonly wrapApprovals?: (store: ApprovalStore) => ApprovalStore;
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
    this.#fence = new Fence(options.clock);
    const { clock } = this.#fence;
    const transport = this.#fence.guard(simulator.transport);
    const key = simulator.credentials[0];
    const credentials = createCredentialsProvider({
      env: { TENCENTCLOUD_SECRET_ID: key?.secretId, TENCENTCLOUD_SECRET_KEY: key?.secretKey },
      transport,
      clock,
    });
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
      publish: (verdicts) => options.onVerdicts?.(verdicts),
      retire: () => {},
      previous: () => [],
    };
    const store = new DeclarationTable(database);
    const commits = new CommitTable(database);
    const settings = { ...DEFAULT_SETTINGS, ...options.settings };
    const log = options.log ?? silentLog;
    const parts = { root, tree, clock, log, store, commits, rules: settings.policy, watch: noWatch };
    this.controller = new Controller({
      sources: [new DirectorySource(parts)],
      sinks: [this.state, watched],
      cloud: options.wrapCloud?.(cloud) ?? cloud,
      journal: this.state,
      inventory: this.state,
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

  /** Ends it as SIGKILL does. */
  kill(): void {
    this.#fence.kill();
  }
}
