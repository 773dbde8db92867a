/**
 * The controller: sources say which bindings changed, the index says whose instance is whose, one scope controller
 * for each account and region converges it, and the reporter tells the sinks.
 */
import type { BindingKey, InstanceId } from '../api/ids.ts';
import type { CloudProvider } from '../cloud/port.ts';
import { type Claim, ClaimIndex } from '../core/claim-index.ts';
import { DEFAULT_GUARD_RULES } from '../core/guard-port.ts';
import type { InstanceVerdict } from '../core/instance-verdict.ts';
import { judge } from '../core/judge.ts';
import { type Binding, scopeKey } from '../core/model.ts';
import { type PlanRow, planRow } from '../core/plan-row.ts';
import type { RestorationEnd } from '../core/restoration.ts';
import type { Clock } from '../runtime/clock.ts';
import { type Leadership, type LeadershipListener, soleLeader } from '../runtime/leadership.ts';
import type { Log } from '../runtime/log.ts';
import type { Random } from '../runtime/random.ts';
import { noTelemetry, type Telemetry } from '../runtime/telemetry.ts';
import { type ApprovalStore, type Inventory, type Journal, noApprovals, type Sink } from '../sinks/port.ts';
import type { RevisionReport, Source, SourceProblem } from '../sources/port.ts';
import { Approvals } from './approvals.ts';
import { ChangeWindows } from './change-windows.ts';
import { type ClaimChanges, claimChanges } from './claim-changes.ts';
import { GivenBindings, type PresentTruth } from './given-bindings.ts';
import { ObjectControls } from './object-controls.ts';
import { OwnerLedger } from './owner-ledger.ts';
import { Reporter } from './reporter.ts';
import { Restorations } from './restorations.ts';
import type { ScopeController } from './scope-controller.ts';
import { Scopes } from './scopes.ts';
import { Selections } from './selections.ts';
import type { ControllerSettings } from './settings.ts';

/** Sweeps that may fail before an instance that was in sync counts as unknown. */
const TRUSTED_SWEEPS = 3;

export interface ControllerOptions {
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
  readonly leadership?: Leadership;
  /** Absent: nothing is counted. */
  readonly telemetry?: Telemetry;
  readonly onRevision?: (source: Source, report: RevisionReport) => void;
  readonly onProblem?: (source: Source, problem: SourceProblem | undefined) => void;
}

export class Controller implements LeadershipListener {
  readonly claims: ClaimIndex;
  readonly #options: ControllerOptions;
  readonly #scopes: Scopes;
  readonly #restorations: Restorations;
  readonly #reporter: Reporter;
  readonly #owners: OwnerLedger;
  readonly #controls: ObjectControls;
  readonly #given = new GivenBindings();
  readonly #leadership: Leadership;
  readonly #approvals: Approvals;
  readonly #windows: ChangeWindows;
  readonly #selections: Selections;

