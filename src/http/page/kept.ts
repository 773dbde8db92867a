/** What was made of rows that are the same from one look to the next. */
const KEPT = new WeakMap<readonly unknown[], Map<string, unknown>>();

/** The same as long as the rows are the same. @param what is made of them. */
export function keptFor<T>(rows: readonly unknown[], what: string, make: () => T): T {
  const known = KEPT.get(rows) ?? new Map<string, unknown>();
  KEPT.set(rows, known);
  if (!known.has(what)) known.set(what, make());
  return known.get(what) as T;
}
