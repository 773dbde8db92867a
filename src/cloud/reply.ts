/** Reads an HTTP response down to what the vendor said, or to why it said nothing usable. */
import { type CloudErrorKind, UNREADABLE } from '../core/cloud-error.ts';
import { masked } from '../runtime/masking.ts';
import type { HttpResponse } from '../runtime/transport.ts';
import type { Credentials } from './credentials/credentials.ts';
import { classifyCode } from './error-table.ts';

/** Most bytes (as UTF-8) that a reply may have: a read of 100 instances takes far below 1 MiB. */
export const MAX_REPLY_BYTES = 8 * 1024 * 1024;

export interface Refusal {
  readonly ok: false;
  readonly kind: CloudErrorKind;
  readonly code: string;
  readonly message: string;
  /** Absent where the reply has none. */
  readonly requestId?: string;
}

export interface Accepted {
  readonly ok: true;
  /** How it was wrapped: an object `Response`, or fields beside a `code`. Which of them an action has is known. */
  readonly envelope: 'response' | 'code';
  /** The vendor's payload: the `Response` object, or the whole body of a plain 2.0 reply. */
  readonly payload: Readonly<Record<string, unknown>>;
  readonly requestId?: string;
}

export type Reply = Accepted | Refusal;

/** A reply that cannot be understood. It proves nothing, least of all that something is absent. */
export function unreadable(message: string): Refusal {
  return { ok: false, kind: 'network', code: UNREADABLE, message };
}

/** Takes secrets out of a foreign text. It works on whole texts: cut first, half a secret could stay. */
export type Cleaner = (text: string) => string;

/** What the cloud said in `response`, on either generation; `clean` goes over every text that is kept. */
export function readReply(response: HttpResponse, clean: Cleaner = (text) => text): Reply {
  const show: Cleaner = (text) => bounded(clean(text));
  const { status, body } = response;
  if (Buffer.byteLength(body) > MAX_REPLY_BYTES) {
    return unreadable(`the reply is larger than ${MAX_REPLY_BYTES} bytes`);
  }
  if (status >= 200 && status < 300) return readEnvelope(body, show);
  if (status >= 300 && status < 400) {
    // What stands behind the path of the address may echo a signed request.
    const location = response.headers.location?.replace(/[?#;].*$/s, '').replace(/\/\/[^/@]*@/, '//') ?? '';
    return httpRefusal(status, show(`a redirect to "${location}" is never followed`));
  }
  if (status >= 400 && status < 500) {
    const reply = readEnvelope(body, show);
    if (!reply.ok && reply.code !== UNREADABLE) return reply;
  }
  return httpRefusal(status, body.trim() === '' ? 'empty body' : show(body));
}

function httpRefusal(status: number, message: string): Refusal {
  const kind = status === 429 ? 'throttled' : 'network';
  return { ok: false, kind, code: `HTTP ${status}`, message };
}

function readEnvelope(body: string, show: Cleaner): Reply {
  const text = body.trim();
  if (text === '') return unreadable('empty body');
  if (text.startsWith('<')) return unreadable(`HTML instead of JSON: ${show(text)}`);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return unreadable(`broken JSON of ${text.length} characters: ${show(text)}`);
  }
  if (!isRecord(json)) return unreadable(`JSON without an object: ${show(text)}`);
  if (isRecord(json.Response)) return readResponse(json.Response, show);
  if ('code' in json) return readNumbered(json, show);
  return unreadable(`JSON that is no reply of the cloud: ${show(text)}`);
}

/** `{"Response": {"Error": {Code, Message}, RequestId}}`: API 3.0, and API 2.0 with a `Version`. */
function readResponse(response: Readonly<Record<string, unknown>>, show: Cleaner): Reply {
  const requestId = typeof response.RequestId === 'string' ? { requestId: show(response.RequestId) } : {};
  if (!('Error' in response)) return { ok: true, envelope: 'response', payload: response, ...requestId };
  const error = isRecord(response.Error) ? response.Error : {};
  const code = error.Code;
  if (typeof code !== 'string' || code === '') {
    return unreadable(`an error without a code: ${show(JSON.stringify(response))}`);
  }
  return {
    ok: false,
    kind: classifyCode(code),
    code: show(code),
    message: show(textOf(error.Message)),
    ...requestId,
  };
}

/** `{"code": 0, "message": "", "codeDesc": "Success"}`: API 2.0. The code is a number or a string; codeDesc is optional. */
function readNumbered(json: Readonly<Record<string, unknown>>, show: Cleaner): Reply {
  const raw = json.code;
  const code = typeof raw === 'number' || typeof raw === 'string' ? String(raw).trim() : '';
  if (code === '') return unreadable(`a reply without a usable code: ${show(JSON.stringify(json))}`);
  if (code === '0') return { ok: true, envelope: 'code', payload: json };
  // The message may be Chinese or start with `(100004)`: it is shown, and never branched on.
  const message = show(textOf(json.message) || textOf(json.codeDesc));
  return { ok: false, kind: classifyCode(code), code: show(code), message };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Whether a parsed JSON value is an object. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

// Takes secrets out of what a server said, before anybody keeps it.

/** Longest foreign text that an error keeps. */
const MAX_TEXT_LENGTH = 500;

/** A server may echo the request: neither its signature nor the key, the token or the whole id of `credentials` survives in the result. */
export function redact(text: string, credentials: Credentials, proof = ''): string {
  const { secretId, secretKey, token } = credentials;
  const clean = masked(text, [secretKey.reveal(), token?.reveal() ?? '', proof]);
  return secretId.length > 8 ? clean.replaceAll(secretId, `${secretId.slice(0, 8)}…`) : clean;
}

/** At most 500 characters of `text`, on one line of printable characters. */
export function bounded(text: string): string {
  const line = text.replace(/[\s\p{Cc}]+/gu, ' ').trim();
  if (line.length <= MAX_TEXT_LENGTH) return line;
  return `${line.slice(0, MAX_TEXT_LENGTH)}… (${line.length} characters)`;
}