  constructor(options: ControllerOptions) {
    this.#options = options;
    this.#leadership = options.leadership ?? soleLeader;
    this.claims = new ClaimIndex(options.inventory.owners());
    this.#owners = new OwnerLedger({ ...options, claims: this.claims });
    this.#restorations = new Restorations({
      ...options,
      leadership: this.#leadership,
      claims: this.claims,
      enabled: options.settings.restore && !options.settings.readOnly,
      begin: (scope, ids) => this.#scopes.of(scope).declare(ids, { firstSeen: false }),
      ended: (end) => this.#ended(end),
    });
    this.#approvals = new Approvals({
      ...options,
      store: options.approvals ?? noApprovals,
      given: () => options.sources.flatMap((source) => [...(source.approvals?.() ?? [])]),
    });
    this.#windows = new ChangeWindows({
      windows: options.settings.policy.windows,
      clock: options.clock,
      onChange: () => {
        for (const scope of this.#scopes) scope.reconsider();
      },
    });
    this.#selections = new Selections({
      ...options,
      policy: options.settings.policy,
      sweepIntervalMs: options.settings.sweepIntervalMs,
      approvals: this.#approvals,
      remembered: (key) => this.#remembered(key),
      refresh: (scope, listing) => this.#scopes.of(scope).listings.refresh(listing),
      keep: (scope, wanted) => this.#scopes.of(scope).listings.keep(wanted),
      changed: (bindings) =>
        this.#admit(
          bindings.map((binding) => [binding.key, binding]),
          { firstSeen: false, retired: [] },
        ),
    });
    this.#scopes = new Scopes({
      ...options,
      listed: (scope, key, instances) => this.#selections.listed(scope, key, instances),
      listingFailed: (scope, key, error) => this.#selections.failed(scope, key, error),
      approvals: this.#approvals,
      windows: () => this.#windows.states(),
      claims: this.claims,
      restorations: this.#restorations,
      leadership: this.#leadership,
      telemetry: options.telemetry ?? noTelemetry,
      touched: (instanceId) => this.#reporter.touchInstance(instanceId),
      observed: (instanceId, startedAtMs) => this.#controls.observed(instanceId, startedAtMs),
    });
    this.#controls = new ObjectControls({
      ...options,
      claims: this.claims,
      scopeOf: (scope) => this.#scopes.get(scopeKey(scope)),
      touchBinding: (key) => this.#reporter.touchBinding(key),
    });
    this.#reporter = new Reporter({
      claims: this.claims,
      sinks: options.sinks,
      clock: options.clock,
      log: options.log,
      everyMs: options.settings.reportEveryMs,
      verdictOf: (binding, instanceId) => this.verdict(binding.key, instanceId),
      restoringOf: (key) => this.#restorations.of(key),
      handledOf: (key, instances) => this.#controls.handled(key, instances),
      mayPublish: (binding) => this.#leadership.mayAct(scopeKey(binding.scope)),
    });
  }

  /** Whether original lists of a binding are still being put back. */
  isRestoring(key: BindingKey): boolean {
    return this.#restorations.of(key) !== undefined;
  }

  get scopes(): Iterable<ScopeController> {
    return this.#scopes;
  }

  /** Runs until the signal aborts, then stops taking work and resolves when the calls in flight have ended. */
  async run(signal: AbortSignal): Promise<void> {
    this.#windows.start();
    this.#scopes.start();
    const sources = this.#options.sources.map((source) => this.#watch(source, signal));
    try {
      await Promise.all(sources);
    } finally {
      this.#windows.stop();
      this.#controls.close();
      this.#restorations.close();
      await this.#scopes.stop();
      this.#reporter.close();
    }
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
    for (const source of this.#options.sources) this.#resume(source);
    for (const [key, binding] of this.claims.bindings) {
      if (scopeKey(binding.scope) === scope) this.#reporter.touchBinding(key);
    }
  }

  async drain(scope: string): Promise<void> {
    await this.#scopes.get(scope)?.idle();
  }

  /** Where an instance stands, as one of its claimants sees it. */
  verdict(binding: BindingKey, instanceId: InstanceId): InstanceVerdict {
    const claim = this.claims.claim(instanceId);
    const scope = claim && this.#scopes.get(scopeKey(claim.winner.scope));
    return judge(instanceId, scope?.records.get(instanceId), {
      binding,
      claim,
      rules: scope?.rules() ?? DEFAULT_GUARD_RULES,
      problem: scope?.problem ?? {},
      nowMs: this.#options.clock.now(),
      trustMs: TRUSTED_SWEEPS * (claim?.winner.intervalMs ?? this.#options.settings.sweepIntervalMs),
    });
  }

  /** The plan for every claimed instance, from what was read last; sorted by binding, then instance. */
  plan(): PlanRow[] {
    const nowMs = this.#options.clock.now();
    const rows = [...this.claims.claims].map(([instanceId, claim]) => {
      const scope = this.#scopes.get(scopeKey(claim.winner.scope));
      const rules = scope?.rules() ?? DEFAULT_GUARD_RULES;
      return planRow(scope?.records.get(instanceId), claim, { instanceId, rules, nowMs });
    });
    return rows.sort((a, b) => order(a.binding, b.binding) || order(a.instanceId, b.instanceId));
  }

  /** Where every claimed instance stands, as its owner sees it. */
  *verdicts(): Generator<InstanceVerdict> {
    for (const [instanceId, claim] of this.claims.claims) yield this.verdict(claim.winner.key, instanceId);
  }

  /** Bindings whose selector was not listed yet. */
  get unlisted(): number {
    return this.#selections.unlisted;
  }

  /** Publishes what is noted at once. */
  flush(): void {
    this.#reporter.flush();
  }

  #watch(source: Source, signal: AbortSignal): Promise<void> {
    let first = true;
    return source.run(
      {
        changed: (keys) => {
          if (first) this.claims.adopt(source.owners?.() ?? new Map());
          if (first) this.#restorations.adopt(source);
          this.#take(source, keys, { firstSeen: first });
          first = false;
        },
        revision: (report) => this.#options.onRevision?.(source, report),
        problem: (problem) => this.#options.onProblem?.(source, problem),
      },
      signal,
    );
  }

  /** Looks up the present truth about some bindings. */
  #take(source: Source, keys: ReadonlySet<BindingKey>, options: { readonly firstSeen: boolean }): void {
    const { changes, retired } = this.#given.look(source, keys);
    const resolved = changes.map(([key, binding]) => [key, this.#selections.resolve(key, binding)] as const);
    this.#admit(resolved, { ...options, retired });
    for (const scope of this.#scopes) scope.approvalsChanged();
    this.#selections.reconsider();
  }

  /** Puts the present forms of bindings into the index and tells the scopes what it means for their instances. */
  #admit(changes: PresentTruth['changes'], { firstSeen, retired }: AdmitOptions): void {
    const before = new Map<InstanceId, Claim | undefined>();
    const emergencies = changes.flatMap(([key, binding]) =>
      sameEmergency(this.claims.bindings.get(key), binding) ? [] : (binding ?? []),
    );
    for (const [key, binding] of changes) {
      for (const id of this.claims.bindings.get(key)?.instanceIds ?? [])
        before.set(id, this.claims.claim(id));
      for (const id of binding?.instanceIds ?? []) before.set(id, this.claims.claim(id));
    }
    this.claims.update(changes);
    this.#reporter.retire(retired);
    for (const [key, binding] of changes) {
      if (binding === undefined) continue;
      // Also a binding without an instance of its own has a verdict that somebody has to publish.
      this.#leadership.join(scopeKey(binding.scope));
      this.#reporter.touchBinding(key);
    }
    for (const id of before.keys()) this.#reporter.touchInstance(id);
    const moved = claimChanges(before, this.claims);
    // Before the owners: what is owed is known from the list that goes with the ownership.
    const told = new Set(changes.map(([key]) => key));
    this.#restorations.update(told, before.keys());
    this.#owners.record(moved.owners, firstSeen ? told : new Set(retired));
    this.#dispatch(moved, { firstSeen });
    if (this.#options.sources.every((source) => source.synced)) this.#restorations.resume();
    for (const [key, binding] of changes) this.#controls.follow(key, binding);
    for (const { scope, instanceIds } of emergencies) this.#scopes.get(scopeKey(scope))?.readNow(instanceIds);
  }

  /** The members that a selecting binding had when it was last looked after. */
  #remembered(key: BindingKey): readonly InstanceId[] | undefined {
    for (const source of this.#options.sources) {
      const members = source.members?.(key);
      if (members !== undefined) return members;
    }
    const owned = [...this.#options.inventory.owners()].flatMap(([id, owner]) => (owner === key ? [id] : []));
    return owned.length === 0 ? undefined : owned.sort();
  }

  #ended(end: RestorationEnd): void {
    this.#scopes.get(scopeKey(end.binding.scope))?.release([end.instanceId]);
    this.#reporter.restored(end);
  }

  /** What another replica had begun goes on here. */
  #resume(source: Source): void {
    if (!source.synced) return;
    this.#restorations.update(this.#restorations.adopt(source), []);
    if (this.#options.sources.every((one) => one.synced)) this.#restorations.resume();
  }

  #dispatch({ declared, released }: ClaimChanges, options: { readonly firstSeen: boolean }): void {
    for (const { scope, ids } of released.values()) this.#scopes.of(scope).release(ids);
    for (const { scope, ids } of declared.values()) this.#scopes.of(scope).declare(ids, options);
  }
}

interface AdmitOptions {
  readonly firstSeen: boolean;
  /** Bindings that are not declared any more. */
  readonly retired: readonly BindingKey[];
}

/** Whether an emergency, which asks nothing new of an instance, is what it was. */
function sameEmergency(a: Binding | undefined, b: Binding | undefined): boolean {
  return a?.emergency?.untilMs === b?.emergency?.untilMs && a?.emergency?.reason === b?.emergency?.reason;
}

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
