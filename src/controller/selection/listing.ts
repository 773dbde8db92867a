/** Reads all pages of a listing; a total that changes on the way means that pages do not belong together. */
import type { CloudResult, Page } from '../../cloud/port.ts';
import type { CloudError } from '../../core/cloud-error.ts';

/** A listing that changes while it is read is begun again this often before it has to wait. */
export const TORN_AGAIN = 5;

export type Listing<T> =
  | { readonly state: 'complete'; readonly items: readonly T[] }
  /** The listing changed while it was read: read it again. */
  | { readonly state: 'torn' }
  | { readonly state: 'failed'; readonly error: CloudError };

/** Gathers the pages of one listing, in order, as they are read. */
export class ListingReader<T> {
  readonly #items = new Map<string, T>();
  readonly #idOf: (item: T) => string;
  #total: number | undefined;
  #read = 0;

  constructor(idOf: (item: T) => string) {
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
    if (total !== this.#total) return { state: 'torn' };
    for (const item of items) {
      const id = this.#idOf(item);
      // What moved from one page to the next pushed something else out of sight.
      if (this.#items.has(id)) return { state: 'torn' };
      this.#items.set(id, item);
    }
    this.#read += items.length;
    if (this.#read >= total) return { state: 'complete', items: [...this.#items.values()] };
    return items.length === 0 ? { state: 'torn' } : undefined;
  }
}
