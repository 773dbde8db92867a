/**
 * The controller: sources say which bindings changed, the index says whose instance is whose, one scope controller
 * for each account and region converges it, and the reporter tells the sinks.
 */
import type { BindingKey, InstanceId } from '../api/ids.ts';
import type { CloudProvider } from '../cloud/port.ts';
import { type Claim, ClaimIndex } from '../core/claim-index.ts';
import { STALE_READ_MS } from '../core/instance-record.ts';
import type { InstanceVerdict } from '../core/instance-verdict.ts';
import { judge } from '../core/judge.ts';
import { type Binding, type Scope, scopeKey } from '../core/model.ts';
import { type PlanRow, planRow } from '../core/plan-row.ts';
import type { Clock } from '../runtime/clock.ts';
import { type Leadership, type LeadershipListener, soleLeader } from '../runtime/leadership.ts';
import type { Log } from '../runtime/log.ts';
import type { Random } from '../runtime/random.ts';
import { noTelemetry, type Telemetry } from '../runtime/telemetry.ts';
import type { Inventory, Journal, Sink } from '../sinks/port.ts';
import type { RevisionReport, Source, SourceProblem } from '../sources/port.ts';
import { type ClaimChanges, claimChanges } from './claim-changes.ts';
import { OwnerLedger } from './owner-ledger.ts';
import { Reporter } from './reporter.ts';
import { ScopeController } from './scope-controller.ts';
import type { ControllerSettings } from './settings.ts';

export interface ControllerOptions {
  readonly sources: readonly Source[];
  readonly sinks: readonly Sink[];
  readonly cloud: CloudProvider;
  readonly journal: Journal;
  readonly inventory: Inventory;
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
  readonly #scopes = new Map<string, ScopeController>();
  readonly #reporter: Reporter;
  readonly #owners: OwnerLedger;
  /** Which bindings each source gave, so that one source's absence never removes another's. */
  readonly #given = new Map<Source, Set<BindingKey>>();
  readonly #leadership: Leadership;
  #running = false;

  constructor(options: ControllerOptions) {
    this.#options = options;
    this.#leadership = options.leadership ?? soleLeader;
    this.claims = new ClaimIndex(options.inventory.owners());
    this.#owners = new OwnerLedger({ ...options, claims: this.claims });
    this.#reporter = new Reporter({
      claims: this.claims,
      sinks: options.sinks,
      clock: options.clock,
      log: options.log,
      everyMs: options.settings.reportEveryMs,
      verdictOf: (binding, instanceId) => this.verdict(binding.key, instanceId),
      mayPublish: (binding) => this.#leadership.mayAct(scopeKey(binding.scope)),
    });
  }

  get scopes(): Iterable<ScopeController> {
    return this.#scopes.values();
  }

  /** Runs until the signal aborts, then stops taking work and resolves when the calls in flight have ended. */
  async run(signal: AbortSignal): Promise<void> {
    this.#running = true;
    this.#settle();
    const sources = this.#options.sources.map((source) => this.#watch(source, signal));
    try {
      await Promise.all(sources);
    } finally {
      this.#running = false;
      await Promise.all([...this.#scopes.values()].map((scope) => scope.stop()));
      this.#reporter.close();
    }
  }

  /** Gives up the calls in flight, so that {@link run} resolves at once. */
  abort(): void {
    for (const scope of this.#scopes.values()) scope.abort();
  }

  gained(scope: string): void {
    this.#scopes.get(scope)?.gained();
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
      limits: this.#options.settings.guardLimits,
      problem: scope?.problem ?? {},
    });
  }

  /** The plan for every claimed instance, from what was read last; sorted by binding, then instance. */
  plan(): PlanRow[] {
    const limits = this.#options.settings.guardLimits;
    const rows = [...this.claims.claims].map(([instanceId, claim]) => {
      const record = this.#scopes.get(scopeKey(claim.winner.scope))?.records.get(instanceId);
      return planRow(record, claim, { instanceId, limits });
    });
    return rows.sort((a, b) => order(a.binding, b.binding) || order(a.instanceId, b.instanceId));
  }

  /** Where every claimed instance stands, as its owner sees it. */
  *verdicts(): Generator<InstanceVerdict> {
    for (const [instanceId, claim] of this.claims.claims) yield this.verdict(claim.winner.key, instanceId);
  }

  /** Publishes what is noted at once. */
  flush(): void {
    this.#reporter.flush();
  }

  #watch(source: Source, signal: AbortSignal): Promise<void> {
    this.#given.set(source, new Set());
    let first = true;
    return source.run(
      {
        changed: (keys) => {
          if (first) this.claims.adopt(source.owners?.() ?? new Map());
          this.#take(source, keys, { firstSeen: first });
          first = false;
        },
        revision: (report) => this.#options.onRevision?.(source, report),
        problem: (problem) => this.#options.onProblem?.(source, problem),
      },
      signal,
    );
  }

  /** Looks up the present truth about some bindings and tells the scopes what it means for their instances. */
  #take(source: Source, keys: ReadonlySet<BindingKey>, options: { readonly firstSeen: boolean }): void {
    const given = this.#given.get(source) as Set<BindingKey>;
    const changes: [BindingKey, Binding | undefined][] = [];
    const retired: BindingKey[] = [];
    for (const key of keys) {
      const binding = source.get(key);
      if (binding !== undefined) given.add(key);
      else if (source.synced && (given.delete(key) || this.#isRemembered(key))) retired.push(key);
      else continue;
      changes.push([key, binding]);
    }
    const before = new Map<InstanceId, Claim | undefined>();
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
    this.#owners.record(moved.owners, retired);
    this.#dispatch(moved, options);
  }

  /** Whether a binding is known from an earlier process alone: no source has given it to this one. */
  #isRemembered(key: BindingKey): boolean {
    return ![...this.#given.values()].some((given) => given.has(key));
  }

  #dispatch({ declared, released }: ClaimChanges, options: { readonly firstSeen: boolean }): void {
    for (const { scope, ids } of released.values()) this.#scope(scope).release(ids);
    for (const { scope, ids } of declared.values()) this.#scope(scope).declare(ids, options);
  }

  #scope(scope: Scope): ScopeController {
    const key = scopeKey(scope);
    const present = this.#scopes.get(key);
    if (present !== undefined) return present;
    const { cloud, journal, inventory, settings, clock, random, log } = this.#options;
    const made = new ScopeController(cloud.client(scope), {
      claims: this.claims,
      journal,
      inventory,
      settings,
      clock,
      random,
      log,
      leadership: this.#leadership,
      telemetry: this.#options.telemetry ?? noTelemetry,
      touched: (instanceId) => this.#reporter.touchInstance(instanceId),
      scopeTouched: () => this.#touchScope(key),
    });
    this.#scopes.set(key, made);
    this.#leadership.join(key);
    if (this.#running) made.start();
    return made;
  }

  #touchScope(key: string): void {
    for (const id of this.#scopes.get(key)?.records.keys() ?? []) this.#reporter.touchInstance(id);
  }

  /** Writes of an earlier process whose end is not known are read back first. */
  #settle(): void {
    const byScope = new Map<ScopeController, ReturnType<Journal['open']>[number][]>();
    const sinceMs = this.#options.clock.now() - STALE_READ_MS;
    for (const intent of this.#options.journal.open(sinceMs))
      append(byScope, this.#scope(intent.scope), intent);
    for (const [scope, intents] of byScope) scope.settle(intents);
  }
}

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function append<Key, Value>(map: Map<Key, Value[]>, key: Key, value: Value): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
