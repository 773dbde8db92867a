/** Reads one page of a listing. Whole, or refused: a page that is short for no reason would look like instances that are gone. */
import { MAX_PAGE, type Page } from '../ports/cloud.ts';

export type PageRead<T> =
  | { readonly ok: true; readonly page: Page<T> }
  /** The payload proves nothing: what is missing from it may still exist. */
  | { readonly ok: false; readonly message: string };

/** How one kind of listing is read. */
export interface PageShape<T> {
  /** The field that holds the rows, such as `InstanceSet`. */
  readonly rows: string;
  readonly offset: number;
  /** One row, or why the page cannot be believed. */
  read(row: unknown): T | string;
  /** Undefined for a row that does not tell what it is about. */
  idOf(item: T): string | undefined;
}

/**
 * The page of `payload` that starts at `shape.offset`. Refused when the total is missing, when an
 * item is there twice, and when the page holds more or fewer rows than its total says.
 */
export function readPage<T extends object>(
  payload: Readonly<Record<string, unknown>>,
  shape: PageShape<T>,
): PageRead<T> {
  const rows = payload[shape.rows];
  if (!Array.isArray(rows)) return { ok: false, message: `the answer has no ${shape.rows}` };
  const total = payload.TotalCount;
  if (typeof total !== 'number' || !Number.isSafeInteger(total) || total < 0) {
    return { ok: false, message: 'the answer has no usable TotalCount' };
  }
  const due = Math.min(MAX_PAGE, Math.max(0, total - shape.offset));
  if (rows.length !== due) {
    const message = `the answer holds ${rows.length} rows from ${shape.offset} on, where its total of ${total} asks for ${due}`;
    return { ok: false, message };
  }
  const ids = new Set<string>();
  const items: T[] = [];
  for (const row of rows as readonly unknown[]) {
    const item = shape.read(row);
    if (typeof item === 'string') return { ok: false, message: item };
    const id = shape.idOf(item);
    if (id !== undefined && ids.has(id)) return { ok: false, message: `the answer names "${id}" twice` };
    if (id !== undefined) ids.add(id);
    items.push(item);
  }
  return { ok: true, page: { items, total } };
}
