/**
 * The controller of one scope: its records, and one dispatcher for reads and one for writes, each with its own quota.
 *
 *   change, sweep -> read dispatcher -> reconcile -> write dispatcher -> read dispatcher (to verify) -> reconcile
 */
import type { InstanceId, SecurityGroupId } from '../../api/ids.ts';
import type { CloudError } from '../../core/cloud-error.ts';
import type { GuardRules } from '../../core/guard-port.ts';
import type { InstanceRecord } from '../../core/instance.ts';
import type { ScopeProblem } from '../../core/instance-status.ts';
import { scopeKey } from '../../core/model.ts';
import { transition } from '../../core/transition.ts';
import { type CloudClient, MAX_READ_BATCH } from '../../ports/cloud.ts';
import type { OpenIntent } from '../../ports/journal.ts';
import type { BatchDispatcher, CallEnd } from '../../runtime/batch-dispatcher.ts';
import { sinceWall } from '../../runtime/clock.ts';
import { eachPortion } from '../../runtime/portions.ts';
import { StepQueue } from '../../runtime/step-queue.ts';
import { ScopeClaims } from '../restoration/scope-claims.ts';
import { Declarations } from './declarations.ts';
import { InstanceRecords } from './instance-records.ts';
import { isListingKey, type ListingKey } from './listing.ts';
import { Prefetches } from './prefetches.ts';
import { observe } from './read-batch.ts';
import { reconcile } from './reconciler.ts';
import { ScopeDispatchers } from './scope-dispatchers.ts';
import { ScopeGuards } from './scope-guards.ts';
import { ScopeListings } from './scope-listings.ts';
import type { ScopeParts } from './scope-parts.ts';
import type { ScopePorts } from './scope-ports.ts';
import { type RuleNews, ScopeRules } from './scope-rules.ts';
import { ScopeState } from './scope-state.ts';
import { type HeldInstance, ScopeTraffic } from './scope-traffic.ts';
import { Sweeps } from './sweeps.ts';
import { apply } from './write-batch.ts';

/** Instances that are reconsidered before other work may go on. */
const RECONSIDERED_AT_ONCE = 2_000;

export class ScopeController {
  readonly records = new InstanceRecords();
  readonly declarations: Declarations;
  /** The listings that selectors of this scope want. */
  readonly listings: ScopeListings;
  /** When this process first had to do with the scope. */
  readonly sinceMs: number;
  readonly #parts: ScopeParts;
  readonly #abort = new AbortController();
  readonly #sweeps: Sweeps;
  /** What is reconsidered in steps. */
  readonly #many: StepQueue;

