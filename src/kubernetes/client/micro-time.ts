/** RFC 3339 with microseconds, as Lease and Event times have to be: the server refuses three digits. */
export function microTime(ms: number): string {
  return new Date(ms).toISOString().replace(/\.(\d{3})Z$/, '.$1000Z');
}
