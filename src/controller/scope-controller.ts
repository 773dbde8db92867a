/**
 * The controller of one scope: its records, and one lane for reads and one for writes, each with its own quota.
 *
 *   change, sweep -> read lane -> reconcile -> write lane -> read lane (to verify) -> reconcile
 */
import type { InstanceId } from '../api/ids.ts';
import { type CloudClient, MAX_READ_BATCH } from '../cloud/port.ts';
import type { CloudError } from '../core/cloud-error.ts';
import { NO_REWRITES } from '../core/fight.ts';
import type { GuardRules } from '../core/guard-port.ts';
import { type InstanceRecord, newRecord, staleLists } from '../core/instance-record.ts';
import type { ScopeProblem } from '../core/judge.ts';
import { scopeKey } from '../core/model.ts';
import { Lane } from '../runtime/lane.ts';
import { QuotaBucket } from '../runtime/quota-bucket.ts';
import { type Priority, WorkQueue } from '../runtime/work-queue.ts';
import type { OpenIntent } from '../sinks/port.ts';
import { apply } from './apply.ts';
import { LaneHealth } from './lane-health.ts';
import { observe } from './observe.ts';
import { reconcile } from './reconciler.ts';
import type { ScopeContext, ScopePorts } from './scope-context.ts';
import { ScopeGuards } from './scope-guards.ts';
import { isListingKey, type ListingKey, ScopeListings } from './scope-listings.ts';
import { Sweeps } from './sweeps.ts';

export class ScopeController {
  readonly records = new Map<InstanceId, InstanceRecord>();
  readonly #context: ScopeContext;
  readonly #reads: Lane<InstanceId | ListingKey>;
  readonly #listings: ScopeListings;
  readonly #writes: Lane<InstanceId>;
  readonly #abort = new AbortController();
  readonly #sweeps: Sweeps;
  readonly #guards: ScopeGuards;