  constructor(client: CloudClient, ports: ScopePorts) {
    const { clock, settings } = ports;
    const { records } = this;
    this.sinceMs = clock.now();
    this.#many = new StepQueue(clock);
    const claimed = new ScopeClaims(ports, scopeKey(client.scope));
    const base = { ...ports, client, scope: client.scope, signal: this.#abort.signal, records, claimed };
    const groupRules = openRules(base, (news) => this.#rulesRead(news));
    const guards = new ScopeGuards({ ...base, groupRules, changed: (ids) => this.reconsider(ids) });
    const dispatchers = new ScopeDispatchers({ ...base, guards });
    const { reads, writes, readHealth, writeHealth } = dispatchers;
    this.#parts = {
      ...base,
      groupRules,
      guards,
      dispatchers,
      state: new ScopeState(records, ports.statuses),
      traffic: openTraffic({ ...base, groupRules }),
      prefetches: new Prefetches({ clock, records, reads, batch: MAX_READ_BATCH }),
    };
    const baseMs = settings.sweepIntervalMs;
    this.#sweeps = new Sweeps({ ...ports, baseMs, onDue: (intervalMs) => this.#sweepPaced(intervalMs) });
    this.declarations = new Declarations(this.#parts, this.#sweeps);
    this.listings = new ScopeListings({ ...base, reads });
    const parts = this.#parts;
    readHealth.onOpen = (error) => outageBegan(parts, error);
    readHealth.onClose = () => outageEnded(parts, 'reads');
    writeHealth.onOpen = (error) => outageBegan(parts, error);
    writeHealth.onClose = () => outageEnded(parts, 'writes');
    reads.serve((keys) => this.#read(keys));
    writes.serve((keys) => apply(parts, keys, writeHealth));
  }

  /** A page of a listing, or a batch of instances. */
  #read(keys: readonly (InstanceId | ListingKey)[]): Promise<CallEnd> | undefined {
    const { readHealth } = this.#parts.dispatchers;
    const [first] = keys;
    if (first !== undefined && isListingKey(first)) return this.listings.readPage(first, readHealth);
    return observe(this.#parts, keys as readonly InstanceId[], readHealth);
  }

  /** What is known of the rules of groups; absent: nobody reads them. */
  get groupRules(): ScopeRules | undefined {
    return this.#parts.groupRules;
  }

  #rulesRead(news: RuleNews): void {
    this.reconsider(this.#parts.guards.rulesRead(news, this.#lists()));
    this.#parts.traffic?.rulesRead(news.before.book, news.after.book, this.#held());
  }

  *#held(): Generator<HeldInstance> {
    for (const { id, observed } of this.records.values()) {
      const claim = this.#parts.claimed.of(id);
      if (observed !== undefined && claim !== undefined)
        yield { id, owner: claim.owner, sgIds: observed.sgIds };
    }
  }

  /** What guards decide by at this moment. */
  rules(): GuardRules {
    return this.#parts.guards.rules();
  }

  get scope() {
    return this.#parts.scope;
  }

  /** What the groups of the scope are called; empty when nobody has looked. */
  get groupNames(): ReadonlyMap<string, string> {
    const { groups } = this.rules();
    return groups.state === 'known' ? groups.names : new Map();
  }

  /** Whether the groups of the scope are being read for the first time, and that has not failed. */
  get groupsPending(): boolean {
    return this.#parts.guards.groupsPending;
  }

  /** Whether a change waits for rules that are being read. */
  get rulesPending(): boolean {
    return this.#parts.guards.rulesPending;
  }

  /** Whether something of what writes open and close is not told yet. */
  get trafficPending(): boolean {
    return this.#parts.traffic?.pending ?? false;
  }

  /** What holds up the whole scope at present. */
  get problem(): ScopeProblem {
    return this.#parts.state.problem;
  }

  /** The generation of the API that the next call uses, and the one that was left for good. */
  get api(): Pick<CloudClient, 'api' | 'retired'> {
    return this.#parts.client;
  }

  /** What each dispatcher has to do, may send, and has done. */
  get dispatchers(): Readonly<
    Record<'read' | 'write', Pick<BatchDispatcher<InstanceId>, 'depth' | 'quota' | 'heartbeat'>>
  > {
    return { read: this.#parts.dispatchers.reads, write: this.#parts.dispatchers.writes };
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
      if (record !== undefined && !record.writing) reconcile(this.#parts, record);
    }
  }

  /** Everything that was declared is taken in: decisions and writes that waited for that go on. */
  takenIn(): void {
    this.#parts.guards.budget.resume();
    this.#parts.dispatchers.writes.resume();
  }

  /** Decides now about changes that wait for others to be read. */
  decide(): void {
    this.#parts.guards.budget.decide();
  }

  /** An approval may have come. */
  approvalsChanged(): void {
    this.#parts.guards.budget.reconsider();
  }

  /** Reads these instances before everything else, and tries again at once what has failed. */
  readNow(instanceIds: readonly InstanceId[]): void {
    this.#parts.dispatchers.probe();
    for (const id of instanceIds) {
      const record = this.records.of(id);
      transition(record, { kind: 'retry' });
      this.#parts.dispatchers.requestRead(record, { priority: 'change' });
    }
  }

  /** These instances are not this scope's any more; their lists stay as they are. */
  release(instanceIds: readonly InstanceId[]): void {
    for (const id of instanceIds) {
      const record = this.records.get(id);
      if (record !== undefined) reconcile(this.#parts, record);
    }
  }

  /** Writes that an earlier process did not see through, oldest first: the next read settles them, and may be stale. */
  recover(intents: readonly OpenIntent[]): void {
    for (const { id, atMs, accepted, instanceId, before, after } of intents) {
      const endedMs = sinceWall(this.#parts.clock, atMs);
      const write = { journalId: id, before, after, accepted, atMs: endedMs };
      transition(this.records.of(instanceId), { kind: 'recovered', write });
    }
    for (const { instanceId } of intents) {
      this.#parts.dispatchers.requestRead(this.records.of(instanceId), { priority: 'repair' });
    }
  }

  /** Reads every instance at the lowest priority. */
  sweep(): void {
    for (const record of this.records.values())
      this.#parts.dispatchers.requestRead(record, { priority: 'resync' });
  }

  /** The scope is this replica's from now on: what was read before may be long out of date. */
  gained(): void {
    this.#parts.state.actingSinceMs = this.#parts.clock.now();
    this.#parts.guards.gained();
    const groups = new Set<SecurityGroupId>();
    for (const record of this.records.values()) this.#lookAgain(record, groups);
    this.groupRules?.keep(groups);
    this.sweep();
    // What was listed before is listed anew.
    this.listings.refresh();
    this.#parts.dispatchers.resume();
  }

  /** Whether a call is under way, or a write is not read back yet that this replica can still read back. */
  get isBusy(): boolean {
    return (
      this.#parts.dispatchers.isBusy ||
      (this.records.size > 0 && this.#parts.leadership.mayAct(scopeKey(this.scope)))
    );
  }

  /** Resolves when no call is in flight. */
  idle(): Promise<void> {
    return this.#parts.dispatchers.idle();
  }

  /** Takes no new work and resolves when the calls in flight have ended. */
  async stop(): Promise<void> {
    this.#sweeps.stop();
    this.#many.close();
    this.#parts.traffic?.stop();
    this.listings.close();
    await Promise.all([
      this.#parts.guards.stop(),
      this.#parts.groupRules?.stop(),
      this.#parts.dispatchers.stop(),
    ]);
  }

  /** Gives up the calls in flight. */
  abort(): void {
    this.#abort.abort(new Error('the controller was stopped'));
  }

  *#lists(): Generator<readonly [InstanceId, readonly SecurityGroupId[]], void> {
    for (const record of this.records.values()) yield [record.id, this.#groupsOf(record)];
  }

  /** The groups of the list that an instance has, and of the one that is declared. */
  #groupsOf({ id, observed }: InstanceRecord): readonly SecurityGroupId[] {
    return [...(observed?.sgIds ?? []), ...(this.#parts.claimed.of(id)?.owner.sgIds ?? [])];
  }

  /** @param care gets the groups of the instance. */
  #lookAgain(record: InstanceRecord, care: Set<SecurityGroupId>): void {
    if (this.groupRules === undefined) return;
    const groups = this.#groupsOf(record);
    this.groupRules.lookAgain(groups, this.#parts.claimed.turnOf(record.id));
    for (const sgId of groups) care.add(sgId);
  }

  /**
   * Reads every instance that has this interval; an instance without one has the scope's. With that one the rules of all
   * groups are read again as well.
   */
  *#sweepPaced(intervalMs: number): Generator<boolean, void> {
    const baseMs = this.#parts.settings.sweepIntervalMs;
    const groups = new Set<SecurityGroupId>();
    for (const record of this.records.values()) {
      const due = (this.#parts.claimed.of(record.id)?.owner.intervalMs ?? baseMs) === intervalMs;
      if (due) this.#parts.dispatchers.requestRead(record, { priority: 'resync' });
      if (intervalMs === baseMs) this.#lookAgain(record, groups);
      yield due;
    }
    if (intervalMs === baseMs) this.groupRules?.keep(groups);
  }
}

type Base = ScopePorts & Pick<ScopeParts, 'client' | 'scope' | 'signal' | 'claimed' | 'records'>;

function openRules(base: Base, onRead: (news: RuleNews) => void): ScopeRules | undefined {
  const { ruleReaders, settings, scope } = base;
  const { traffic: mode } = settings;
  if (ruleReaders === undefined || mode === 'off') return undefined;
  const reader = ruleReaders.rules(scope);
  return new ScopeRules({ ...base, reader, mode, maxAgeMs: settings.sweepIntervalMs, onRead });
}

function openTraffic(base: Base & { readonly groupRules: ScopeRules | undefined }): ScopeTraffic | undefined {
  const { trafficRecorder: recorder, groupRules: rules } = base;
  return recorder && rules && new ScopeTraffic({ ...base, recorder, rules, tenancy: base.claims.tenancy });
}

/** Every call of the scope meets this failure from now on. */
function outageBegan(parts: ScopeParts, error: CloudError): void {
  parts.state.setCloudProblem(error);
  // A list that is put back may have to be given up for it.
  for (const record of [...parts.records.values()]) {
    if (parts.claimed.of(record.id)?.restores) reconcile(parts, record);
  }
}

/** Calls are answered again. What lost its replies shares batches again. What the cloud refused goes on being bisected: one instance of the batch may be the reason. */
function outageEnded(parts: ScopeParts, calls: 'reads' | 'writes'): void {
  parts.state.setCloudProblem(undefined);
  for (const record of parts.records.values()) {
    const failure = calls === 'writes' ? record.failure : record.readFailure;
    if (failure?.error.kind !== 'network') continue;
    transition(record, { kind: 'outage-ended', calls });
    if (calls === 'writes') reconcile(parts, record);
  }
}
