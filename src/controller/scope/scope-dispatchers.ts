/** The two dispatchers of one scope, each with its own quota and its own health; listings share the dispatcher of reads. */
import type { InstanceId } from '../../api/ids.ts';
import { type InstanceRecord, isObserved } from '../../core/instance.ts';
import { type Scope, scopeKey } from '../../core/model.ts';
import { type CloudClient, MAX_READ_BATCH } from '../../ports/cloud.ts';
import { BatchDispatcher } from '../../runtime/batch-dispatcher.ts';
import { QuotaBucket } from '../../runtime/quota-bucket.ts';
import { type Priority, WorkQueue } from '../../runtime/work-queue.ts';
import type { ScopeClaims } from '../restoration/scope-claims.ts';
import { DispatcherHealth } from './dispatcher-health.ts';
import { changeExposure } from './instance-change.ts';
import type { ListingKey } from './listing.ts';
import type { ScopeGuards } from './scope-guards.ts';
import type { ScopePorts } from './scope-ports.ts';

/** What left before has been counted, and a second has gone by since: a request travels for less than that. */
const COUNTED_MS = 2_000;
/** Of the reads, so much is kept for users' changes: they would wait for the pace of a sweep else. */
const EXPRESS_SHARE = 0.1;

export interface ScopeDispatchersOptions
  extends Pick<
    ScopePorts,
    'clock' | 'random' | 'settings' | 'telemetry' | 'leadership' | 'updates' | 'journal'
  > {
  readonly client: CloudClient;
  readonly signal: AbortSignal;
  readonly claimed: ScopeClaims;
  readonly guards: Pick<ScopeGuards, 'rules'>;
}

interface RequestOptions {
  readonly notBeforeMs?: number;
}

export class ScopeDispatchers {
  readonly reads: BatchDispatcher<InstanceId | ListingKey>;
  readonly writes: BatchDispatcher<InstanceId>;
  readonly readHealth: DispatcherHealth;
  readonly writeHealth: DispatcherHealth;
  readonly #options: ScopeDispatchersOptions;
  readonly #writeBucket: QuotaBucket;

  constructor(options: ScopeDispatchersOptions) {
    this.#options = options;
    const { clock, settings, telemetry, client, leadership, updates } = options;
    const key = scopeKey(client.scope);
    const mayRun = () => leadership.mayAct(key);
    const bucket = new QuotaBucket({
      limit: settings.readsPerSecond,
      express: Math.floor(settings.readsPerSecond * EXPRESS_SHARE),
    });
    this.readHealth = new DispatcherHealth({ ...options, region: { ...options, bucket } });
    this.writeHealth = new DispatcherHealth({ ...options, region: { ...options, bucket } });
    this.#writeBucket = openWriteBucket(client.scope, options);
    this.reads = new BatchDispatcher({
      name: 'read',
      telemetry,
      clock,
      queue: new WorkQueue(),
      bucket,
      breaker: this.readHealth.breaker,
      maxBatch: () => MAX_READ_BATCH,
      mayRun,
    });
    this.writes = new BatchDispatcher({
      name: 'write',
      telemetry,
      clock,
      queue: new WorkQueue(),
      bucket: this.#writeBucket,
      breaker: this.writeHealth.breaker,
      maxBatch: () => client.writeLimits.maxInstances,
      // What is declared goes on record when it is taken in as a whole, and before anything is written.
      mayRun: () => mayRun() && updates.size === 0,
    });
  }

  requestRead(
    record: InstanceRecord,
    { priority, notBeforeMs = 0 }: RequestOptions & { priority: Priority },
  ): void {
    const turn = this.#options.claimed.turnOf(record.id);
    this.reads.add(record.id, {
      priority,
      readyAtMs: notBeforeMs,
      group: record.readGroup,
      turn,
      suspect: record.readGroup !== '',
    });
  }

  requestWrite(record: InstanceRecord, { notBeforeMs = 0 }: RequestOptions): void {
    const { settings, claimed, guards, client } = this.#options;
    if (settings.readOnly) return;
    const claim = claimed.of(record.id);
    const list = claim?.owner.sgIds ?? [];
    const urgent =
      claim !== undefined && isObserved(record) && changeExposure(guards.rules(), record, claim).urgent;
    const { oneListPerCall } = client.writeLimits;
    this.writes.add(record.id, {
      priority: urgent ? 'urgent' : record.wasInSync ? 'repair' : 'change',
      readyAtMs: notBeforeMs,
      group: oneListPerCall ? `${record.writeGroup}|${list.join(' ')}` : record.writeGroup,
      turn: claimed.turnOf(record.id),
      suspect: record.writeGroup !== '',
      reschedule: true,
    });
  }

  cancelWrite({ id }: InstanceRecord): void {
    this.writes.remove(id);
  }

  /** Whether a call is under way, or could leave now. */
  get isBusy(): boolean {
    return this.reads.heartbeat.busy || this.writes.heartbeat.busy;
  }

  /** Somebody has changed what is declared: what is refused for good is tried again at once. */
  probe(): void {
    this.readHealth.probe();
    this.writeHealth.probe();
  }

  /** Sends what waits, after the scope became this replica's. */
  resume(): void {
    const { clock, settings, leadership } = this.#options;
    // Another replica may have written until now, and nobody tells how much.
    if (leadership.isShared) this.#writeBucket.remember(settings.writesPerSecond, clock.now());
    this.reads.resume();
    this.writes.resume();
  }

  /** Resolves when no call is in flight. */
  async idle(): Promise<void> {
    await Promise.all([this.reads.idle(), this.writes.idle()]);
  }

  /** Takes no new work and resolves when the calls in flight have ended. */
  async stop(): Promise<void> {
    await Promise.all([this.reads.stop(), this.writes.stop()]);
  }
}

/** The cloud counts the writes of an earlier process too. Which of them shared a call no row tells, so each counts as one. */
function openWriteBucket(
  scope: Scope,
  { clock, journal, settings }: Pick<ScopeDispatchersOptions, 'clock' | 'journal' | 'settings'>,
): QuotaBucket {
  const bucket = new QuotaBucket({ limit: settings.writesPerSecond });
  const recent = journal.recent(clock.wall() - COUNTED_MS);
  const calls = recent.filter((write) => scopeKey(write.scope) === scopeKey(scope)).length;
  bucket.remember(calls, clock.now());
  return bucket;
}
