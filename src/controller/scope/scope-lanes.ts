/** The two lanes of one scope, each with its own quota and its own health; listings share the lane of reads. */
import type { InstanceId } from '../../api/ids.ts';
import { MAX_READ_BATCH } from '../../cloud/port.ts';
import type { CloudError } from '../../core/cloud-error.ts';
import type { InstanceRecord } from '../../core/instance-record.ts';
import { scopeKey } from '../../core/model.ts';
import { Lane } from '../../runtime/lane.ts';
import { QuotaBucket } from '../../runtime/quota-bucket.ts';
import { type Priority, WorkQueue } from '../../runtime/work-queue.ts';
import { isListingKey, type ListingKey, ScopeListings } from '../selection/scope-listings.ts';
import { apply } from '../write/apply.ts';
import { LaneHealth } from './lane-health.ts';
import { observe } from './observe.ts';
import type { ScopeContext } from './scope-context.ts';

/** Of the reads, so much is kept for users' changes: they would wait for the pace of a sweep else. */
const EXPRESS_SHARE = 0.1;

/** The cohorts of a lane's failed batches, by the field of a record that names them. */
export type Cohort = 'readCohort' | 'writeCohort';

export interface ScopeLanesOptions {
  /** A lane meets one failure at every call. */
  readonly onOpen: (error: CloudError) => void;
  /** It does not any more. */
  readonly onClose: (cohort: Cohort) => void;
}

interface RequestOptions {
  readonly notBeforeMs?: number;
}

export class ScopeLanes {
  readonly #context: ScopeContext;
  readonly #healths: readonly LaneHealth[];
  readonly reads: Lane<InstanceId | ListingKey>;
  readonly writes: Lane<InstanceId>;
  readonly listings: ScopeListings;

  constructor(context: ScopeContext, { onOpen, onClose }: ScopeLanesOptions) {
    this.#context = context;
    const { clock, random, settings, telemetry, client, leadership } = context;
    const key = scopeKey(context.scope);
    const mayRun = () => leadership.mayAct(key);
    const readHealth = new LaneHealth({ clock, random, onOpen, onClose: () => onClose('readCohort') });
    const writeHealth = new LaneHealth({ clock, random, onOpen, onClose: () => onClose('writeCohort') });
    this.#healths = [readHealth, writeHealth];
    this.reads = new Lane({
      name: 'read',
      telemetry,
      clock,
      queue: new WorkQueue(),
      bucket: new QuotaBucket({
        limit: settings.readsPerSecond,
        express: Math.floor(settings.readsPerSecond * EXPRESS_SHARE),
      }),
      breaker: readHealth.breaker,
      maxBatch: () => MAX_READ_BATCH,
      mayRun,
      run: (keys) => {
        const [first] = keys;
        if (first !== undefined && isListingKey(first)) return this.listings.readPage(first, readHealth);
        return observe(context, keys as readonly InstanceId[], readHealth);
      },
    });
    this.writes = new Lane({
      name: 'write',
      telemetry,
      clock,
      queue: new WorkQueue(),
      bucket: new QuotaBucket({ limit: settings.writesPerSecond }),
      breaker: writeHealth.breaker,
      maxBatch: () => client.writeLimits.maxInstances,
      mayRun,
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
    this.reads.add(record.id, { priority, readyAtMs: notBeforeMs, group: record.readCohort, turn });
  }

  requestWrite(record: InstanceRecord, { notBeforeMs = 0 }: RequestOptions): void {
    const { settings, claimed, claimOf, client } = this.#context;
    if (settings.readOnly) return;
    const list = claimOf(record.id)?.winner.sgIds ?? [];
    const { oneListPerCall } = client.writeLimits;
    this.writes.add(record.id, {
      priority: record.settled ? 'repair' : 'change',
      readyAtMs: notBeforeMs,
      group: oneListPerCall ? `${record.writeCohort}|${list.join(' ')}` : record.writeCohort,
      turn: claimed.turnOf(record.id),
      reschedule: true,
    });
  }

  /** Whether a call is under way, or could leave now. */
  get isBusy(): boolean {
    return this.reads.pulse.busy || this.writes.pulse.busy;
  }

  /** Somebody has changed what is declared: what is refused for good is tried again at once. */
  probe(): void {
    for (const health of this.#healths) health.probe();
  }

  /** Sends what waits, after the scope became this replica's; what was listed before is listed anew. */
  resume(): void {
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
