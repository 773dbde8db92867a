/**
 * Reads a whole listing, page by page, within a quota: the first page tells the total, the others follow a few at a
 * time. Pages that tell different totals are of different moments, so the listing starts again, a bounded number of times.
 */

import { type PacedCallOptions, pacedCall } from '../../cloud/paced-call.ts';
import type { CloudError } from '../../core/cloud-error.ts';
import type { CloudResult, Page } from '../../ports/cloud.ts';
import { MAX_PAGE } from '../../ports/cloud.ts';

export interface ListingOptions extends PacedCallOptions {
  /** Told after every page: items read so far, and how many there are. */
  readonly onProgress?: (read: number, total: number) => void;
}

export interface ListingSource<T> {
  page(offset: number, signal: AbortSignal): Promise<CloudResult<Page<T>>>;
  /** Undefined for a row that does not tell what it is about. */
  idOf(item: T): string | undefined;
}

export type Listed<T> =
  | { readonly outcome: 'read'; readonly items: readonly T[] }
  | { readonly outcome: 'failed'; readonly error: CloudError }
  /** It changed at every attempt. */
  | { readonly outcome: 'restless'; readonly attempts: number };

const LISTING_ATTEMPTS = 5;
/** Pages under way at once: enough to use the quota in spite of the time that a call travels. */
const CONCURRENCY = 8;

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
  const ids = items.map(source.idOf).filter((id) => id !== undefined);
  if (changed || items.length !== total || new Set(ids).size < ids.length) return { outcome: 'changed' };
  return { outcome: 'read', items };
}

function onePage<T>(
  source: ListingSource<T>,
  offset: number,
  options: ListingOptions,
): Promise<CloudResult<Page<T>>> {
  return pacedCall((signal) => source.page(offset, signal), options);
}
