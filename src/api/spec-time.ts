/** Times and time spans as a valid spec writes them. */

const UNIT_MS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1_000 };

/** Milliseconds of `spec.interval`, such as `1h30m`. The schema has judged the text. */
export function intervalMs(text: string): number {
  let totalMs = 0;
  for (const [, count, unit = ''] of text.matchAll(/(\d+)([hms])/g))
    totalMs += Number(count) * (UNIT_MS[unit] ?? 0);
  return totalMs;
}

/** Milliseconds since the Unix epoch of `spec.suspendUntil`, in the form of RFC 3339. The schema has judged the text. */
export function instantMs(text: string): number {
  return Date.parse(text);
}
