/** The two dispatchers of one scope, each with its own quota and its own health; listings share the dispatcher of reads. */
import type { InstanceId } from '../../api/ids.ts';
import type { CloudError } from '../../core/cloud-error.ts';
import { type InstanceRecord, isObserved } from '../../core/instance.ts';
import { scopeKey } from '../../core/model.ts';
import { MAX_READ_BATCH } from '../../ports/cloud.ts';
import { BatchDispatcher } from '../../runtime/batch-dispatcher.ts';
import { QuotaBucket } from '../../runtime/quota-bucket.ts';
import { type Priority, WorkQueue } from '../../runtime/work-queue.ts';
import { changeExposure } from './change-exposure.ts';
import { DispatcherHealth } from './dispatcher-health.ts';
import { observe } from './read-batch.ts';
import { checkRegion } from './region-check.ts';
import type { ScopeContext } from './scope-context.ts';
import { isListingKey, type ListingKey, ScopeListings } from './scope-listings.ts';
import { apply } from './write-batch.ts';

/** What left before has been counted, and a second has gone by since: a request travels for less than that. */
const COUNTED_MS = 2_000;
/** Of the reads, so much is kept for users' changes: they would wait for the pace of a sweep else. */
const EXPRESS_SHARE = 0.1;

export interface ScopeDispatchersOptions {
  /** A dispatcher meets one failure at every call. */
  readonly onOpen: (error: CloudError) => void;
  /** It does not any more. */
  readonly onClose: (calls: 'reads' | 'writes') => void;
}

interface RequestOptions {
  readonly notBeforeMs?: number;
}

export class ScopeDispatchers {
  readonly #context: ScopeContext;
  readonly #healths: readonly DispatcherHealth[];
  readonly #writeBucket: QuotaBucket;
  readonly reads: BatchDispatcher<InstanceId | ListingKey>;
  readonly writes: BatchDispatcher<InstanceId>;
  readonly listings: ScopeListings;

  constructor(context: ScopeContext, { onOpen, onClose }: ScopeDispatchersOptions) {
    this.#context = context;
    const { clock, random, settings, telemetry, client, leadership, isTakingIn } = context;
    const key = scopeKey(context.scope);
    const mayRun = () => leadership.mayAct(key);
    const bucket = new QuotaBucket({
      limit: settings.readsPerSecond,
      express: Math.floor(settings.readsPerSecond * EXPRESS_SHARE),
    });
    const shared = { clock, random, onOpen, checkRegion: () => checkRegion({ ...context, bucket }) };
    const readHealth = new DispatcherHealth({ ...shared, onClose: () => onClose('reads') });
    const writeHealth = new DispatcherHealth({ ...shared, onClose: () => onClose('writes') });
    this.#healths = [readHealth, writeHealth];
    this.#writeBucket = openWriteBucket(context);
    this.reads = new BatchDispatcher({
      name: 'read',
      telemetry,
      clock,
      queue: new WorkQueue(),
      bucket,
      breaker: readHealth.breaker,
      maxBatch: () => MAX_READ_BATCH,
      mayRun,
      run: (keys) => {
        const [first] = keys;
        if (first !== undefined && isListingKey(first)) return this.listings.readPage(first, readHealth);
        return observe(context, keys as readonly InstanceId[], readHealth);
      },
    });
    this.writes = new BatchDispatcher({
      name: 'write',
      telemetry,
      clock,
      queue: new WorkQueue(),
      bucket: this.#writeBucket,
      breaker: writeHealth.breaker,
      maxBatch: () => client.writeLimits.maxInstances,
      // What is declared goes on record when it is taken in as a whole, and before anything is written.
      mayRun: () => mayRun() && !isTakingIn(),
      run: (keys) => apply(context, keys, writeHealth),
    });
    this.listings = new ScopeListings({
      ...context,
      request: (listing, { priority, notBeforeMs, turn }) =>
        // A group of its own: a page shares no call with anything.
        this.reads.add(listing, { priority, readyAtMs: notBeforeMs ?? 0, group: listing, turn }),
      onListed: (listing, instances) => context.listed(context.scope, listing, instances),
      onFailed: (listing, error) => context.listingFailed(context.scope, listing, error),
    });
  }

  requestRead(
    record: InstanceRecord,
    { priority, notBeforeMs = 0 }: RequestOptions & { priority: Priority },
  ): void {
    const turn = this.#context.claimed.turnOf(record.id);
    this.reads.add(record.id, {
      priority,
      readyAtMs: notBeforeMs,
      group: record.readGroup,
      turn,
      suspect: record.readGroup !== '',
    });
  }

  requestWrite(record: InstanceRecord, { notBeforeMs = 0 }: RequestOptions): void {
    const { settings, claimed, claimOf, client } = this.#context;
    if (settings.readOnly) return;
    const claim = claimOf(record.id);
    const list = claim?.owner.sgIds ?? [];
    const urgent =
      claim !== undefined && isObserved(record) && changeExposure(this.#context, record, claim).urgent;
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

  /** Whether a call is under way, or could leave now. */
  get isBusy(): boolean {
    return this.reads.heartbeat.busy || this.writes.heartbeat.busy;
  }

  /** Somebody has changed what is declared: what is refused for good is tried again at once. */
  probe(): void {
    for (const health of this.#healths) health.probe();
  }

  /** Sends what waits, after the scope became this replica's; what was listed before is listed anew. */
  resume(): void {
    const { clock, settings } = this.#context;
    // Another replica may have written until now, and nobody tells how much.
    this.#writeBucket.remember(settings.writesPerSecond, clock.now());
    this.listings.refresh();
    this.reads.resume();
    this.writes.resume();
  }

  /** Resolves when no call is in flight. */
  async idle(): Promise<void> {
    await Promise.all([this.reads.idle(), this.writes.idle()]);
  }

  /** Takes no new work and resolves when the calls in flight have ended. */
  async stop(): Promise<void> {
    this.listings.close();
    await Promise.all([this.reads.stop(), this.writes.stop()]);
  }
}

/** The cloud counts the writes of an earlier process too. Which of them shared a call no row tells, so each counts as one. */
function openWriteBucket({ clock, journal, scope, settings }: ScopeContext): QuotaBucket {
  const bucket = new QuotaBucket({ limit: settings.writesPerSecond });
  const recent = journal.recent(clock.wall() - COUNTED_MS);
  const calls = recent.filter((write) => scopeKey(write.scope) === scopeKey(scope)).length;
  bucket.remember(calls, clock.now());
  return bucket;
}
