/** The wire in production: undici with keep-alive, TLS verification that nothing turns off, and hard timeouts. */
import { getCACertificates } from 'node:tls';
import type { EnvHttpProxyAgent as EnvHttpProxy } from 'undici';
import type { Clock } from '../runtime/clock.ts';
import { Agent, type Dispatcher, EnvHttpProxyAgent } from '../runtime/http-dispatcher.ts';
import { type HttpRequest, type HttpResponse, type Transport, TransportError } from '../runtime/transport.ts';
import { isLoopback } from './endpoint.ts';
import { MAX_REPLY_BYTES } from './reply.ts';
import { ReplyCollector } from './reply-collector.ts';
import { toTransportError } from './transport-failure.ts';

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
