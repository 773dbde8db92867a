/** The transport layer of HTTP: the simulated cloud and its control API on one port. */
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { HttpRequest } from '../runtime/transport.ts';
import { control } from './control-api.ts';
import { CONTROL_PREFIX, type ControlResponse } from './control-request.ts';
import type { Simulator } from './simulator.ts';

/** The largest body that production takes. */
const MAX_BODY_BYTES = 10 * 1024 * 1024;

export interface ServerOptions {
  /** Port 0 takes a free one. */
  readonly listen: { readonly host: string; readonly port: number };
  /** PEM texts. */
  readonly tls?: { readonly cert: string; readonly key: string };
}

export interface RunningServer {
  /** Such as `http://127.0.0.1:8099`, without a slash at its end. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** Stops listening and closes every connection. */
  close(): Promise<void>;
}

/** Serves a simulator over HTTP, or HTTPS with `tls`. Rejects with the system's error, such as `EADDRINUSE`. */
export async function startServer(simulator: Simulator, options: ServerOptions): Promise<RunningServer> {
  const { listen, tls } = options;
  const listener: RequestListener = (message, response) => {
    serve(simulator, message, response).catch(() => {
      if (!response.headersSent) response.writeHead(500, { 'content-type': 'text/plain' });
      response.end('The simulator failed to answer.');
    });
  };
  const server: Server = tls === undefined ? createServer(listener) : createTlsServer({ ...tls }, listener);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(listen.port, listen.host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : listen.port;
  const shown = listen.host.includes(':') ? `[${listen.host}]` : listen.host;
  return {
    url: `${tls === undefined ? 'http' : 'https'}://${shown}:${port}`,
    host: listen.host,
    port,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function serve(
  simulator: Simulator,
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readBody(message);
  if (body === null) {
    response
      .writeHead(413, { 'content-type': 'text/plain', connection: 'close' })
      .end('The body is too large.');
    return;
  }
  const { method = 'GET', url: target = '/' } = message;
  const host = message.headers.host ?? '';
  // A client that takes this address for a proxy sends the whole URL.
  const url = /^https?:\/\//.test(target) ? target : `http://${host}${target}`;
  const path = /^https?:\/\/[^/?#]*([^?#]*)/.exec(url)?.[1] ?? '/';
  if (path === CONTROL_PREFIX || path.startsWith(`${CONTROL_PREFIX}/`)) {
    const query = new URLSearchParams(url.split('?')[1] ?? '');
    sendControl(response, answerControl(simulator, message, { method, path, query, body }));
    return;
  }
  if (!isKnownMethod(method)) {
    response.writeHead(405, { 'content-type': 'text/plain' }).end(`The method ${method} is not supported.`);
    return;
  }
  const answer = await simulator.handle({ method, url, headers: joinHeaders(message), body });
  if (answer.kind === 'reset') {
    // A TLS socket can only be closed; its handle knows no reset.
    if ('encrypted' in message.socket) message.socket.destroy();
    else message.socket.resetAndDestroy();
    return;
  }
  response.writeHead(answer.response.status, answer.response.headers).end(answer.response.body);
}

function answerControl(
  simulator: Simulator,
  message: IncomingMessage,
  request: Parameters<typeof control>[1],
): ControlResponse {
  const refusal = controlRefusal({
    remoteAddress: message.socket.remoteAddress ?? '',
    host: message.headers.host ?? '',
    origin: message.headers.origin,
  });
  return refusal === null ? control(simulator, request) : { status: 403, body: { error: refusal } };
}

function sendControl(response: ServerResponse, { status, body }: ControlResponse): void {
  const text = typeof body === 'string';
  response.writeHead(status, {
    'content-type': text ? 'text/plain; charset=utf-8' : 'application/json; charset=utf-8',
  });
  response.end(text ? body : `${JSON.stringify(body)}\n`);
}

/** Null when the body is too large. */
async function readBody(message: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function joinHeaders(message: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(message.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return headers;
}

function isKnownMethod(method: string): method is HttpRequest['method'] {
  return ['GET', 'POST', 'PUT', 'DELETE'].includes(method);
}

// Who may use the control API: callers on the same machine, and no web page by way of their browser.

interface Caller {
  /** The peer's address. */
  readonly remoteAddress: string;
  readonly host: string;
  readonly origin: string | undefined;
}

/** Why the caller is refused, null when it may pass. */
export function controlRefusal({ remoteAddress, host, origin }: Caller): string | null {
  if (!isLoopback(remoteAddress)) {
    return 'The control API answers callers on the same machine only.';
  }
  // A page that rebinds its own name to 127.0.0.1 still sends that name.
  const name = host.replace(/:\d+$/, '').toLowerCase();
  if (!isLoopback(name.replace(/^\[|\]$/g, '')) && name !== 'localhost') {
    return `The control API must be addressed as localhost or a loopback address, got the host '${host}'.`;
  }
  if (origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`) {
    return `The control API takes no requests from the web page '${origin}'.`;
  }
  return null;
}

function isLoopback(address: string): boolean {
  return address === '::1' || /^(::ffff:)?127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(address);
}
