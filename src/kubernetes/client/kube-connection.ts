/**
 * The connection to an API server: one shared dispatcher for all requests, rebuilt when the CA or the client certificate
 * changes; the token is looked up for each request, so a rotated one is used at once.
 */
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import type { KubeConfig } from '@kubernetes/client-node';
import { messageOf } from '../../api/message-of.ts';
import type { Clock } from '../../runtime/clock.ts';
import { Agent, type Dispatcher, ProxyAgent } from '../../runtime/http-dispatcher.ts';
import { masked } from '../../runtime/masking.ts';
import { type ClusterChoice, loadKubeConfig } from './client-config.ts';
import { errorOfReply, KubeError } from './kube-error.ts';

export interface KubeRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path and query below the server's address. */
  readonly path: string;
  readonly body?: unknown;
  /** Of the body; `application/json` without it. */
  readonly contentType?: string;
  readonly timeoutMs?: number;
}

export interface KubeConnectionOptions extends ClusterChoice {
  readonly clock: Clock;
  /** Told after every request: its method, and the HTTP status or `<error>`. */
  readonly onRequest?: ((event: { readonly method: string; readonly code: string }) => void) | undefined;
}

interface Tls {
  readonly ca?: string | Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  readonly rejectUnauthorized?: boolean;
  readonly servername?: string;
}

/** What the client library calls the context that it makes of a pod's ServiceAccount. */
const OF_A_POD = 'inClusterContext';

const DEFAULT_TIMEOUT_MS = 30_000;
const CONNECT_TIMEOUT_MS = 10_000;

export class KubeConnection {
  readonly #config: KubeConfig;
  readonly #options: KubeConnectionOptions;
  #awaited: PromiseWithResolvers<void> | undefined;
  #dispatcher: { readonly key: string; readonly value: Dispatcher } | undefined;

  private constructor(config: KubeConfig, options: KubeConnectionOptions) {
    this.#config = config;
    this.#options = options;
  }

  /** Reads the configuration; connects to nothing yet. Rejects with a KubeError `NoCluster` when there is no cluster to speak to. */
  static async load(options: KubeConnectionOptions): Promise<KubeConnection> {
    return new KubeConnection(await loadKubeConfig(options), options);
  }

  /** The server's address. */
  get server(): string {
    return this.#config.getCurrentCluster()?.server ?? '';
  }

  /** Why the connection cannot be trusted, for a person; undefined when it can. */
  get trustProblem(): string | undefined {
    const cluster = this.#config.getCurrentCluster();
    return cluster === null ? undefined : trustProblem(cluster);
  }

  /** The context of the kubeconfig; undefined for the ServiceAccount of a pod. */
  get context(): string | undefined {
    const name = this.#config.getCurrentContext();
    return name === OF_A_POD ? undefined : name;
  }

  /** The namespace of the context, or of the pod. */
  get namespace(): string {
    return this.#config.getContextObject(this.#config.getCurrentContext())?.namespace ?? 'default';
  }

