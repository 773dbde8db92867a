/** Nearest rank of sorted times, to a tenth of a millisecond: what is finer is another run's. */
export function percentile(sortedMs: readonly number[], share: number): number {
  const ms = sortedMs[Math.ceil(sortedMs.length * share) - 1] ?? Number.NaN;
  return Math.round(ms * 10) / 10;
}
