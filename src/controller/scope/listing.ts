/** Reads all pages of a listing; a total that changes on the way means that pages do not belong together. */

import type { CloudError } from '../../core/cloud-error.ts';
import type { CloudResult, InstanceFilter, Page } from '../../ports/cloud.ts';

/** The work-queue key of a listing; no instance id looks like it. */
export type ListingKey = `list ${string}`;

export function isListingKey(key: string): key is ListingKey {
  return key.startsWith('list ');
}

/** The same key for the same filter. */
export function listingKey({ tags = {}, vpcId = '' }: InstanceFilter): ListingKey {
  const sorted = Object.entries(tags).sort(([a], [b]) => (a < b ? -1 : 1));
  return `list ${JSON.stringify([sorted, vpcId])}`;
}

/** A listing that changes while it is read is begun again this often before it has to wait. */
export const INCONSISTENT_AGAIN = 5;

/** What is said of a listing that changed at every attempt. @param what such as `the list of instances`. */
export function restless(what: string, { api, action }: Pick<CloudError, 'api' | 'action'>): CloudError {
  const message = `${what} changed while it was read, ${INCONSISTENT_AGAIN + 1} times in a row; it is read again, and can be read once fewer come and go`;
  return { kind: 'transient', api, action, code: 'RESTLESS', message, requestId: '', sent: true };
}

export type Listing<T> =
  | { readonly state: 'complete'; readonly items: readonly T[] }
  /** The listing changed while it was read: read it again. */
  | { readonly state: 'inconsistent' }
  | { readonly state: 'failed'; readonly error: CloudError };

/** Gathers the pages of one listing, in order, as they are read. */
export class ListingReader<T> {
  readonly #items: T[] = [];
  readonly #ids = new Set<string>();
  readonly #idOf: (item: T) => string | undefined;
  #total: number | undefined;
  #read = 0;

  /** @param idOf undefined for a row that does not tell what it is about. */
  constructor(idOf: (item: T) => string | undefined) {
    this.#idOf = idOf;
  }

  /** Where the next page begins. */
  get offset(): number {
    return this.#read;
  }

  /** Takes the next page; undefined while there are more. */
  take(result: CloudResult<Page<T>>): Listing<T> | undefined {
    if (!result.ok) return { state: 'failed', error: result.error };
    const { items, total } = result.value;
    this.#total ??= total;
    if (total !== this.#total) return { state: 'inconsistent' };
    for (const item of items) {
      const id = this.#idOf(item);
      // What moved from one page to the next pushed something else out of sight.
      if (id !== undefined && this.#ids.has(id)) return { state: 'inconsistent' };
      if (id !== undefined) this.#ids.add(id);
      this.#items.push(item);
    }
    this.#read += items.length;
    if (this.#read >= total) return { state: 'complete', items: this.#items };
    return items.length === 0 ? { state: 'inconsistent' } : undefined;
  }
}
