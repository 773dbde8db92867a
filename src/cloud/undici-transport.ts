/** The wire in production: undici with keep-alive, TLS verification that nothing turns off, and hard timeouts. */

import type { IncomingHttpHeaders } from 'node:http';
import { getCACertificates } from 'node:tls';
import type { EnvHttpProxyAgent as EnvHttpProxy } from 'undici';
import { messageOf } from '../api/message-of.ts';
import type { Clock } from '../runtime/clock.ts';
import { Agent, type Dispatcher, EnvHttpProxyAgent } from '../runtime/http-dispatcher.ts';
import { type HttpRequest, type HttpResponse, type Transport, TransportError } from '../runtime/transport.ts';
import { isLoopback } from './endpoint.ts';
import { MAX_REPLY_BYTES } from './reply.ts';

/** The address of an instance's own metadata lies behind no proxy. */
const NEVER_PROXIED: ReadonlySet<string> = new Set(['metadata.tencentyun.com', '169.254.0.23']);

export interface UndiciTransportOptions {
  readonly clock: Clock;
  /** `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` (also in lower case) are read from here. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** PEM certificates to trust beside those of the system. */
  readonly extraCa?: string | undefined;
  /** Until TCP and TLS stand; 5 s without it. */
  readonly connectTimeoutMs?: number;
  /** Until the whole reply is there; 20 s without it. */
  readonly totalTimeoutMs?: number;
}

export interface UndiciTransport extends AsyncDisposable {
  /** Follows no redirect, retries nothing, reads at most 8 MiB. */
  readonly send: Transport;
  /** Tears every connection down; a request that is still in flight fails. */
  close(): Promise<void>;
}

/** Opens nothing before the first request. @throws TypeError when a proxy variable is neither a URL of http or https nor `host:port`. */
export function createUndiciTransport(options: UndiciTransportOptions): UndiciTransport {
  const { clock, env, extraCa, connectTimeoutMs = 5000, totalTimeoutMs = 20_000 } = options;
  const tls = {
    // Said explicitly, so that NODE_TLS_REJECT_UNAUTHORIZED has no say.
    rejectUnauthorized: true,
    timeout: connectTimeoutMs,
    allowH2: false,
    ...(extraCa !== undefined && { ca: [...getCACertificates('default'), extraCa] }),
  };
  const agentOptions = {
    connect: tls,
    connectTimeout: connectTimeoutMs,
    maxResponseSize: MAX_REPLY_BYTES,
    allowH2: false,
  };
  const direct = new Agent(agentOptions);
  const proxied = proxyAgent(env, { ...agentOptions, requestTls: tls, proxyTls: tls }) ?? direct;

  let last: { readonly url: string; readonly target: Target } | undefined;
  const send: Transport = (request, signal) => {
    // Nearly all requests go to the address of the one before.
    if (last?.url !== request.url) last = { url: request.url, target: targetOf(request.url) };
    const { target } = last;
    return exchange(target.isDirect ? direct : proxied, request, {
      target,
      clock,
      totalTimeoutMs,
      ...(signal && { signal }),
    });
  };
  const close = async () => {
    await direct.destroy();
    if (proxied !== direct) await proxied.destroy();
  };
  return { send, close, [Symbol.asyncDispose]: close };
}

/** Where a request goes. */
interface Target {
  readonly origin: string;
  readonly path: string;
  readonly hostname: string;
  /** Past any proxy. */
  readonly isDirect: boolean;
}

function targetOf(url: string): Target {
  const { origin, pathname, search, hostname } = new URL(url);
  const isDirect = isLoopback(hostname) || NEVER_PROXIED.has(hostname);
  return { origin, path: `${pathname}${search}`, hostname, isDirect };
}

interface ExchangeOptions {
  readonly target: Target;
  readonly clock: Clock;
  readonly totalTimeoutMs: number;
  readonly signal?: AbortSignal;
}

async function exchange(
  dispatcher: Dispatcher,
  request: HttpRequest,
  { target, clock, totalTimeoutMs, signal }: ExchangeOptions,
): Promise<HttpResponse> {
  signal?.throwIfAborted();
  const { origin, path, hostname } = target;
  const reply = new ReplyCollector();
  const onAbort = () => reply.abort(signal?.reason);
  let cancelTimer = () => {};
  try {
    // First of all: what watches over the request can be set up while it travels.
    dispatcher.dispatch(
      {
        origin,
        path,
        method: request.method,
        headers: { ...request.headers },
        body: request.body ?? null,
      },
      reply,
    );
    cancelTimer = clock.setTimer(totalTimeoutMs, () => {
      const message = `no complete reply from "${hostname}" within ${totalTimeoutMs} ms`;
      reply.abort(new TransportError('ETIMEDOUT', message, { sent: reply.started }));
    });
    signal?.addEventListener('abort', onAbort, { once: true });
    return await reply.response;
  } catch (error) {
    signal?.throwIfAborted();
    throw toTransportError(error, { hostname, started: reply.started });
  } finally {
    cancelTimer();
    signal?.removeEventListener('abort', onAbort);
  }
}

function proxyAgent(
  env: UndiciTransportOptions['env'],
  agentOptions: EnvHttpProxy.Options,
): Dispatcher | undefined {
  const httpProxy = proxyUrl(env, 'HTTP_PROXY');
  const httpsProxy = proxyUrl(env, 'HTTPS_PROXY');
  if (httpProxy === '' && httpsProxy === '') return undefined;
  const noProxy = env.no_proxy ?? env.NO_PROXY ?? '';
  // Empty texts keep the agent from reading the process's own environment.
  return new EnvHttpProxyAgent({ ...agentOptions, httpProxy, httpsProxy, noProxy });
}

