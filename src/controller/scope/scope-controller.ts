/**
 * The controller of one scope: its records, and one dispatcher for reads and one for writes, each with its own quota.
 *
 *   change, sweep -> read dispatcher -> reconcile -> write dispatcher -> read dispatcher (to verify) -> reconcile
 */

import type { InstanceId, SecurityGroupId } from '../../api/ids.ts';
import type { GuardRules } from '../../core/guard-port.ts';
import { type InstanceRecord, newRecord } from '../../core/instance.ts';
import type { ScopeProblem } from '../../core/instance-status.ts';
import { type Binding, scopeKey } from '../../core/model.ts';
import { transition } from '../../core/transition.ts';
import type { CloudClient } from '../../ports/cloud.ts';
import type { OpenIntent } from '../../ports/journal.ts';
import type { BatchDispatcher } from '../../runtime/batch-dispatcher.ts';
import { sinceWall } from '../../runtime/clock.ts';
import { eachPortion } from '../../runtime/portions.ts';
import { StepQueue } from '../../runtime/step-queue.ts';
import { ScopeClaims } from '../restoration/scope-claims.ts';
import { Declarations } from './declarations.ts';
import { reconcile } from './reconciler.ts';
import type { ScopeContext, ScopePorts } from './scope-context.ts';
import { ScopeDispatchers } from './scope-dispatchers.ts';
import { ScopeGuards } from './scope-guards.ts';
import type { ScopeListings } from './scope-listings.ts';
import { ScopeOutage } from './scope-outage.ts';
import { type RuleNews, ScopeRules } from './scope-rules.ts';
import { type HeldInstance, ScopeTraffic } from './scope-traffic.ts';
import { Sweeps } from './sweeps.ts';

/** Instances that are reconsidered before other work may go on. */
const RECONSIDERED_AT_ONCE = 2_000;

export class ScopeController {
  readonly records = new Map<InstanceId, InstanceRecord>();
  readonly declarations: Declarations;
  /** What is known of the rules of groups; absent: nobody reads them. */
  readonly groupRules: ScopeRules | undefined;
  /** When this process first had to do with the scope. */
  readonly sinceMs: number;
  readonly #context: ScopeContext;
  readonly #dispatchers: ScopeDispatchers;
  readonly #abort = new AbortController();
  readonly #sweeps: Sweeps;
  readonly #traffic: ScopeTraffic | undefined;
  readonly #guards: ScopeGuards;
  /** What is reconsidered in steps. */
  readonly #many: StepQueue;

