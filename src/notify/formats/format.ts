/** What a form of messages consists of. A format is pure: a notification in, the request out; a response in, what came of it out. */
import { masked } from '../../runtime/masking.ts';
import type { HttpResponse } from '../../runtime/transport.ts';
import type { Notification } from '../notification.ts';

/** Where a message goes, and what proves who sends it. */
export interface Address {
  readonly url: string;
  /** Of the signature; absent where the target checks none. */
  readonly secret?: string | undefined;
}

/** A request to be sent by POST. */
export interface Message {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What came of a message. */
export type Answer =
  | { readonly result: 'sent' }
  /** Too many messages: no other one before that. */
  | { readonly result: 'throttled'; readonly afterMs: number; readonly detail: string }
  /** `isFinal`: the same again would fail again. */
  | { readonly result: 'failed'; readonly isFinal: boolean; readonly detail: string };

/** So many messages within a time. */
export interface SendLimit {
  readonly count: number;
  readonly withinMs: number;
}

export interface Format {
  /** What the vendor takes of one robot or hook; for others what nobody minds. */
  readonly limits: readonly SendLimit[];
  /** @param nowMs by the calendar, for signatures. */
  message(notification: Notification, address: Address, nowMs: number): Message;
  answer(response: HttpResponse): Answer;
}

export const MINUTE_MS = 60_000;
const LONGEST_WAIT_MS = 600_000;
const JSON_HEADERS = { 'content-type': 'application/json; charset=utf-8' };

export function jsonMessage(url: string, value: object, headers: Message['headers'] = {}): Message {
  return { url, headers: { ...JSON_HEADERS, ...headers }, body: JSON.stringify(value) };
}

/** What came of a message, and what was said of it, if anything was. */
export function withText(what: string, text: string): string {
  return text.trim() === '' ? what : `${what}: ${text}`;
}

/** What the HTTP status alone says; undefined where the body has to be looked at. */
export function statusAnswer({ status, headers, body }: HttpResponse): Answer | undefined {
  if (status >= 200 && status < 300) return undefined;
  const detail = withText(`HTTP ${status}`, body);
  if (status === 429) {
    const seconds = Number(headers['retry-after']);
    const afterMs = Number.isFinite(seconds) && seconds > 0 ? seconds * 1_000 : MINUTE_MS;
    return { result: 'throttled', afterMs: Math.min(afterMs, LONGEST_WAIT_MS), detail };
  }
  if (status >= 300 && status < 400)
    return { result: 'failed', isFinal: true, detail: `HTTP ${status}: a redirect, which is not followed` };
  return { result: 'failed', isFinal: status < 500 && status !== 408, detail };
}

/** By a number in the body, 0 for success, as the robots of the vendors answer whatever happened. @param waits of codes that say too often, in milliseconds. */
export function codeAnswer(
  fields: { readonly code: string; readonly message: string },
  waits: Readonly<Record<number, number>>,
): Format['answer'] {
  return (response) => {
    const byStatus = statusAnswer(response);
    const reply = objectIn(response.body);
    const code = reply?.[fields.code];
    if (typeof code !== 'number') return byStatus ?? unknownAnswer(response);
    if (code === 0 && byStatus === undefined) return { result: 'sent' };
    const detail = withText(`${fields.code} ${code}`, String(reply?.[fields.message] ?? ''));
    const afterMs = waits[code];
    if (afterMs !== undefined) return { result: 'throttled', afterMs, detail };
    return byStatus ?? { result: 'failed', isFinal: code !== -1, detail };
  };
}

export function unknownAnswer({ body }: HttpResponse): Answer {
  return { result: 'failed', isFinal: true, detail: withText('an unknown answer', body) };
}

function objectIn(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** Shorter parts of an address are words. */
const SHORTEST_SECRET = 8;

/** A text without the address, its parts, and what signs: each of them may be the secret. */
export function withoutAddress(text: string, { url, secret = '' }: Address): string {
  const { pathname, searchParams } = new URL(url);
  const parts = [...pathname.split('/'), ...searchParams.values()];
  const long = parts.filter((part) => part.length >= SHORTEST_SECRET);
  return masked(text, [url, secret, `${pathname}`.length > 1 ? pathname : '', ...long]);
}