function proxyUrl(env: UndiciTransportOptions['env'], name: string): string {
  const text = (env[name.toLowerCase()] || env[name] || '').trim();
  if (text === '') return text;
  // Without a scheme it is `host:port`, as other programs take it.
  const url = text.includes('://') ? text : `http://${text}`;
  const parsed = URL.parse(url);
  if (parsed !== null && /^https?:$/.test(parsed.protocol) && parsed.hostname !== '') return url;
  // A malformed proxy address may hold a password, so it is not quoted.
  throw new TypeError(
    `Expected ${name} to be a URL such as "http://proxy:3128", or "proxy:3128", got something else`,
  );
}

/** Gathers one reply from undici's callbacks, and knows whether the request was put on the wire. */
class ReplyCollector implements Dispatcher.DispatchHandler {
  /** Resolves with the whole reply; rejects with undici's error or the reason given to {@link abort}. */
  readonly response: Promise<HttpResponse>;
  readonly #pending: PromiseWithResolvers<HttpResponse>;
  readonly #chunks: Buffer[] = [];
  #controller: Dispatcher.DispatchController | undefined;
  #aborted: { readonly reason: unknown } | undefined;
  #started = false;
  #status = 0;
  #headers: Readonly<Record<string, string>> = {};

  constructor() {
    this.#pending = Promise.withResolvers();
    this.response = this.#pending.promise;
  }

  /** False as long as not one byte of the request can have been written. */
  get started(): boolean {
    return this.#started;
  }

  /** Gives up: rejects at once, and tears the connection down where the request is on it. */
  abort(reason: unknown): void {
    this.#aborted = { reason };
    this.#pending.reject(reason);
    this.#controller?.abort(asError(reason));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // Given up while the connection was being made: undici then writes nothing.
    if (this.#aborted !== undefined) {
      controller.abort(asError(this.#aborted.reason));
      return;
    }
    this.#controller = controller;
    this.#started = true;
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    this.#status = status;
    this.#headers = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name.toLowerCase(), [value ?? ''].flat().join(', ')]),
    );
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    const body = Buffer.concat(this.#chunks).toString('utf8');
    this.#pending.resolve({ status: this.#status, headers: this.#headers, body });
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#pending.reject(error);
  }
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error('aborted', { cause: reason });
}

// Names what undici and the operating system report, in the words of `TransportError`.

/** undici's own codes, in the operating system's words where it has them. */
const CODES: ReadonlyMap<string, string> = new Map([
  ['UND_ERR_CONNECT_TIMEOUT', 'ETIMEDOUT'],
  ['UND_ERR_HEADERS_TIMEOUT', 'ETIMEDOUT'],
  ['UND_ERR_BODY_TIMEOUT', 'ETIMEDOUT'],
  ['UND_ERR_SOCKET', 'ECONNRESET'],
  ['UND_ERR_PRX_CONN', 'EPROXY'],
  ['UND_ERR_PRX_TLS', 'EPROXY'],
  ['UND_ERR_RES_EXCEEDED_MAX_SIZE', 'EMSGSIZE'],
]);

/** What OpenSSL calls an answer that is not TLS, by its own code or in its text. */
const NO_TLS =
  /wrong version number|packet length too long|http request|unexpected message|WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG/i;
const NO_TLS_TEXT =
  'the answer is not TLS: the host, or a proxy on the way, does not speak https there; correct the port, or write its address with http://';

/** A proxy that lets through what is in use today may not know the hosts of API 2.0. */
const OTHER_GENERATION = ', or use API 3.0, which has other hosts, with --api v3';

interface FailedExchange {
  /** The host that was asked for, so that a proxy's name is told apart. */
  readonly hostname: string;
  /** Whether the request may have been written. */
  readonly started: boolean;
}

/** The transport error for whatever ended an exchange. */
function toTransportError(error: unknown, { hostname, started }: FailedExchange): TransportError {
  if (error instanceof TransportError) return error;
  const message = reason(error);
  const { code: raw, hostname: lookedUp } = systemFields(error);
  const code = CODES.get(raw) ?? raw;
  const options = { sent: started, cause: error };
  if (code === 'ENOTFOUND' && lookedUp !== undefined && lookedUp !== hostname) {
    return new TransportError('EPROXY', `the proxy "${lookedUp}" does not resolve`, options);
  }
  // Before the request was written, only a proxy can have aborted it.
  if (code === 'UND_ERR_ABORTED' && !started) {
    const fix = `let the proxy connect to that host${hostname.endsWith('.api.qcloud.com') ? OTHER_GENERATION : ''}`;
    return new TransportError(
      'EPROXY',
      `the proxy refused to connect to "${hostname}": ${message}; ${fix}`,
      options,
    );
  }
  return new TransportError(code, `${message || code} (host "${hostname}")`, options);
}

/** OpenSSL names its own source files where a person needs to know what to do. */
function reason(error: unknown): string {
  const message = messageOf(error);
  const { code } = systemFields(error);
  const isOfTls = code === 'EPROTO' || code.startsWith('ERR_SSL_');
  return isOfTls && NO_TLS.test(`${code} ${message}`) ? NO_TLS_TEXT : message;
}

function systemFields(error: unknown): { readonly code: string; readonly hostname?: string } {
  if (!(error instanceof Error)) return { code: 'UNKNOWN' };
  // undici's parser errors have no code where the parser has no word for it.
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  const hostname = 'hostname' in error && typeof error.hostname === 'string' ? error.hostname : undefined;
  return { code, ...(hostname !== undefined && { hostname }) };
}
