/** One message in place of many. */
import { count, thousands } from '../core/text/words.ts';
import { type Notification, SEVERITIES } from './notification.ts';

const NAMED = 8;

/** @param notifications not empty. @param atMs by the calendar. */
export function summaryOf(notifications: readonly Notification[], atMs: number): Notification {
  const sorted = worstFirst(notifications, (one) => one);
  const named = sorted.slice(0, NAMED);
  const rest = sorted.slice(NAMED);
  const byKind = [...Map.groupBy(rest, ({ kind }) => kind)].map(([kind, { length }]) => `${length} ${kind}`);
  return {
    kind: 'summary',
    severity: sorted[0]?.severity ?? 'info',
    reason: 'Summary',
    title: `${count(notifications.length, 'message')} at once`,
    details: [
      ...named.map(({ severity, title, bindings }) => `${severity}: ${title}${namesOf(bindings)}`),
      ...(rest.length === 0 ? [] : [`and ${thousands(rest.length)} more: ${byKind.join(', ')}`]),
    ],
    atMs,
    bindings: [],
  };
}

/** The most serious first; among equals in their order. */
export function worstFirst<T>(all: readonly T[], notificationOf: (one: T) => Notification): readonly T[] {
  const rank = (one: T) => SEVERITIES.indexOf(notificationOf(one).severity);
  return [...all].sort((a, b) => rank(b) - rank(a));
}

function namesOf(bindings: Notification['bindings']): string {
  const [first, ...others] = bindings;
  if (first === undefined) return '';
  return others.length === 0 ? ` (${first})` : ` (${first} and ${thousands(others.length)} more)`;
}
