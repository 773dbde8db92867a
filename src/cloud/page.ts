/** Reads one page of a listing. Whole, or refused: a page that is short for no reason would look like instances that are gone. */
import { MAX_PAGE, type Page } from './port.ts';

export type PageRead<T> =
  | { readonly ok: true; readonly page: Page<T> }
  /** The payload proves nothing: what is missing from it may still exist. */
  | { readonly ok: false; readonly message: string };

/** How one kind of listing is read. */
export interface PageShape<T> {
  /** The field that holds the rows, such as `InstanceSet`. */
  readonly rows: string;
  readonly offset: number;
  /** One row, or what is wrong with it. */
  read(row: unknown): T | string;
  idOf(item: T): string;
}

/**
 * The page of `payload` that starts at `shape.offset`. Refused when the total is missing, when a row is malformed,
 * when an item is there twice, and when the page holds more or fewer rows than its total says.
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
  const items = new Map<string, T>();
  for (const row of rows as readonly unknown[]) {
    const item = shape.read(row);
    if (typeof item === 'string') return { ok: false, message: item };
    const id = shape.idOf(item);
    if (items.has(id)) return { ok: false, message: `the answer names "${id}" twice` };
    items.set(id, item);
  }
  return { ok: true, page: { items: [...items.values()], total } };
}
