/**
 * Reads a whole listing, page by page, within a quota: the first page tells the total, the others follow a few at a
 * time. Pages that tell different totals are of different moments, so the listing starts again, a bounded number of times.
 */
import type { CloudResult, Page } from '../../cloud/port.ts';
import { MAX_PAGE } from '../../cloud/port.ts';
import type { CloudError, CloudErrorKind } from '../../core/cloud-error.ts';
import { backoffMs } from '../../core/retry.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { QuotaBucket } from '../../runtime/quota-bucket.ts';
import type { Random } from '../../runtime/random.ts';

export interface ListingOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly bucket: QuotaBucket;
  readonly signal: AbortSignal;
  /** Told after every page: items read so far, and how many there are. */
  readonly onProgress?: (read: number, total: number) => void;
}

export interface ListingSource<T> {
  page(offset: number, signal: AbortSignal): Promise<CloudResult<Page<T>>>;
  idOf(item: T): string;
}

export type Listed<T> =
  | { readonly outcome: 'read'; readonly items: readonly T[] }
  | { readonly outcome: 'failed'; readonly error: CloudError }
  /** It changed at every attempt. */
  | { readonly outcome: 'restless'; readonly attempts: number };

const LISTING_ATTEMPTS = 5;
/** Pages under way at once: enough to use the quota in spite of the time that a call travels. */
const CONCURRENCY = 8;
/** Looks for a free slot while every slot waits for a reply. */
const SLOT_POLL_MS = 20;

/** Rejects only when the signal aborts. */
export async function listAll<T>(source: ListingSource<T>, options: ListingOptions): Promise<Listed<T>> {
  for (let attempt = 0; attempt < LISTING_ATTEMPTS; attempt++) {
    const listed = await readOnce(source, options);
    if (listed.outcome !== 'changed') return listed;
  }
  return { outcome: 'restless', attempts: LISTING_ATTEMPTS };
}

async function readOnce<T>(
  source: ListingSource<T>,
  options: ListingOptions,
): Promise<Listed<T> | { readonly outcome: 'changed' }> {
  const first = await onePage(source, 0, options);
  if (!first.ok) return { outcome: 'failed', error: first.error };
  const { total } = first.value;
  const pages = new Map([[0, first.value.items]]);
  let read = first.value.items.length;
  options.onProgress?.(read, total);
  let failure: CloudError | undefined;
  let changed = false;
  let nextOffset = MAX_PAGE;
  const work = async (): Promise<void> => {
    while (nextOffset < total && failure === undefined && !changed) {
      const offset = nextOffset;
      nextOffset += MAX_PAGE;
      const page = await onePage(source, offset, options);
      if (!page.ok) failure ??= page.error;
      else if (page.value.total !== total) changed = true;
      else {
        pages.set(offset, page.value.items);
        read += page.value.items.length;
        options.onProgress?.(read, total);
      }
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  if (failure !== undefined) return { outcome: 'failed', error: failure };
  const items = [...pages].sort(([a], [b]) => a - b).flatMap(([, page]) => page);
  // An item that is on two pages has pushed another one off both.
  if (changed || new Set(items.map(source.idOf)).size !== total) return { outcome: 'changed' };
  return { outcome: 'read', items };
}

async function onePage<T>(
  source: ListingSource<T>,
  offset: number,
  options: ListingOptions,
): Promise<CloudResult<Page<T>>> {
  const { bucket, clock, random, signal } = options;
  const failures = new Map<CloudErrorKind, number>();
  for (;;) {
    await freeSlot(options);
    bucket.start(clock.now());
    let throttled = false;
    let result: CloudResult<Page<T>>;
    try {
      result = await source.page(offset, signal);
      throttled = !result.ok && result.error.kind === 'throttled';
    } finally {
      bucket.finish(clock.now(), { throttled });
    }
    if (result.ok) return result;
    const { kind } = result.error;
    const attempt = (failures.get(kind) ?? 0) + 1;
    failures.set(kind, attempt);
    if (attempt >= mostAttempts(result.error)) return result;
    // The bucket waits for a throttled call; after a corrected clock or key, and on the other API, there is nothing to wait for.
    const again = ['throttled', 'credential', 'clock', 'retired'].includes(kind);
    if (!again) await clock.sleep(backoffMs(attempt, random.next()), signal);
  }
}

async function freeSlot({ bucket, clock, signal }: ListingOptions): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    const nowMs = clock.now();
    const atMs = bucket.availableAtMs(nowMs);
    if (atMs !== undefined && atMs <= nowMs) return;
    await clock.sleep(atMs === undefined ? SLOT_POLL_MS : Math.ceil(atMs - nowMs), signal);
  }
}

/** How often a page may fail in one way before that is told. */
function mostAttempts({ kind, sent }: CloudError): number {
  switch (kind) {
    case 'throttled':
      return 20;
    case 'network':
    case 'transient':
    case 'partial':
      return sent ? 5 : 3;
    case 'credential':
    case 'clock':
    case 'retired':
      return 2;
    case 'blocked':
    case 'denied':
    case 'invalid':
    case 'region':
    case 'not-found':
    case 'quota':
      return 1;
    default:
      return kind satisfies never;
  }
}