  /** Sends a request and parses the JSON of its reply. @throws KubeError for every reply but a success, and for none. */
  async json<T>(options: KubeRequest, signal: AbortSignal): Promise<T> {
    const timeout = new AbortController();
    const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const cancel = this.#options.clock.setTimer(timeoutMs, () =>
      timeout.abort(
        new KubeError(`${label(options)}: no reply within ${timeoutMs} ms`, {
          status: 0,
          reason: 'ETIMEDOUT',
        }),
      ),
    );
    try {
      const reply = await this.#send(options, AbortSignal.any([signal, timeout.signal]));
      const text = await reply.body.text();
      return text === '' ? (undefined as T) : (JSON.parse(text) as T);
    } catch (error) {
      throw this.#wrap(options, error, signal);
    } finally {
      cancel();
    }
  }

  /**
   * Opens a stream of JSON lines, such as a watch, and hands out those that came together, none when it opens; ends when
   * the server ends it.
   * @throws KubeError as `json` does.
   */
  async *lines(options: KubeRequest, signal: AbortSignal): AsyncGenerator<readonly unknown[]> {
    try {
      const reply = await this.#send(options, signal);
      yield [];
      let rest = '';
      reply.body.setEncoding('utf8');
      for await (const chunk of reply.body) {
        const parts = (rest + chunk).split('\n');
        rest = parts.pop() ?? '';
        const lines = parts.filter((part) => part !== '').map((part) => JSON.parse(part) as unknown);
        if (lines.length > 0) yield lines;
      }
    } catch (error) {
      throw this.#wrap(options, error, signal);
    }
  }

  /** Resolves with the next reply of the server to any request, whatever it says. */
  nextReply(): Promise<void> {
    this.#awaited ??= Promise.withResolvers();
    return this.#awaited.promise;
  }

  async close(): Promise<void> {
    await this.#dispatcher?.value.destroy();
  }

  async #send(options: KubeRequest, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    const { method, path, body, contentType = 'application/json' } = options;
    const credentials: Tls & { headers?: Record<string, string>; auth?: string } = {};
    // A credential program that hangs holds up one request and no more.
    await unlessAborted(this.#config.applyToHTTPSOptions(credentials), signal);
    const headers: Record<string, string> = { accept: 'application/json', ...credentials.headers };
    const podToken = await this.#podToken();
    if (podToken !== undefined) headers.Authorization = `Bearer ${podToken}`;
    if (credentials.auth) headers.authorization = `Basic ${Buffer.from(credentials.auth).toString('base64')}`;
    if (body !== undefined) headers['content-type'] = contentType;
    const url = new URL(this.server.replace(/\/$/, '') + path);
    const reply = await this.#dispatcherFor(credentials).request({
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal,
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    // Who reads the body is told of its errors; one that nobody reads any more must not end the process.
    reply.body.on('error', () => {});
    this.#options.onRequest?.({ method, code: String(reply.statusCode) });
    this.#awaited?.resolve();
    this.#awaited = undefined;
    if (reply.statusCode < 300) return reply;
    const retryAfter = reply.headers['retry-after'];
    throw errorOfReply(label(options), {
      status: reply.statusCode,
      body: await reply.body.text(),
      retryAfter: Array.isArray(retryAfter) ? retryAfter[0] : retryAfter,
      secrets: proofsOf(headers),
    });
  }

  /** The token of a pod, read anew: the library keeps it for a minute, and the kubelet rewrites it. */
  async #podToken(): Promise<string | undefined> {
    const config: unknown = this.#config.getCurrentUser()?.authProvider?.config;
    const { tokenFile } = (config ?? {}) as { readonly tokenFile?: unknown };
    if (typeof tokenFile !== 'string') return undefined;
    // A file that cannot be read for a moment leaves the token that the library has.
    const text = await readFile(tokenFile, 'utf8').catch(() => '');
    return text.trim() || undefined;
  }

  /** The shared dispatcher; a new one when what it authenticates with has changed. */
  #dispatcherFor(tls: Tls): Dispatcher {
    const { ca, cert, key, rejectUnauthorized, servername } = tls;
    const proxy = this.#config.getCurrentCluster()?.proxyUrl ?? '';
    const fingerprint = [ca, cert, key, rejectUnauthorized, servername, proxy].join('\0');
    if (this.#dispatcher?.key === fingerprint) return this.#dispatcher.value;
    // Requests in flight end on the old one.
    void this.#dispatcher?.value.close();
    const connect = {
      timeout: CONNECT_TIMEOUT_MS,
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
      ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
      ...(servername === undefined ? {} : { servername }),
    };
    const value =
      proxy === ''
        ? new Agent({ connect, allowH2: false })
        : new ProxyAgent({ uri: proxy, requestTls: connect, allowH2: false });
    this.#dispatcher = { key: fingerprint, value };
    return value;
  }

  #wrap(options: KubeRequest, error: unknown, signal: AbortSignal): unknown {
    if (error instanceof KubeError || signal.aborted) return error;
    this.#options.onRequest?.({ method: options.method, code: '<error>' });
    const code = (error as { code?: unknown }).code;
    const detail = masked(messageOf(error));
    return new KubeError(`${label(options)}: ${detail}`, {
      status: 0,
      reason: typeof code === 'string' ? code : 'Unreadable',
      cause: error,
    });
  }
}

/** Settles with the work, or rejects with the signal's reason as soon as it aborts. */
async function unlessAborted(work: Promise<unknown>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** What the headers prove the sender with: a token, or a name and a password. */
function proofsOf({ Authorization = '', authorization = '' }: Readonly<Record<string, string>>): string[] {
  return [Authorization, authorization].map((value) => value.replace(/^\S+\s+/, ''));
}

function label({ method, path }: KubeRequest): string {
  return `${method} ${path.split('?')[0]}`;
}

/** Whether what an API server is told and says stays between it and this process. */
interface Cluster {
  readonly server: string;
  /** `insecure-skip-tls-verify` */
  readonly skipTLSVerify?: boolean;
}

/** What a person has to know of a connection that anybody on the way can read or answer; undefined when nothing. */
function trustProblem({ server, skipTLSVerify }: Cluster): string | undefined {
  const risk = "anybody on the way can read its token and answer in the server's place";
  if (!URL.canParse(server)) return undefined;
  const { protocol, hostname } = new URL(server);
  if (protocol === 'http:' && !isLoopback(hostname)) {
    return `the API server "${server}" is spoken to without TLS: ${risk}. Write its address with https://`;
  }
  if (protocol === 'https:' && skipTLSVerify === true) {
    return (
      `the certificate of the API server "${server}" is not checked (insecure-skip-tls-verify in the kubeconfig): ${risk}. ` +
      'Name the authority that signed it in certificate-authority, and take insecure-skip-tls-verify away'
    );
  }
  return undefined;
}

function isLoopback(hostname: string): boolean {
  const address = hostname.replace(/^\[|\]$/g, '');
  return address === 'localhost' || address === '::1' || (isIP(address) === 4 && address.startsWith('127.'));
}
