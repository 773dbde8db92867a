/**
 * The controller of one scope: its records, and one lane for reads and one for writes, each with its own quota.
 *
 *   change, sweep -> read lane -> reconcile -> write lane -> read lane (to verify) -> reconcile
 */
import type { InstanceId } from '../../api/ids.ts';
import type { CloudClient } from '../../cloud/port.ts';
import type { GuardRules } from '../../core/guard-port.ts';
import { type InstanceRecord, newRecord } from '../../core/instance-record.ts';
import type { ScopeProblem } from '../../core/judge.ts';
import { scopeKey } from '../../core/model.ts';
import { staleLists } from '../../core/stale-read.ts';
import { sinceWall } from '../../runtime/clock.ts';
import type { Lane } from '../../runtime/lane.ts';
import type { OpenIntent } from '../../sinks/port.ts';
import type { ScopeListings } from '../selection/scope-listings.ts';
import { Declarations } from './declarations.ts';
import { reconcile } from './reconciler.ts';
import { ScopeClaims } from './scope-claims.ts';
import type { ScopeContext, ScopePorts } from './scope-context.ts';
import { ScopeGuards } from './scope-guards.ts';
import { ScopeLanes } from './scope-lanes.ts';
import { ScopeOutage } from './scope-outage.ts';
import { Sweeps } from './sweeps.ts';

export class ScopeController {
  readonly records = new Map<InstanceId, InstanceRecord>();
  readonly declarations: Declarations;
  /** When this process first had to do with the scope. */
  readonly sinceMs: number;
  readonly #context: ScopeContext;
  readonly #lanes: ScopeLanes;
  readonly #abort = new AbortController();
  readonly #sweeps: Sweeps;
  readonly #guards: ScopeGuards;

  constructor(client: CloudClient, ports: ScopePorts) {
    const { clock, random, settings } = ports;
    this.sinceMs = clock.now();
    const baseMs = settings.sweepIntervalMs;
    this.#sweeps = new Sweeps({ clock, random, baseMs, sweep: (intervalMs) => this.#sweepPaced(intervalMs) });
    const claimed = new ScopeClaims(ports, scopeKey(client.scope));
    this.#guards = new ScopeGuards({
      ...ports,
      client,
      claimed,
      signal: this.#abort.signal,
      changed: (ids) => this.reconsider(ids),
    });
    this.#context = {
      ...ports,
      budget: this.#guards.budget,
      needGroups: (id) => this.#guards.need(id),
      scope: client.scope,
      client,
      signal: this.#abort.signal,
      rules: () => this.rules(),
      records: this.records,
      actingSinceMs: Number.NEGATIVE_INFINITY,
      problem: {},
      claimed,
      claimOf: (id) => claimed.of(id),
      requestRead: (record, options) => this.#lanes.requestRead(record, options),
      requestWrite: (record, options) => this.#lanes.requestWrite(record, options),
      cancelWrite: (record) => this.#lanes.writes.remove(record.id),
      reconcile: (record) => reconcile(this.#context, record),
      isSighted: (id) => this.declarations.isSighted(id),
    };
    const outage = new ScopeOutage(this.#context);
    this.#lanes = new ScopeLanes(this.#context, {
      onOpen: (error) => outage.begin(error),
      onClose: (cohort) => outage.end(cohort),
    });
    this.declarations = new Declarations({
      context: this.#context,
      guards: this.#guards,
      reads: this.#lanes.reads,
      probe: () => this.#lanes.probe(),
      record: (id) => this.#record(id),
      keepInterval: (intervalMs) => this.keepInterval(intervalMs),
    });
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

  /** What holds up the whole scope at present. */
  get problem(): ScopeProblem {
    return this.#context.problem;
  }

  /** The generation of the API that the next call uses, and the one that was left for good. */
  get api(): Pick<CloudClient, 'api' | 'retired'> {
    return this.#context.client;
  }

  /** What each lane has to do, may send, and has done. */
  get lanes(): Readonly<Record<'read' | 'write', Pick<Lane<InstanceId>, 'depth' | 'quota' | 'pulse'>>> {
    return { read: this.#lanes.reads, write: this.#lanes.writes };
  }

  /** The listings that selectors of this scope want. */
  get listings(): ScopeListings {
    return this.#lanes.listings;
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
    for (const id of [...instanceIds]) {
      const record = this.records.get(id);
      if (record !== undefined && !record.writing) this.#context.reconcile(record);
    }
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
    this.#lanes.probe();
    for (const id of instanceIds) {
      const record = this.#record(id);
      if (record.failure !== undefined) record.failure = { ...record.failure, nextAtMs: 0 };
      this.#lanes.requestRead(record, { priority: 'change' });
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
  settle(intents: readonly OpenIntent[]): void {
    for (const { id, atMs, accepted, instanceId, before, after } of intents) {
      const record = this.#record(instanceId);
      const stale = staleLists(record.unconfirmed, [before], after);
      if (record.unconfirmed !== undefined) {
        record.openIntents = [...record.openIntents, record.unconfirmed.journalId];
      }
      record.unconfirmed = {
        journalId: id,
        after,
        stale,
        sinceMs: sinceWall(this.#context.clock, atMs),
        accepted,
      };
    }
    for (const { instanceId } of intents) {
      this.#lanes.requestRead(this.#record(instanceId), { priority: 'repair' });
    }
  }

  /** Reads every instance at the lowest priority. */
  sweep(): void {
    for (const record of this.records.values()) this.#lanes.requestRead(record, { priority: 'resync' });
  }

  /** The scope is this replica's from now on: what was read before may be long out of date. */
  gained(): void {
    this.#context.actingSinceMs = this.#context.clock.now();
    this.#guards.gained();
    this.sweep();
    this.#lanes.resume();
  }

  /** Whether a call is under way, or a write is not read back yet that this replica can still read back. */
  get isBusy(): boolean {
    return (
      this.#lanes.isBusy || (this.records.size > 0 && this.#context.leadership.mayAct(scopeKey(this.scope)))
    );
  }

  /** Resolves when no call is in flight. */
  idle(): Promise<void> {
    return this.#lanes.idle();
  }

  /** Takes no new work and resolves when the calls in flight have ended. */
  async stop(): Promise<void> {
    this.#sweeps.stop();
    await Promise.all([this.#guards.stop(), this.#lanes.stop()]);
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

  /** Reads every instance that has this interval; an instance without one has the scope's. */
  *#sweepPaced(intervalMs: number): Generator<boolean, void> {
    const baseMs = this.#context.settings.sweepIntervalMs;
    for (const record of this.records.values()) {
      const due = (this.#context.claimOf(record.id)?.winner.intervalMs ?? baseMs) === intervalMs;
      if (due) this.#lanes.requestRead(record, { priority: 'resync' });
      yield due;
    }
  }
}
