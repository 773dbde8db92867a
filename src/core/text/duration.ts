/** Time spans as people write them, and points in time that are given as one. */
import { isRealTime } from '../../api/spec-time.ts';

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Milliseconds of `300ms`, `90s`, `15m`, `2h`, `7d` or a sum such as `1h30m`; undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  if (!/^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/.test(text)) return undefined;
  let totalMs = 0;
  for (const [, count, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)) {
    totalMs += Number(count) * (UNIT_MS[unit ?? ''] ?? 0);
  }
  return Math.round(totalMs);
}

/** Without a zone a time would mean another one on each machine; a day alone is one of UTC. */
const TIME_OR_DAY = /^\d{4}-\d{2}-\d{2}(?:[Tt ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:[Zz]|[+-]\d{2}:\d{2}))?$/;

/** Milliseconds since the Unix epoch of an RFC 3339 time, of a day in UTC, or of a duration before `nowMs`, the epoch where that is longer; undefined for anything else. */
export function parseInstant(text: string, nowMs: number): number | undefined {
  const agoMs = parseDuration(text);
  // What is to hold all there is, such as 99999999d, would begin before any time that can be written.
  if (agoMs !== undefined) return Math.max(nowMs - agoMs, 0);
  return TIME_OR_DAY.test(text) && isRealTime(text) ? Date.parse(text) : undefined;
}

/** What was given for a time is none; the message says what is. */
export class InstantError extends Error {
  override readonly name = 'InstantError';
}

/** As {@link parseInstant}. @param flag that gives it, as in `--since`. @throws InstantError */
export function instantOf(flag: string, text: string, nowMs: number): number {
  const atMs = parseInstant(text, nowMs);
  if (atMs !== undefined) return atMs;
  throw new InstantError(
    `${flag}: Expected a duration such as 7d or a time such as 2026-01-31T10:00:00Z, got "${text}"`,
  );
}

/** A time span in at most two units, such as `45s`, `3m10s`, `5h`, `12d`. */
export function shortDuration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) return seconds % 60 === 0 ? `${minutes}m` : `${minutes}m${seconds % 60}s`;
  if (minutes < 120) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours}h` : `${Math.floor(hours / 24)}d`;
}
