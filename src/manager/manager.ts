/** Assembles the controller of a process from its parts, and nurses it until it is stopped. */
import type { Controller } from '../controller/controller.ts';
import { ProbedScopes } from '../controller/scope/probed-scopes.ts';
import type { Scope } from '../core/model.ts';
import type { ControllerSettings } from '../core/settings.ts';
import type { PageAbout } from '../http/page/view.ts';
import type { HttpServer } from '../http/server.ts';
import type { ProcessView, ScopesView } from '../http/view.ts';
import type { Notifier } from '../notify/notifier.ts';
import type { CloudProvider } from '../ports/cloud.ts';
import type { RuleReaders } from '../ports/rules.ts';
import { systemClock } from '../runtime/clock.ts';
import { compactHeap, giveLargeHeapRoom } from '../runtime/heap-growth.ts';
import { soleLeader } from '../runtime/leadership.ts';
import { Liveness } from '../runtime/liveness.ts';
import type { Log } from '../runtime/log.ts';
import { systemRandom } from '../runtime/random.ts';
import type { Telemetry } from '../runtime/telemetry.ts';
import { HeartbeatTable } from '../store/sqlite/heartbeat-table.ts';
import { boundHistory, type ConfirmedTime } from './bounded-history.ts';
import { compactWhenCalm } from './compact-when-calm.ts';
import { createController, recordAgain } from './create-controller.ts';
import type { DirectorySetup } from './directory-setup.ts';
import { beatSteadily } from './heartbeat.ts';
import type { KubernetesSetup } from './kubernetes-setup.ts';
import { TrafficLogger } from './logging/journal-logger.ts';
import { InSyncLogger, StatusLogger } from './logging/status-logger.ts';
import { finishSoon, type NotifySettings, openNotifier } from './notify-setup.ts';
import type { ListenAddress } from './observability.ts';
import { servePage } from './page/page-setup.ts';
import { PublishedStatuses } from './page/published-statuses.ts';
import { livenessChecks, processView } from './process-view.ts';
import { pollRequests } from './request-poller.ts';
import type { RunState } from './run-state.ts';
import { probeScope } from './scope-probe.ts';
import { WriteGatherer } from './write-gatherer.ts';

export interface ManagerOptions {
  readonly settings: ControllerSettings;
  readonly cloud: CloudProvider;
  readonly ruleReaders: RuleReaders;
  /** Tells the time that the cloud has confirmed. */
  readonly time: ConfirmedTime;
  readonly state: RunState;
  /** What is followed: a directory, a cluster, or both. */
  readonly directory: DirectorySetup | undefined;
  readonly cluster: KubernetesSetup | undefined;
  /** The directory as its user has named it. */
  readonly directoryName: string | undefined;
  /** Who is told what happens; undefined: nobody. */
  readonly notify: NotifySettings | undefined;
  readonly telemetry: Telemetry;
  /** Most scopes that are counted together: those of a namespace, or of a tenant. */
  readonly maxScopesPerNamespace: number;
  readonly keepHistoryMs: number;
  readonly keepHistoryMib: number;
  /** Where a page is shown; absent: nothing is kept for one. */
  readonly page?: ListenAddress | undefined;
  readonly log: Log;
}

const BASE = { clock: systemClock, random: systemRandom };

export class Manager implements Disposable {
  readonly #options: ManagerOptions;
  readonly #controller: Controller;
  readonly #served: ProbedScopes;
  readonly #inSync: InSyncLogger;
  readonly #liveness: Liveness;
  readonly #published: PublishedStatuses | undefined;
  readonly #writes: WriteGatherer;
  readonly #notifier: Notifier | undefined;
  /** What probes and metrics see. */
  readonly view: ProcessView & ScopesView;

