/**
 * Strict servers of those that take messages: they check type, shape, size and signature by computations of their own, count
 * messages on a clock, and answer as the vendor does, mostly with HTTP 200 and a number in the body.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FormatName } from '../../src/notify/formats/all-formats.ts';
import type { Clock } from '../../src/runtime/clock.ts';
import type { HttpRequest, HttpResponse } from '../../src/runtime/transport.ts';

type Json = Readonly<Record<string, unknown>>;

export const KEY = '693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa';
export const SIGNING_SECRET = 'SEC0f1e2d3c4b5a69788796a5b4c3d2e1f0';
const MINUTE_MS = 60_000;

/** What a vendor says, and to whom. */
interface Rules {
  /** Path and query of the hook, without what a signature adds. */
  readonly path: string;
  readonly isSigned: boolean;
  /** What is wrong with a message; undefined: nothing. */
  readonly problem: (request: HttpRequest, body: Json) => HttpResponse | undefined;
  readonly limits: readonly (readonly [count: number, withinMs: number])[];
  readonly accepted: HttpResponse;
  readonly tooOften: HttpResponse;
  /** How long nothing is taken after one message too many. */
  readonly blockedMs?: number;
}

const reply = (body: string | object, status = 200, headers: Record<string, string> = {}): HttpResponse => ({
  status,
  headers,
  body: typeof body === 'string' ? body : JSON.stringify(body),
});

const keysOf = (value: unknown): string =>
  Object.keys(value as object)
    .sort()
    .join();
const bytesOf = (value: unknown): number => (typeof value === 'string' ? Buffer.byteLength(value) : -1);
const same = (a: string, b: string): boolean =>
  a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));

const wecomError = (errcode: number, errmsg: string) => reply({ errcode, errmsg });
const dingError = (errcode: number, errmsg: string) => reply({ errcode, errmsg });
const feishuError = (code: number, msg: string) => reply({ code, msg, data: {} });

function rulesOf(format: FormatName, clock: Clock): Rules {
  switch (format) {
    case 'wecom':
      return {
        path: `/cgi-bin/webhook/send?key=${KEY}`,
        isSigned: false,
        problem: (_, body) => {
          const { content } = body.markdown as Json;
          if (
            keysOf(body) !== 'markdown,msgtype' ||
            body.msgtype !== 'markdown' ||
            keysOf(body.markdown) !== 'content'
          )
            return wecomError(40_008, 'invalid message type');
          const size = bytesOf(content);
          return size < 1 || size > 4_096
            ? wecomError(40_058, 'markdown.content exceed max length 4096')
            : undefined;
        },
        limits: [[20, MINUTE_MS]],
        accepted: reply({ errcode: 0, errmsg: 'ok' }),
        tooOften: wecomError(45_009, 'api freq out of limit'),
      };
    case 'feishu':
      return {
        path: `/open-apis/bot/v2/hook/${KEY}`,
        isSigned: true,
        problem: ({ body: raw = '' }, body) => {
          const { timestamp, sign, msg_type, card } = body as Record<string, string> & { card: Json };
          const key = `${timestamp}\n${SIGNING_SECRET}`;
          if (
            !/^\d{10}$/.test(timestamp ?? '') ||
            Math.abs(Number(timestamp) * 1_000 - clock.wall()) > 3_600_000
          )
            return feishuError(
              19_021,
              'sign match fail or timestamp is not within one hour from current time',
            );
          if (!same(createHmac('sha256', key).update('').digest('base64'), sign ?? ''))
            return feishuError(
              19_021,
              'sign match fail or timestamp is not within one hour from current time',
            );
          const { header, elements } = card as {
            header: { title: Json; template: string };
            elements: Json[];
          };
          const isCard =
            msg_type === 'interactive' &&
            keysOf(card) === 'config,elements,header' &&
            header.title.tag === 'plain_text' &&
            ['red', 'orange', 'turquoise'].includes(header.template) &&
            (elements[0]?.text as Json | undefined)?.tag === 'lark_md';
          return isCard && Buffer.byteLength(raw) <= 20_480 ? undefined : feishuError(9_499, 'Bad Request');
        },
        limits: [
          [5, 1_000],
          [100, MINUTE_MS],
        ],
        accepted: reply({ StatusCode: 0, StatusMessage: 'success', code: 0, data: {}, msg: 'success' }),
        tooOften: feishuError(11_232, 'frequency limited'),
      };
    case 'dingtalk':
      return {
        path: `/robot/send?access_token=${KEY}`,
        isSigned: true,
        problem: ({ url }, body) => {
          const { searchParams } = new URL(url);
          const timestamp = searchParams.get('timestamp') ?? '';
          const expected = createHmac('sha256', SIGNING_SECRET)
            .update(`${timestamp}\n${SIGNING_SECRET}`)
            .digest('base64');
          if (Math.abs(Number(timestamp) - clock.wall()) > 3_600_000 || timestamp === '')
            return dingError(310_000, 'timestamp is invalid');
          if (!same(expected, searchParams.get('sign') ?? '')) return dingError(310_000, 'sign not match');
          const { title, text } = body.markdown as Json;
          if (
            keysOf(body) !== 'at,markdown,msgtype' ||
            body.msgtype !== 'markdown' ||
            keysOf(body.markdown) !== 'text,title'
          )
            return dingError(400_602, 'message type is invalid');
          // The robot of the tests demands the word `cvmsg`.
          if (!`${title}${text}`.includes('cvmsg')) return dingError(310_000, 'keywords not in content');
          return bytesOf(text) > 20_000 ? dingError(460_101, 'message too long') : undefined;
        },
        limits: [[20, MINUTE_MS]],
        blockedMs: 10 * MINUTE_MS,
        accepted: reply({ errcode: 0, errmsg: 'ok' }),
        tooOften: dingError(130_101, 'send too fast, exceed 20 times per minute'),
      };
    case 'slack':
      return {
        path: `/services/T00000000/B00000000/${KEY}`,
        isSigned: false,
        problem: (_, body) =>
          keysOf(body) !== 'text' ||
          typeof body.text !== 'string' ||
          body.text === '' ||
          body.text.length > 4_000
            ? reply('invalid_payload', 400)
            : undefined,
        limits: [[1, 1_000]],
        accepted: reply('ok'),
        tooOften: reply('rate_limited', 429, { 'retry-after': '30' }),
      };
    case 'webhook':
      return {
        path: `/hooks/${KEY}`,
        isSigned: true,
        problem: ({ headers, body = '' }, { version, kind, severity, text, time }) => {
          const signature = createHmac('sha256', SIGNING_SECRET).update(Buffer.from(body)).digest('hex');
          if (!same(`sha256=${signature}`, headers['x-signature'] ?? '')) return reply('no', 401);
          const isWhole = version === 1 && [kind, severity, text].every((one) => typeof one === 'string');
          return isWhole && !Number.isNaN(Date.parse(String(time))) ? undefined : reply('bad', 400);
        },
        limits: [],
        accepted: reply('', 204),
        tooOften: reply('', 429),
      };
    case 'flux':
      return {
        path: `/${KEY}`,
        isSigned: false,
        problem: (_, body) => {
          const known =
            'involvedObject,message,metadata,reason,reportingController,reportingInstance,severity,timestamp';
          const { involvedObject, severity, reason, message, timestamp } = body;
          const isEvent =
            Object.keys(body).every((key) => known.split(',').includes(key)) &&
            keysOf(involvedObject) === 'apiVersion,kind,name,namespace' &&
            /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(String((involvedObject as Json).namespace)) &&
            ['info', 'error'].includes(String(severity)) &&
            /^[A-Z]\w+$/.test(String(reason)) &&
            /^\d{4}-\d\d-\d\dT.*Z$/.test(String(timestamp)) &&
            bytesOf(message) > 0 &&
            Object.values((body.metadata ?? {}) as Json).every((value) => typeof value === 'string');
          return isEvent ? undefined : reply('bad event', 400);
        },
        limits: [],
        accepted: reply('', 202),
        tooOften: reply('', 429),
      };
    default:
      return format satisfies never;
  }
}

