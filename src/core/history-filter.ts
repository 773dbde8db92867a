/** Which part of a history is asked for. */
import { isMeantBy } from '../api/ids.ts';
import { instantOf } from './text/duration.ts';

export interface HistoryFilter {
  readonly instanceId?: string;
  /** `namespace/name`, or a key. */
  readonly binding?: string;
  readonly sinceMs?: number;
  readonly untilMs?: number;
}

/** The flags by which it is asked for. */
export interface HistoryFlags {
  readonly instance?: string | undefined;
  /** A name alone is one of `default`. */
  readonly binding?: string | undefined;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
}

/** @throws InstantError for a time that is none. */
export function historyFilter(flags: HistoryFlags, nowMs: number): HistoryFilter {
  const { instance, binding, since, until } = flags;
  return {
    ...(instance === undefined ? {} : { instanceId: instance }),
    ...(binding === undefined ? {} : { binding: isBare(binding) ? `default/${binding}` : binding }),
    ...(since === undefined ? {} : { sinceMs: instantOf('--since', since, nowMs) }),
    ...(until === undefined ? {} : { untilMs: instantOf('--until', until, nowMs) }),
  };
}

/** Whether a change is of what is asked for. */
export function isWithin(
  { instanceId, binding, sinceMs = -Infinity, untilMs = Infinity }: HistoryFilter,
  change: { readonly time: string; readonly binding: string; readonly instanceIds: readonly string[] },
): boolean {
  const atMs = Date.parse(change.time);
  if (atMs < sinceMs || atMs > untilMs) return false;
  if (binding !== undefined && !isMeantBy(binding, change.binding)) return false;
  return instanceId === undefined || change.instanceIds.includes(instanceId);
}

/** What follows the words that nothing matches: a name alone may be of another namespace than was looked in. */
export function elsewhereText({ binding }: Pick<HistoryFlags, 'binding'>): string {
  if (binding === undefined || !isBare(binding)) return '';
  return ` binding default/${binding}; write NAMESPACE/NAME for another`;
}

function isBare(binding: string): boolean {
  return !binding.includes('/');
}