  constructor(client: CloudClient, ports: ScopePorts) {
    const { clock, random, settings } = ports;
    this.#many = new StepQueue(clock, () => {});
    this.sinceMs = clock.now();
    const baseMs = settings.sweepIntervalMs;
    this.#sweeps = new Sweeps({ clock, random, baseMs, sweep: (intervalMs) => this.#sweepPaced(intervalMs) });
    const claimed = new ScopeClaims(ports, scopeKey(client.scope));
    this.groupRules = this.#openRules(client, ports);
    this.#traffic = this.#openTraffic(client, ports);
    this.#guards = new ScopeGuards({
      ...ports,
      client,
      claimed,
      groupRules: this.groupRules,
      signal: this.#abort.signal,
      changed: (ids) => this.reconsider(ids),
    });
    this.#context = {
      ...ports,
      budget: this.#guards.budget,
      groupRules: this.groupRules,
      traffic: this.#traffic,
      needGroups: (id, present) => this.#guards.need(id, present),
      scope: client.scope,
      client,
      signal: this.#abort.signal,
      rules: () => this.rules(),
      records: this.records,
      actingSinceMs: Number.NEGATIVE_INFINITY,
      problem: {},
      claimed,
      claimOf: (id) => claimed.of(id),
      requestRead: (record, options) => this.#dispatchers.requestRead(record, options),
      requestWrite: (record, options) => this.#dispatchers.requestWrite(record, options),
      cancelWrite: (record) => this.#dispatchers.writes.remove(record.id),
      reconcile: (record) => reconcile(this.#context, record),
      isPrefetched: (id) => this.declarations.isPrefetched(id),
    };
    const outage = new ScopeOutage(this.#context);
    this.#dispatchers = new ScopeDispatchers(this.#context, {
      onOpen: (error) => outage.begin(error),
      onClose: (calls) => outage.end(calls),
    });
    this.declarations = new Declarations({
      context: this.#context,
      guards: this.#guards,
      reads: this.#dispatchers.reads,
      probe: () => this.#dispatchers.probe(),
      record: (id) => this.#record(id),
      keepInterval: (intervalMs) => this.keepInterval(intervalMs),
    });
  }

  #openRules({ scope }: CloudClient, ports: ScopePorts): ScopeRules | undefined {
    const { ruleReaders, settings, leadership } = ports;
    const { traffic } = settings;
    if (ruleReaders === undefined || traffic === 'off') return undefined;
    return new ScopeRules({
      ...ports,
      scope,
      reader: ruleReaders.rules(scope),
      mode: traffic,
      signal: this.#abort.signal,
      maxAgeMs: settings.sweepIntervalMs,
      mayRun: () => leadership.mayAct(scopeKey(scope)),
      onRead: (news) => this.#rulesRead(news),
    });
  }

  #openTraffic({ scope }: CloudClient, ports: ScopePorts): ScopeTraffic | undefined {
    const { trafficRecorder: recorder, clock, instanceChanged, claims } = ports;
    if (this.groupRules === undefined || recorder === undefined) return undefined;
    const changed = (ids: Iterable<InstanceId>) => {
      for (const id of ids) instanceChanged(id);
    };
    const turnOf = (owner: Binding) => claims.tenancy.turnOf(owner);
    return new ScopeTraffic({ scope, recorder, clock, rules: this.groupRules, turnOf, changed });
  }

  #rulesRead(news: RuleNews): void {
    this.reconsider(this.#guards.rulesRead(news, this.#lists()));
    this.#traffic?.rulesRead(news.before.book, news.after.book, this.#held());
  }

  *#held(): Generator<HeldInstance> {
    for (const { id, observed } of this.records.values()) {
      const claim = this.#context.claimOf(id);
      if (observed !== undefined && claim !== undefined)
        yield { id, owner: claim.owner, sgIds: observed.sgIds };
    }
  }

  /** What guards decide by at this moment. */
  rules(): GuardRules {
    return this.#guards.rules();
  }

  get scope() {
    return this.#context.scope;
  }

  /** What the groups of the scope are called; empty when nobody has looked. */
  get groupNames(): ReadonlyMap<string, string> {
    const { groups } = this.rules();
    return groups.state === 'known' ? groups.names : new Map();
  }

  /** Whether the groups of the scope are being read for the first time, and that has not failed. */
  get groupsPending(): boolean {
    return this.#guards.groupsPending;
  }

  /** Whether a change waits for rules that are being read. */
  get rulesPending(): boolean {
    return this.#guards.rulesPending;
  }

  /** Whether something of what writes open and close is not told yet. */
  get trafficPending(): boolean {
    return this.#traffic?.pending ?? false;
  }

  /** What holds up the whole scope at present. */
  get problem(): ScopeProblem {
    return this.#context.problem;
  }

  /** The generation of the API that the next call uses, and the one that was left for good. */
  get api(): Pick<CloudClient, 'api' | 'retired'> {
    return this.#context.client;
  }

  /** What each dispatcher has to do, may send, and has done. */
  get dispatchers(): Readonly<
    Record<'read' | 'write', Pick<BatchDispatcher<InstanceId>, 'depth' | 'quota' | 'heartbeat'>>
  > {
    return { read: this.#dispatchers.reads, write: this.#dispatchers.writes };
  }

  /** The listings that selectors of this scope want. */
  get listings(): ScopeListings {
    return this.#dispatchers.listings;
  }

  /** Starts the drift sweeps. */
  start(): void {
    this.#sweeps.start();
  }

  /** Some binding of this scope has an interval of its own. */
  keepInterval(intervalMs: number): void {
    this.#sweeps.keep(intervalMs);
  }

  /** What guards say of these may have changed; undefined: of all. */
  reconsider(instanceIds: Iterable<InstanceId> = this.records.keys()): void {
    const ids = [...instanceIds];
    // A few never wait for many: each instance is decided when its turn comes, by what is true then.
    if (ids.length <= RECONSIDERED_AT_ONCE) this.#reconsiderNow(ids);
    else void this.#many.add(eachPortion(ids, RECONSIDERED_AT_ONCE, (some) => this.#reconsiderNow(some)));
  }

  #reconsiderNow(ids: readonly InstanceId[]): void {
    for (const id of ids) {
      const record = this.records.get(id);
      if (record !== undefined && !record.writing) this.#context.reconcile(record);
    }
  }

  /** Everything that was declared is taken in: decisions and writes that waited for that go on. */
  takenIn(): void {
    this.#guards.budget.resume();
    this.#dispatchers.writes.resume();
  }

  /** Decides now about changes that wait for others to be read. */
  decide(): void {
    this.#guards.budget.decide();
  }

  /** An approval may have come. */
  approvalsChanged(): void {
    this.#guards.budget.reconsider();
  }

  /** Reads these instances before everything else, and tries again at once what has failed. */
  readNow(instanceIds: readonly InstanceId[]): void {
    this.#dispatchers.probe();
    for (const id of instanceIds) {
      const record = this.#record(id);
      transition(record, { kind: 'retry' });
      this.#dispatchers.requestRead(record, { priority: 'change' });
    }
  }

  /** These instances are not this scope's any more; their lists stay as they are. */
  release(instanceIds: readonly InstanceId[]): void {
    for (const id of instanceIds) {
      const record = this.records.get(id);
      if (record !== undefined) this.#context.reconcile(record);
    }
  }

  /** Writes that an earlier process did not see through, oldest first: the next read settles them, and may be stale. */
  recover(intents: readonly OpenIntent[]): void {
    for (const { id, atMs, accepted, instanceId, before, after } of intents) {
      const endedMs = sinceWall(this.#context.clock, atMs);
      const write = { journalId: id, before, after, accepted, atMs: endedMs };
      transition(this.#record(instanceId), { kind: 'recovered', write });
    }
    for (const { instanceId } of intents) {
      this.#dispatchers.requestRead(this.#record(instanceId), { priority: 'repair' });
    }
  }

  /** Reads every instance at the lowest priority. */
  sweep(): void {
    for (const record of this.records.values()) this.#dispatchers.requestRead(record, { priority: 'resync' });
  }

  /** The scope is this replica's from now on: what was read before may be long out of date. */
  gained(): void {
    this.#context.actingSinceMs = this.#context.clock.now();
    this.#guards.gained();
    const groups = new Set<SecurityGroupId>();
    for (const record of this.records.values()) this.#lookAgain(record, groups);
    this.groupRules?.keep(groups);
    this.sweep();
    this.#dispatchers.resume();
  }

  /** Whether a call is under way, or a write is not read back yet that this replica can still read back. */
  get isBusy(): boolean {
    return (
      this.#dispatchers.isBusy ||
      (this.records.size > 0 && this.#context.leadership.mayAct(scopeKey(this.scope)))
    );
  }

  /** Resolves when no call is in flight. */
  idle(): Promise<void> {
    return this.#dispatchers.idle();
  }

  /** Takes no new work and resolves when the calls in flight have ended. */
  async stop(): Promise<void> {
    this.#sweeps.stop();
    this.#many.close();
    this.#traffic?.stop();
    await Promise.all([this.#guards.stop(), this.groupRules?.stop(), this.#dispatchers.stop()]);
  }

  /** Gives up the calls in flight. */
  abort(): void {
    this.#abort.abort(new Error('the controller was stopped'));
  }

  #record(id: InstanceId): InstanceRecord {
    const present = this.records.get(id);
    if (present !== undefined) return present;
    const record = newRecord(id);
    this.records.set(id, record);
    return record;
  }

  *#lists(): Generator<readonly [InstanceId, readonly SecurityGroupId[]], void> {
    for (const record of this.records.values()) yield [record.id, this.#groupsOf(record)];
  }

  /** The groups of the list that an instance has, and of the one that is declared. */
  #groupsOf({ id, observed }: InstanceRecord): readonly SecurityGroupId[] {
    return [...(observed?.sgIds ?? []), ...(this.#context.claimOf(id)?.owner.sgIds ?? [])];
  }

  /** @param care gets the groups of the instance. */
  #lookAgain(record: InstanceRecord, care: Set<SecurityGroupId>): void {
    if (this.groupRules === undefined) return;
    const groups = this.#groupsOf(record);
    this.groupRules.lookAgain(groups, this.#context.claimed.turnOf(record.id));
    for (const sgId of groups) care.add(sgId);
  }

  /**
   * Reads every instance that has this interval; an instance without one has the scope's. With that one the rules of all
   * groups are read again as well.
   */
  *#sweepPaced(intervalMs: number): Generator<boolean, void> {
    const baseMs = this.#context.settings.sweepIntervalMs;
    const groups = new Set<SecurityGroupId>();
    for (const record of this.records.values()) {
      const due = (this.#context.claimOf(record.id)?.owner.intervalMs ?? baseMs) === intervalMs;
      if (due) this.#dispatchers.requestRead(record, { priority: 'resync' });
      if (intervalMs === baseMs) this.#lookAgain(record, groups);
      yield due;
    }
    if (intervalMs === baseMs) this.groupRules?.keep(groups);
  }
}
