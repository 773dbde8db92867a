/**
 * The controller: sources say which bindings changed, the index says whose instance is whose, one scope controller
 * for each account and region converges it, and the reporter tells the sinks.
 */
import type { BindingKey, InstanceId } from '../api/ids.ts';
import { ClaimIndex } from '../core/claim-index.ts';
import type { InstanceStatus } from '../core/instance-status.ts';
import { scopeKey } from '../core/model.ts';
import type { WindowState } from '../core/policy.ts';
import type { ControllerSettings } from '../core/settings.ts';
import { Tenancy } from '../core/tenancy.ts';
import type { CloudProvider } from '../ports/cloud.ts';
import type { Journal } from '../ports/journal.ts';
import type { RevisionReport, Source, SourceProblem } from '../ports/source.ts';
import type { ObjectSink, Sink } from '../ports/status.ts';
import { type ApprovalStore, type Inventory, noApprovals } from '../ports/store.ts';
import type { ChangeSignal } from '../runtime/change-signal.ts';
import type { Clock } from '../runtime/clock.ts';
import { type Leadership, type LeadershipListener, soleLeader } from '../runtime/leadership.ts';
import type { Log } from '../runtime/log.ts';
import type { Random } from '../runtime/random.ts';
import { StepQueue } from '../runtime/step-queue.ts';
import { noTelemetry, type Telemetry } from '../runtime/telemetry.ts';
import { Approvals } from './budget/approvals.ts';
import { ChangeWindows } from './budget/change-windows.ts';
import { FleetSizes } from './budget/fleet-sizes.ts';
import { ObjectControls } from './controls/object-controls.ts';
import { type ObserveOnceOptions, observeOnce, type UnreachableScope } from './observe-once.ts';
import { ReconcileRequests } from './queues/reconcile-requests.ts';
import { StatusQueue } from './queues/status-queue.ts';
import { Reporter } from './report/reporter.ts';
import { StatusView } from './report/status-view.ts';
import { Deletions } from './restoration/deletions.ts';
import { OwnerLedger } from './restoration/owner-ledger.ts';
import { Restorations } from './restoration/restorations.ts';
import { KnownInstances } from './scope/instance-records.ts';
import type { ScopeController } from './scope/scope-controller.ts';
import { ScopeGarbageCollection } from './scope/scope-garbage-collection.ts';
import type { ScopePorts } from './scope/scope-ports.ts';
import { ScopeEvents } from './scope/scope-ports.ts';
import { Scopes } from './scope/scopes.ts';
import { type ServedScopes, serveAll } from './scope/served-scopes.ts';
import { Selections } from './selection/selections.ts';
import { SourceHandler } from './source-handler.ts';

export interface ControllerOptions
  extends Pick<ScopePorts, 'persistedOriginals' | 'ruleReaders' | 'trafficRecorder'> {
  readonly sources: readonly Source[];
  readonly sinks: readonly Sink[];
  /** That of the sinks whose statuses stand in objects; absent: there is none. */
  readonly objectSink?: ObjectSink | undefined;
  readonly cloud: CloudProvider;
  readonly journal: Journal;
  readonly inventory: Inventory;
  /** Absent: approved plans are forgotten at the end of the process. */
  readonly approvals?: ApprovalStore;
  readonly settings: ControllerSettings;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Absent: this is the only replica. */
  readonly leadership?: Leadership | undefined;
  /** Which scopes are served; absent: all. */
  readonly served?: ServedScopes;
  /** Absent: nothing is counted. */
  readonly telemetry?: Telemetry;
  /** What it reports is taken in when the promise is resolved. */
  readonly onRevision?: (source: Source, report: RevisionReport) => void | Promise<void>;
  readonly onProblem?: (source: Source, problem: SourceProblem | undefined) => void;
}

export class Controller implements LeadershipListener {
  readonly claims: ClaimIndex;
  /** Where everything that is claimed stands. */
  readonly statusView: StatusView;
  /** Something that users read may be different now. */
  readonly changes: ChangeSignal;
  readonly #options: ControllerOptions;
  readonly #windows: ChangeWindows;
  readonly #restorations: Restorations;
  readonly #scopes: Scopes;
  readonly #selections: Selections;
  readonly #controls: ObjectControls;
  readonly #reporter: Reporter;
  readonly #sourceHandler: SourceHandler;
  readonly #garbageCollection: ScopeGarbageCollection;