export class FakeVendor {
  /** Bodies that were accepted. */
  readonly accepted: string[] = [];
  /** What was answered in place of that. */
  readonly refused: HttpResponse[] = [];
  readonly isSigned: boolean;
  /** Path and query. */
  readonly path: string;
  /** Answers everything so, in place of looking at it. */
  broken: ((request: HttpRequest) => HttpResponse) | undefined;
  readonly #rules: Rules;
  readonly #clock: Clock;
  readonly #atMs: number[] = [];
  #blockedUntilMs = 0;

  constructor(format: FormatName, clock: Clock) {
    this.#rules = rulesOf(format, clock);
    this.#clock = clock;
    this.isSigned = this.#rules.isSigned;
    this.path = this.#rules.path;
  }

  handle(request: HttpRequest): HttpResponse {
    const answer = this.broken?.(request) ?? this.#judge(request);
    if (answer === this.#rules.accepted) this.accepted.push(request.body ?? '');
    else this.refused.push(answer);
    return answer;
  }

  /** The address of the hook on a server. */
  url(origin: string): string {
    return origin + this.path;
  }

  #judge(request: HttpRequest): HttpResponse {
    const { method, url, headers, body = '' } = request;
    const wanted = new URL(this.path, 'http://x');
    const { pathname, searchParams } = new URL(url);
    const isHook =
      pathname === wanted.pathname &&
      [...wanted.searchParams].every(([name, value]) => searchParams.get(name) === value);
    if (method !== 'POST' || !isHook) return reply('no such hook', 404);
    if (!/^application\/json(?:; charset=utf-8)?$/.test(headers['content-type'] ?? ''))
      return reply('wrong type', 415);
    const { problem, limits, accepted, tooOften, blockedMs = 0 } = this.#rules;
    const nowMs = this.#clock.now();
    this.#atMs.push(nowMs);
    const within = (ms: number) => this.#atMs.filter((atMs) => nowMs - atMs < ms).length;
    if (nowMs < this.#blockedUntilMs) return tooOften;
    if (limits.some(([count, ms]) => within(ms) > count)) {
      this.#blockedUntilMs = nowMs + blockedMs;
      return tooOften;
    }
    return problem(request, JSON.parse(body) as Json) ?? accepted;
  }
}

/** Serves a vendor on a free port of this machine. */
export async function serveVendor(vendor: FakeVendor): Promise<AsyncDisposable & { readonly url: string }> {
  const server = createServer(async (incoming, outgoing) => {
    let body = '';
    for await (const chunk of incoming.setEncoding('utf8')) body += chunk;
    const { method, url, headers } = incoming;
    const answer = vendor.handle({
      method: method as 'POST',
      url: `http://127.0.0.1${url}`,
      headers: headers as Record<string, string>,
      body,
    });
    outgoing.writeHead(answer.status, answer.headers).end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: vendor.url(`http://127.0.0.1:${port}`),
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
