/** The two lanes of one scope, each with its own quota and its own health; listings share the lane of reads. */
import type { InstanceId } from '../../api/ids.ts';
import { MAX_READ_BATCH } from '../../cloud/port.ts';
import type { CloudError } from '../../core/cloud-error.ts';
import { scopeKey } from '../../core/model.ts';
import { Lane } from '../../runtime/lane.ts';
import { QuotaBucket } from '../../runtime/quota-bucket.ts';
import { WorkQueue } from '../../runtime/work-queue.ts';
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

export class ScopeLanes {
  readonly reads: Lane<InstanceId | ListingKey>;
  readonly writes: Lane<InstanceId>;
  readonly listings: ScopeListings;

  constructor(context: ScopeContext, { onOpen, onClose }: ScopeLanesOptions) {
    const { clock, random, settings, telemetry, client, leadership } = context;
    const key = scopeKey(context.scope);
    const mayRun = () => leadership.mayAct(key);
    const readHealth = new LaneHealth({ clock, random, onOpen, onClose: () => onClose('readCohort') });
    const writeHealth = new LaneHealth({ clock, random, onOpen, onClose: () => onClose('writeCohort') });
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
      request: (listing, { priority, notBeforeMs }) =>
        // A group of its own: a page shares no call with anything.
        this.reads.add(listing, { priority, readyAtMs: notBeforeMs ?? 0, group: listing }),
      onListed: (listing, instances) => context.listed(context.scope, listing, instances),
      onFailed: (listing, error) => context.listingFailed(context.scope, listing, error),
    });
  }
}