  constructor(client: CloudClient, ports: ScopePorts) {
    const { clock, random, settings } = ports;
    const baseMs = settings.sweepIntervalMs;
    this.#sweeps = new Sweeps({ clock, random, baseMs, sweep: (intervalMs) => this.#sweepPaced(intervalMs) });
    const key = scopeKey(client.scope);
    const claimOf = (id: InstanceId) => {
      const claim = ports.claims.claim(id) ?? ports.restorations.claim(id);
      return claim !== undefined && scopeKey(claim.winner.scope) === key ? claim : undefined;
    };
    this.#guards = new ScopeGuards({
      ...ports,
      client,
      claimOf,
      signal: this.#abort.signal,
      instances: () => this.records.size,
      changed: (ids) => this.reconsider(ids),
    });
    this.#context = {
      ...ports,
      gate: this.#guards.gate,
      needGroups: (id) => this.#guards.need(id),
      scope: client.scope,
      client,
      signal: this.#abort.signal,
      rules: () => this.rules(),
      records: this.records,
      problem: {},
      claimOf,
      requestRead: (record, options) => this.#requestRead(record, options),
      requestWrite: (record, options) => this.#requestWrite(record, options),
      cancelWrite: (record) => this.#writes.remove(record.id),
      reconcile: (record) => reconcile(this.#context, record),
    };
    const mayRun = () => ports.leadership.mayAct(key);
    const onOpen = (error: CloudError) => this.#held(error);
    const readHealth = new LaneHealth({ clock, random, onOpen, onClose: () => this.#released('readCohort') });
    const writeHealth = new LaneHealth({
      clock,
      random,
      onOpen,
      onClose: () => this.#released('writeCohort'),
    });
    const { telemetry } = ports;
    this.#reads = new Lane({
      name: 'read',
      telemetry,
      clock,
      queue: new WorkQueue(),
      bucket: new QuotaBucket({ limit: settings.readsPerSecond }),
      breaker: readHealth.breaker,
      maxBatch: () => MAX_READ_BATCH,
      mayRun,
      run: (keys) => {
        const [first] = keys;
        if (first !== undefined && isListingKey(first)) return this.#listings.readPage(first, readHealth);
        return observe(this.#context, keys as readonly InstanceId[], readHealth);
      },
    });
    this.#listings = new ScopeListings({
      client,
      clock,
      random,
      signal: this.#abort.signal,
      request: (key, { priority, notBeforeMs }) =>
        // A group of its own: a page shares no call with anything.
        this.#reads.add(key, { priority, readyAtMs: notBeforeMs ?? 0, group: key }),
      onListed: (key, instances) => ports.listed(client.scope, key, instances),
      onFailed: (key, error) => ports.listingFailed(client.scope, key, error),
    });
    this.#writes = new Lane({
      name: 'write',
      telemetry,
      clock,
      queue: new WorkQueue(),
      bucket: new QuotaBucket({ limit: settings.writesPerSecond }),
      breaker: writeHealth.breaker,
      maxBatch: () => client.writeLimits.maxInstances,
      mayRun,
      run: (keys) => apply(this.#context, keys, writeHealth),
    });
  }

  /** What guards decide by at this moment. */
  rules(): GuardRules {
    return this.#guards.rules();
  }

  get scope() {
    return this.#context.scope;
  }

  /** What holds up the whole scope at present. */
  get problem(): ScopeProblem {
    return this.#context.problem;
  }

  /** Instances that wait to be read and to be written. */
  get backlog(): { readonly reads: number; readonly writes: number } {
    return { reads: this.#reads.depth, writes: this.#writes.depth };
  }

  /** What each lane may send at present. */
  get quota() {
    return { read: this.#reads.quota, write: this.#writes.quota };
  }

  /** The listings that selectors of this scope want. */
  get listings(): ScopeListings {
    return this.#listings;
  }

  /** Starts the drift sweeps. */
  start(): void {
    this.#sweeps.start();
  }

  /** Some binding of this scope has an interval of its own. */
  keepInterval(intervalMs: number): void {
    this.#sweeps.keep(intervalMs);
  }

  /** The declarations of these instances changed: they go before everything else. */
  declare(instanceIds: readonly InstanceId[], options: { readonly firstSeen: boolean }): void {
    for (const id of instanceIds) {
      const record = this.#record(id);
      record.settled = false;
      record.firstSeen = options.firstSeen;
      record.failure = undefined;
      record.writeCohort = '';
      record.rewrites = NO_REWRITES;
      this.#context.touched(id);
    }
    this.#guards.declared(instanceIds);
    for (const id of instanceIds) this.#reads.add(id, { priority: 'change' });
  }

  /** What guards say of these may have changed; undefined: of all. */
  reconsider(instanceIds: Iterable<InstanceId> = this.records.keys()): void {
    for (const id of [...instanceIds]) {
      const record = this.records.get(id);
      if (record !== undefined && !record.writing) this.#context.reconcile(record);
    }
  }

  /** An approval may have come. */
  approvalsChanged(): void {
    this.#guards.gate.reconsider();
  }

  /** Reads these instances before everything else, and tries again at once what has failed. */
  readNow(instanceIds: readonly InstanceId[]): void {
    for (const id of instanceIds) {
      const record = this.#record(id);
      if (record.failure !== undefined) record.failure = { ...record.failure, nextAtMs: 0 };
      this.#reads.add(id, { priority: 'change', group: record.readCohort });
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
      if (record.unconfirmed !== undefined) record.openIntents.push(record.unconfirmed.journalId);
      record.unconfirmed = { journalId: id, after, stale, sinceMs: atMs, accepted };
    }
    for (const intent of intents) this.#reads.add(intent.instanceId, { priority: 'repair' });
  }

  /** Reads every instance at the lowest priority. */
  sweep(): void {
    for (const record of this.records.values()) this.#requestRead(record, { priority: 'resync' });
  }

  /** The scope is this replica's from now on: what was read before may be long out of date. */
  gained(): void {
    this.sweep();
    this.#listings.refresh();
    this.#reads.resume();
    this.#writes.resume();
  }

  /** Resolves when no call is in flight. */
  async idle(): Promise<void> {
    await Promise.all([this.#reads.idle(), this.#writes.idle()]);
  }

  /** Takes no new work and resolves when the calls in flight have ended. */
  async stop(): Promise<void> {
    this.#sweeps.stop();
    this.#guards.close();
    this.#listings.close();
    await Promise.all([this.#reads.stop(), this.#writes.stop()]);
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

  #requestRead(record: InstanceRecord, options: { priority: Priority; notBeforeMs?: number }): void {
    this.#reads.add(record.id, {
      priority: options.priority,
      readyAtMs: options.notBeforeMs ?? 0,
      group: record.readCohort,
    });
  }

  #requestWrite(record: InstanceRecord, options: { notBeforeMs?: number }): void {
    if (this.#context.settings.readOnly) return;
    const list = this.#context.claimOf(record.id)?.winner.sgIds ?? [];
    const { oneListPerCall } = this.#context.client.writeLimits;
    this.#writes.add(record.id, {
      priority: record.settled ? 'repair' : 'change',
      readyAtMs: options.notBeforeMs ?? 0,
      group: oneListPerCall ? `${record.writeCohort}|${list.join(' ')}` : record.writeCohort,
      reschedule: true,
    });
  }

  /** Reads every instance that has this interval; an instance without one has the scope's. */
  #sweepPaced(intervalMs: number): number {
    const baseMs = this.#context.settings.sweepIntervalMs;
    let count = 0;
    for (const record of this.records.values()) {
      if ((this.#context.claimOf(record.id)?.winner.intervalMs ?? baseMs) !== intervalMs) continue;
      this.#requestRead(record, { priority: 'resync' });
      count++;
    }
    return count;
  }

  #held(error: CloudError): void {
    this.#context.problem = { ...this.#context.problem, cloud: error };
    this.#context.scopeTouched();
  }

  /** After an outage: what lost its replies in it shares batches again. What the cloud refused may be poisoned, and goes on being bisected. */
  #released(cohort: 'readCohort' | 'writeCohort'): void {
    const { cloud: _, ...rest } = this.#context.problem;
    this.#context.problem = rest;
    this.#context.scopeTouched();
    for (const record of this.records.values()) {
      const failure = cohort === 'writeCohort' ? record.failure : record.readFailure;
      if (failure === undefined || failure.error.kind !== 'network') continue;
      record[cohort] = '';
      if (cohort === 'writeCohort') {
        record.failure = record.failure && { ...record.failure, nextAtMs: 0, attempts: 1 };
        this.#context.reconcile(record);
      }
    }
  }
}
