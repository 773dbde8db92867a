/** Numbers in ascending order with runs drawn together: `3`, `1-3`, `1-3,7`. */
export function idRanges(ids: readonly number[]): string {
  const runs: { readonly first: number; last: number }[] = [];
  for (const id of ids.toSorted((a, b) => a - b)) {
    const run = runs.at(-1);
    if (run !== undefined && id <= run.last + 1) run.last = id;
    else runs.push({ first: id, last: id });
  }
  return runs.map(({ first, last }) => (first === last ? String(first) : `${first}-${last}`)).join(',');
}
