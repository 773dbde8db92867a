/**
 * Probes and metrics over HTTP. Nothing here changes anything.
 *
 * - `/healthz`  no part of the process is stuck; what an outage of anything else does to it is no reason to restart it
 * - `/readyz`   the sources have been read whole, perhaps before an outage; a standby replica is ready too
 * - `/metrics`  Prometheus text
 */

import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { messageOf } from '../api/message-of.ts';
import type { Metrics } from './metrics.ts';
import type { ProbeCheck } from './view.ts';

// An import of `node:http` loads fetch and WebSocket as well, whatever it names: 13 MiB of memory.
const { createServer } = process.getBuiltinModule('node:http');

export interface HttpOptions {
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  readonly metrics: Metrics;
  readonly healthChecks: () => readonly ProbeCheck[];
  readonly readyChecks: () => readonly ProbeCheck[];
}

export interface HttpServer extends AsyncDisposable {
  readonly url: string;
}

/** @throws the system's error when the address cannot be had. */
export async function startHttp(options: HttpOptions): Promise<HttpServer> {
  const server = createServer((request, response) => {
    answer(options, request, response).catch((error: unknown) => {
      send(response, { status: 500, body: messageOf(error) });
    });
  });
  return await listening(server, options);
}

/** @throws the system's error when the address cannot be had. */
export async function listening(server: Server, at: Pick<HttpOptions, 'host' | 'port'>): Promise<HttpServer> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(at.port, at.host, resolve);
  });
  const { address, port, family } = server.address() as AddressInfo;
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

async function answer(
  options: HttpOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = (request.url ?? '/').split('?')[0];
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD');
    return send(response, { status: 405, body: 'only GET and HEAD; nothing here changes anything\n' });
  }
  switch (path) {
    case '/healthz':
      return send(response, probe(options.healthChecks()));
    case '/readyz':
      return send(response, probe(options.readyChecks()));
    case '/metrics':
      return send(response, {
        status: 200,
        body: await options.metrics.text(),
        type: options.metrics.contentType,
      });
    default:
      return send(response, { status: 404, body: 'not found; there are /healthz, /readyz and /metrics\n' });
  }
}

interface Reply {
  readonly status: number;
  readonly body: string;
  readonly type?: string;
}

function probe(checks: readonly ProbeCheck[]): Reply {
  const lines = checks.map(({ name, fine, detail }) => `[${fine ? '+' : '-'}] ${name}: ${detail}`);
  return { status: checks.every((check) => check.fine) ? 200 : 503, body: `${lines.join('\n')}\n` };
}

function send(response: ServerResponse, { status, body, type = 'text/plain; charset=utf-8' }: Reply): void {
  response.writeHead(status, { 'content-type': type, 'x-content-type-options': 'nosniff' });
  response.end(body);
}