  constructor(options: ControllerOptions) {
    this.#options = options;
    const { sources, settings, inventory, clock } = options;
    const { policy, sweepIntervalMs, restore, readOnly, reportEveryMs } = settings;
    const leadership = options.leadership ?? soleLeader;
    const served = options.served ?? serveAll(leadership);
    const known = new KnownInstances();
    this.claims = new ClaimIndex({
      owners: inventory.owners(),
      declaredBefore: (key) => firstOf(sources, (source) => source.memory.declaredBefore(key)),
      tenancy: new Tenancy(policy),
      observations: known,
    });
    const { claims } = this;
    const store = options.approvals ?? noApprovals;
    const base = {
      ...options,
      ...{ claims, leadership, served, policy, sweepIntervalMs, known },
      deletions: new Deletions(sources),
      owners: new OwnerLedger({ ...options, claims }),
      approvals: new Approvals({ ...options, store, laterRevision: policy.approvals.laterRevision }),
      updates: new StepQueue(clock),
      telemetry: options.telemetry ?? noTelemetry,
      sizes: new FleetSizes(),
      reconcileRequests: new ReconcileRequests(),
      events: new ScopeEvents(),
    };
    this.#windows = new ChangeWindows({ windows: policy.windows, clock });
    this.#restorations = new Restorations({ ...base, enabled: restore && !readOnly });
    const [windows, restorations] = [this.#windows, this.#restorations];
    const statuses = new StatusQueue({ ...base, restorations, everyMs: reportEveryMs });
    this.changes = statuses.changes;
    this.#scopes = new Scopes({ ...base, windows, restorations, statuses });
    const parts = { ...base, restorations, statuses, scopes: this.#scopes };
    this.#selections = new Selections({ ...parts, tenancy: claims.tenancy });
    this.statusView = new StatusView(parts);
    this.#controls = new ObjectControls(parts);
    const [statusView, controls, selections] = [this.statusView, this.#controls, this.#selections];
    this.#reporter = new Reporter({ ...parts, statusView, controls, objectSink: options.objectSink });
    this.#sourceHandler = new SourceHandler({ ...parts, controls, selections, reporter: this.#reporter });
    this.#garbageCollection = new ScopeGarbageCollection(parts);
    this.#listen(base);
  }

  /** What one part tells of is work for another. */
  #listen({ events, updates }: { readonly events: ScopeEvents; readonly updates: StepQueue }): void {
    const [scopes, selections, handler] = [this.#scopes, this.#selections, this.#sourceHandler];
    events.onRead = (ids) => handler.observed(ids);
    events.onListed = (...listed) => handler.admit(selections.listed(...listed));
    events.onListingFailed = (...failed) => handler.admit(selections.failed(...failed));
    updates.onIdle = () => {
      for (const scope of scopes) scope.takenIn();
      this.changes.changed();
    };
    this.#windows.onChange = () => scopes.reconsider();
    this.#restorations.onBegin = (scope, ids) =>
      scopes.of(scope).declarations.declare(ids, { firstSeen: false });
    this.#restorations.onChange = (scope, ids) => scopes.get(scopeKey(scope))?.reconsider(ids);
    this.#restorations.onEnd = (end) => {
      scopes.get(scopeKey(end.binding.scope))?.release([end.instanceId]);
      this.#reporter.restored(end);
    };
  }

  /** Whether original lists of a binding are being put back. */
  isRestoring(key: BindingKey): boolean {
    return this.#restorations.of(key) !== undefined;
  }

  get scopes(): Iterable<ScopeController> {
    return this.#scopes;
  }

  /** Whether these scopes are served, or why not, is something else. */
  servedChanged(scopes: ReadonlySet<string>): void {
    this.#scopes.handOver(scopes);
    this.#reporter.enqueueScopes(scopes);
  }

  /** Runs until the signal aborts, then stops taking work and resolves when the calls in flight have ended. */
  async run(signal: AbortSignal): Promise<void> {
    this.#windows.start();
    this.#scopes.start();
    this.#garbageCollection.start();
    try {
      await Promise.all(this.#options.sources.map((source) => this.#sourceHandler.watch(source, signal)));
    } finally {
      this.#sourceHandler.close();
      this.#windows.stop();
      this.#garbageCollection.stop();
      this.#controls.close();
      this.#restorations.close();
      await this.#scopes.stop();
      await this.#reporter.close();
    }
  }

  /** The client of a scope has left an API that is retired: its bindings say so from now on. */
  apiMoved(scope: ScopeController['scope']): void {
    this.#reporter.apiMoved(scope);
  }

  /** Waits until everything that is declared was read once, or will not be; resolves to what could not be reached. Rejects when the signal aborts. */
  observeOnce(options: ObserveOnceOptions): Promise<UnreachableScope[]> {
    const { clock } = this.#options;
    return observeOnce({ clock, scopes: this.#scopes, changes: this.changes, controller: this }, options);
  }

  /** Gives up the calls in flight, so that {@link run} resolves at once. */
  abort(): void {
    this.#scopes.abort();
  }

  /** Reads a binding's instances at once. Returns false for one that is not declared. */
  requestReconcile(key: BindingKey, value: string): boolean {
    return this.#controls.request(key, value);
  }

  gained(scope: string): void {
    this.#scopes.get(scope)?.gained();
    this.#sourceHandler.admit(this.#selections.gained(scope));
    this.#sourceHandler.resume();
    this.#reporter.gained(scope);
  }

  async drain(scope: string): Promise<void> {
    await this.#scopes.get(scope)?.idle();
  }

  /** Where an instance stands, as one of its claimants sees it. */
  status(binding: BindingKey, instanceId: InstanceId): InstanceStatus {
    return this.statusView.status(binding, instanceId);
  }

  /** What the groups are called, of every scope that has read them. */
  groupNames(): ReadonlyMap<string, string> {
    return new Map([...this.#scopes].flatMap((scope) => [...scope.groupNames]));
  }

  /** The change windows of the policy, at this moment. */
  get windows(): readonly WindowState[] {
    return this.#windows.states();
  }

  /** Whether something that a source has told is not taken in as a whole yet. */
  get isTakingIn(): boolean {
    return this.#sourceHandler.isBusy;
  }

  /** Bindings whose selector was not listed yet. */
  get unlisted(): number {
    return this.#selections.unlisted;
  }

  /** Publishes what is noted at once. */
  flush(): void {
    this.#reporter.flush();
  }
}

/** The first answer that there is. */
function firstOf<From, To>(from: Iterable<From>, ask: (one: From) => To | undefined): To | undefined {
  for (const one of from) {
    const answer = ask(one);
    if (answer !== undefined) return answer;
  }
  return undefined;
}
