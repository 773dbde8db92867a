/**
 * The controller: sources say which bindings changed, the index says whose instance is whose, one scope controller
 * for each account and region converges it, and the reporter tells the sinks.
 */
import type { BindingKey, InstanceId } from '../api/ids.ts';
import type { CloudProvider } from '../cloud/port.ts';
import { ClaimIndex } from '../core/claim-index.ts';
import type { InstanceVerdict } from '../core/instance-verdict.ts';
import { scopeKey } from '../core/model.ts';
import type { RestorationEnd } from '../core/restoration.ts';
import { Tenancy } from '../core/tenancy.ts';
import type { Clock } from '../runtime/clock.ts';
import { type Leadership, type LeadershipListener, soleLeader } from '../runtime/leadership.ts';
import type { Log } from '../runtime/log.ts';
import type { Random } from '../runtime/random.ts';
import { noTelemetry, type Telemetry } from '../runtime/telemetry.ts';
import { type ApprovalStore, type Inventory, type Journal, noApprovals, type Sink } from '../sinks/port.ts';
import type { RevisionReport, Source, SourceProblem } from '../sources/port.ts';
import { Approvals } from './budget/approvals.ts';
import { FleetSizes } from './budget/fleet-sizes.ts';
import { ChangeWindows } from './change-windows.ts';
import { Departures } from './departures.ts';
import { Intake } from './intake.ts';
import { ObjectControls } from './object-controls.ts';
import { OwnerLedger } from './owner-ledger.ts';
import { Reporter } from './report/reporter.ts';
import { Standings } from './report/standings.ts';
import { Restorations } from './restoration/restorations.ts';
import { type Admission, serveAll } from './scope/admission.ts';
import { KnownInstances } from './scope/known-instances.ts';
import type { ScopePorts } from './scope/scope-context.ts';
import type { ScopeController } from './scope/scope-controller.ts';
import { Scopes } from './scope/scopes.ts';
import { UnneededScopes } from './scope/unneeded-scopes.ts';
import { Selections } from './selection/selections.ts';
import type { ControllerSettings } from './settings.ts';

export interface ControllerOptions extends Pick<ScopePorts, 'safekeeping'> {
  readonly sources: readonly Source[];
  readonly sinks: readonly Sink[];
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
  readonly admission?: Admission;
  /** Absent: nothing is counted. */
  readonly telemetry?: Telemetry;
  readonly onRevision?: (source: Source, report: RevisionReport) => void;
  readonly onProblem?: (source: Source, problem: SourceProblem | undefined) => void;
}

export class Controller implements LeadershipListener {
  readonly claims: ClaimIndex;
  /** Where everything that is claimed stands. */
  readonly standings: Standings;
  readonly #options: ControllerOptions;
  readonly #scopes: Scopes;
  readonly #restorations: Restorations;
  readonly #reporter: Reporter;
  readonly #controls: ObjectControls;
  readonly #windows: ChangeWindows;
  readonly #selections: Selections;
  readonly #intake: Intake;
  readonly #unneeded: UnneededScopes;