  /** Nothing runs before {@link run}, but the checks of liveness. */
  constructor(options: ManagerOptions) {
    this.#options = options;
    const { cluster, log } = options;
    this.#served = probedScopesOf(options, (scopes) => this.#controller.servedChanged(scopes));
    const keeping = [...options.state.sinks, ...(cluster === undefined ? [] : [cluster.sink])];
    this.#notifier = openNotifier(options, (scope) => this.#served.mayTell(scope));
    const notifiers = this.#notifier === undefined ? [] : [this.#notifier];
    this.#writes = new WriteGatherer({
      clock: systemClock,
      log,
      recorders: [...(cluster === undefined ? [] : [cluster.writes]), ...notifiers],
    });
    const sources = sourcesOf(options);
    this.#published = options.page && new PublishedStatuses(options.directoryName);
    // First: it asks the others what an earlier process has published.
    const shown = this.#published === undefined ? [] : [this.#published];
    const sinks = [...notifiers, ...keeping, new StatusLogger(log, options.directoryName), ...shown];
    this.#controller = this.#assemble(sources, sinks);
    const controller = this.#controller;
    this.#inSync = new InSyncLogger({ controller, sources, clock: systemClock, log });
    this.#rememberInCluster();
    this.#liveness = new Liveness({
      clock: systemClock,
      checks: () => livenessChecks({ scopes: controller.scopes, cluster }),
    });
    this.view = processView({
      liveness: this.#liveness,
      controller,
      sources,
      cluster,
      leadership: this.#served,
      sinks,
      openJournalEntries: () => options.state.memory.open(Number.POSITIVE_INFINITY).length,
      clock: systemClock,
    });
    this.#liveness.start();
  }

  /** The client of a scope has left an API that is retired. */
  apiMoved(scope: Scope): void {
    this.#controller.apiMoved(scope);
  }

  /**
   * Serves the page, where one was asked for; its streams end with the signal.
   * @throws the system's error when the address cannot be had.
   */
  async servePage(about: PageAbout, signal: AbortSignal): Promise<HttpServer | undefined> {
    const { page, cluster, state, settings, log } = this.#options;
    if (page === undefined || this.#published === undefined) return undefined;
    return servePage(page, {
      ...{ about, log, signal, cluster, state, clock: systemClock, published: this.#published },
      ...{ controller: this.#controller, processView: this.view },
      mayTell: (scope: string) => this.#served.mayTell(scope),
      sweepIntervalMs: settings.sweepIntervalMs,
    });
  }

  /** Gives up the calls in flight. */
  abort(): void {
    this.#controller.abort();
  }

  /** Runs until the signal aborts; resolves when the calls in flight have ended, or were given up. */
  async run(signal: AbortSignal): Promise<void> {
    const ended = new AbortController();
    try {
      this.#nurse(AbortSignal.any([signal, ended.signal]));
      await this.#runToEnd(signal);
    } finally {
      ended.abort();
    }
  }

  [Symbol.dispose](): void {
    this.#liveness[Symbol.dispose]();
  }

  #assemble(
    sources: ReturnType<typeof sourcesOf>,
    sinks: ConstructorParameters<typeof Controller>[0]['sinks'],
  ) {
    const { cluster, directory, state, settings, cloud, ruleReaders, telemetry, log } = this.#options;
    const { memory, traffic } = state;
    const notifiers = this.#notifier === undefined ? [] : [this.#notifier];
    const logger = new TrafficLogger(log);
    return createController({
      ...BASE,
      sources,
      sinks,
      objectSink: cluster?.sink,
      cloud: { provider: cloud, ruleReaders },
      memory: { journal: memory, inventory: memory },
      recorders: directory === undefined ? [] : [directory.source, directory.recorder],
      journalListeners: [
        ...(cluster === undefined ? [] : [cluster.journalListener]),
        this.#writes,
        { intended: () => this.#inSync.expect() },
      ],
      trafficRecorders: [logger, this.#writes, ...traffic, ...(cluster?.traffic ?? []), ...notifiers],
      approvals: memory,
      persistedOriginals: state.directory === undefined ? cluster?.persistedOriginals : undefined,
      settings,
      log,
      leadership: this.#served,
      served: this.#served,
      telemetry,
      onRevision: (source, report) => {
        this.#inSync.expect();
        this.#notifier?.revision(source.name, report);
        directory?.recorder.revision(report);
      },
      onProblem: (source, problem) => {
        directory?.recorder.problem(problem);
        this.#notifier?.problem(source.name, problem);
      },
    });
  }

  #rememberInCluster(): void {
    const { cluster, state } = this.#options;
    cluster?.remember({
      original: (id) => state.memory.original(id),
      isRestoring: (key) => this.#controller.isRestoring(key),
      served: this.#served,
    });
  }

  /** Everything beside the controller, until the signal aborts. */
  #nurse(running: AbortSignal): void {
    const { state, settings, time, directory, log } = this.#options;
    const { file } = state;
    const controller = this.#controller;
    const sources = sourcesOf(this.#options);
    if (state.directory !== undefined) {
      const parts = { directory: state.directory, controller, sources, clock: systemClock, log };
      void pollRequests(parts, running);
    }
    const onDisk = state.directory !== undefined;
    if (file !== undefined) {
      const { keepHistoryMs: keepMs, keepHistoryMib: keepMib } = this.#options;
      void boundHistory(file, { keepMs, keepMib, clock: systemClock, time, log, onDisk }, running);
    }
    if (file !== undefined && onDisk) {
      const table = new HeartbeatTable(file.database);
      void beatSteadily({ table, everyMs: settings.sweepIntervalMs, clock: systemClock, log }, running);
    }
    if (directory !== undefined) void recordAgain(directory.recorder, systemClock, running);
    const { scopes } = controller;
    const heap = { giveRoom: giveLargeHeapRoom, compact: compactHeap };
    void compactWhenCalm({ sources, scopes, clock: systemClock, ...heap }, running);
    void this.#served.run(running);
    void this.#inSync.run(running);
  }

  /** The leases outlive the calls in flight and the last statuses: another replica must not begin before those have ended. */
  async #runToEnd(signal: AbortSignal): Promise<void> {
    const { cluster } = this.#options;
    const ended = new AbortController();
    const controller = this.#controller;
    const listener = this.#served.listen({
      gained: (scope) => {
        this.#notifier?.gained(scope);
        controller.gained(scope);
      },
      drain: (scope) => controller.drain(scope),
    });
    const leases = cluster?.leases.run(listener, ended.signal);
    try {
      await controller.run(signal);
    } finally {
      this.#writes.flush();
      await Promise.all([cluster?.finish(), this.#notifier && finishSoon(this.#notifier)]);
      ended.abort();
      await leases;
    }
  }
}

function sourcesOf({ directory, cluster }: Pick<ManagerOptions, 'directory' | 'cluster'>) {
  return [directory?.source, cluster?.source].filter((source) => source !== undefined);
}

function probedScopesOf(
  { cluster, cloud, settings, maxScopesPerNamespace, log }: ManagerOptions,
  onChange: (scopes: ReadonlySet<string>) => void,
): ProbedScopes {
  return new ProbedScopes({
    ...BASE,
    leadership: cluster?.leases ?? soleLeader,
    log,
    allowed: settings.policy,
    mostScopes: maxScopesPerNamespace,
    answers: {
      proven: async (scopes, signal) => (await cluster?.proven(scopes, signal)) ?? new Set(),
      probe: (scope, signal) => probeScope(scope, { cloud, clock: systemClock }, signal),
    },
    onChange,
  });
}
