/** Never empty. */
export type Group<T> = readonly [first: T, ...others: T[]];

/** Items that have the same key, in the order in which the keys come first. */
export function groupsOf<T>(items: Iterable<T>, keyOf: (item: T) => string): Group<T>[] {
  return [...Map.groupBy(items, keyOf).values()] as unknown as Group<T>[];
}