  constructor(options: ControllerOptions) {
    this.#options = options;
    const leadership = options.leadership ?? soleLeader;
    const admission = options.admission ?? serveAll(leadership);
    const known = new KnownInstances();
    this.claims = new ClaimIndex({
      owners: options.inventory.owners(),
      declaredBefore: (key) => firstOf(options.sources, (source) => source.declaredBefore?.(key)),
      tenancy: new Tenancy(options.settings.policy),
      observations: known,
    });
    const departures = new Departures(options.sources);
    const owners = new OwnerLedger({ ...options, claims: this.claims });
    this.#restorations = new Restorations({
      ...options,
      departures,
      owners,
      leadership,
      claims: this.claims,
      enabled: options.settings.restore && !options.settings.readOnly,
      begin: (scope, ids) => this.#scopes.of(scope).declarations.declare(ids, { firstSeen: false }),
      changed: (scope, ids) => this.#scopes.get(scopeKey(scope))?.reconsider(ids),
      ended: (end) => this.#ended(end),
    });
    const approvals = new Approvals({
      ...options,
      store: options.approvals ?? noApprovals,
      laterRevision: options.settings.policy.approvals.laterRevision,
    });
    this.#windows = new ChangeWindows({
      windows: options.settings.policy.windows,
      clock: options.clock,
      onChange: () => this.#scopes.reconsider(),
    });
    this.#selections = new Selections({
      ...options,
      policy: options.settings.policy,
      tenancy: this.claims.tenancy,
      sweepIntervalMs: options.settings.sweepIntervalMs,
      approvals,
      refresh: (scope, listing) => this.#scopes.ofServed(scope)?.listings.refresh(listing),
      keep: (scope, wanted) => this.#scopes.keepListed(scope, wanted),
      changed: (bindings) =>
        this.#intake.admit(
          bindings.map((binding) => [binding.key, binding]),
          { firstSeen: false, retired: [] },
        ),
    });
    this.#scopes = new Scopes({
      ...options,
      known,
      instancesRead: (ids) => this.#intake.observed(ids),
      admission,
      listed: (scope, key, instances) => this.#selections.listed(scope, key, instances),
      listingFailed: (scope, key, error) => this.#selections.failed(scope, key, error),
      approvals,
      sizes: new FleetSizes(),
      windows: () => this.#windows.states(),
      claims: this.claims,
      restorations: this.#restorations,
      leadership,
      telemetry: options.telemetry ?? noTelemetry,
      touched: (instanceId) => this.#reporter.touchInstance(instanceId),
      publishSoon: (keys) => this.#reporter.hurry(keys),
      observed: (instanceId, startedAtMs) => this.#controls.observed(instanceId, startedAtMs),
    });
    const parts = { scopes: this.#scopes, restorations: this.#restorations, leadership, claims: this.claims };
    this.standings = new Standings({
      ...options,
      ...parts,
      sweepIntervalMs: options.settings.sweepIntervalMs,
    });
    this.#controls = new ObjectControls({
      ...options,
      claims: this.claims,
      scopeOf: (scope) => this.#scopes.get(scopeKey(scope)),
      touchBinding: (key) => this.#reporter.touchBinding(key),
    });
    this.#reporter = new Reporter({
      ...parts,
      departures,
      sinks: options.sinks,
      clock: options.clock,
      log: options.log,
      everyMs: options.settings.reportEveryMs,
      verdictOf: ({ key }, instanceId) => this.verdict(key, instanceId),
      restoringOf: (key) => this.standings.restoring(key),
      groupNamesOf: (binding) =>
        this.claims.tenancy.refusesWhole(binding)
          ? new Map()
          : (this.#scopes.get(scopeKey(binding.scope))?.groupNames ?? new Map()),
      retiredOf: (scope) => this.#scopes.get(scopeKey(scope))?.api.retired,
      handledOf: (key, instances) => this.#controls.handled(key, instances),
      approvalOf: (binding) => approvals.handledBy(binding),
      obstacleOf: (scope) => admission.obstacle(scopeKey(scope)),
      mayPublish: (binding) => admission.mayTell(scopeKey(binding.scope)),
    });
    this.#intake = new Intake({
      ...options,
      ...parts,
      admission,
      owners,
      controls: this.#controls,
      reporter: this.#reporter,
      selections: this.#selections,
    });
    this.#unneeded = new UnneededScopes({ ...options, ...parts });
  }

  /** Whether original lists of a binding are being put back. */
  isRestoring(key: BindingKey): boolean {
    return this.#restorations.of(key) !== undefined;
  }

  get scopes(): Iterable<ScopeController> {
    return this.#scopes;
  }

  /** Whether these scopes are served, or why not, is something else. */
  admissionChanged(scopes: ReadonlySet<string>): void {
    this.#scopes.handOver(scopes);
    this.#reporter.touchScopes(scopes);
  }

  /** Runs until the signal aborts, then stops taking work and resolves when the calls in flight have ended. */
  async run(signal: AbortSignal): Promise<void> {
    this.#windows.start();
    this.#scopes.start();
    this.#unneeded.start();
    try {
      await Promise.all(this.#options.sources.map((source) => this.#intake.watch(source, signal)));
    } finally {
      this.#windows.stop();
      this.#unneeded.stop();
      this.#controls.close();
      this.#restorations.close();
      await this.#scopes.stop();
      this.#reporter.close();
    }
  }

  /** The client of a scope has left an API that is retired: its bindings say so from now on. */
  apiMoved(scope: ScopeController['scope']): void {
    this.#reporter.apiMoved(scope);
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
    this.#selections.gained(scope);
    this.#intake.resume();
    this.#reporter.gained(scope);
  }

  async drain(scope: string): Promise<void> {
    await this.#scopes.get(scope)?.idle();
  }

  /** Where an instance stands, as one of its claimants sees it. */
  verdict(binding: BindingKey, instanceId: InstanceId): InstanceVerdict {
    return this.standings.verdict(binding, instanceId);
  }

  /** What the groups are called, of every scope that has read them. */
  groupNames(): ReadonlyMap<string, string> {
    return new Map([...this.#scopes].flatMap((scope) => [...scope.groupNames]));
  }

  /** Bindings whose selector was not listed yet. */
  get unlisted(): number {
    return this.#selections.unlisted;
  }

  /** Publishes what is noted at once. */
  flush(): void {
    this.#reporter.flush();
  }

  #ended(end: RestorationEnd): void {
    this.#scopes.get(scopeKey(end.binding.scope))?.release([end.instanceId]);
    this.#reporter.restored(end);
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
