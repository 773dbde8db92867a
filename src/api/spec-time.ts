/** Times and time spans as a valid spec writes them. */

const UNIT_MS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1_000 };

/** Milliseconds of `spec.interval`, such as `1h30m`. The schema has judged the text. */
export function intervalMs(text: string): number {
  let totalMs = 0;
  for (const [, count, unit = ''] of text.matchAll(/(\d+)([hms])/g))
    totalMs += Number(count) * (UNIT_MS[unit] ?? 0);
  return totalMs;
}

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/;

/** Whether a text is an instant in the form of RFC 3339. */
export function isInstant(text: string): boolean {
  return INSTANT.test(text) && isRealTime(text);
}

/** Whether the calendar and the clock have the time that a text in the form of RFC 3339 names: `Date.parse` takes February 30 for March 2. */
export function isRealTime(text: string): boolean {
  const day = text.slice(0, 10);
  const dayMs = Date.parse(day);
  const isDay = !Number.isNaN(dayMs) && new Date(dayMs).toISOString().startsWith(day);
  return isDay && text.slice(11, 13) !== '24' && !Number.isNaN(Date.parse(text));
}

/** Milliseconds since the Unix epoch of what {@link isInstant}; the schema has judged `spec.suspendUntil`. */
export function instantMs(text: string): number {
  return Date.parse(text);
}
