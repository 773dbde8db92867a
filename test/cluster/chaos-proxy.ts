/** Stands between a controller and its API server and does harm: cuts watches, delays, answers 429. */
import { createServer, request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { CERT, KEY } from '../wire/self-signed.ts';

export interface ChaosProxy extends AsyncDisposable {
  readonly server: string;
  /** Delay before each request is passed on. */
  delayMs: number;
  /** So many requests are answered with this status before they reach the server. */
  refuse(count: number, status: number): void;
  /** Cuts every open watch now; returns how many. */
  cutWatches(): number;
  /** While false every watch is cut at once, and everything else is passed on. */
  watchable: boolean;
  /** While false every connection is cut at once. */
  reachable: boolean;
  /** What becomes of lists that are asked for as a stream. */
  streams: 'served' | 'refused' | 'cut';
  /** Pages of lists that were passed on. */
  pages: number;
  /** Requests that were passed on, by method. */
  readonly passed: Map<string, number>;
}

export async function startChaosProxy(target: string): Promise<ChaosProxy> {
  const watches = new Set<Duplex>();
  let refusing = { count: 0, status: 429 };
  const proxy = {
    delayMs: 0,
    reachable: true,
    watchable: true,
    streams: 'served' as ChaosProxy['streams'],
    pages: 0,
    passed: new Map<string, number>(),
    refuse(count: number, status: number) {
      refusing = { count, status };
    },
    cutWatches() {
      const count = watches.size;
      for (const socket of watches) socket.destroy();
      watches.clear();
      return count;
    },
  };
  const server = createServer({ cert: CERT, key: KEY }, (incoming, outgoing) => {
    if (!proxy.reachable) return incoming.socket.destroy();
    if (refusing.count > 0) {
      refusing.count--;
      outgoing.writeHead(refusing.status, { 'content-type': 'application/json', 'retry-after': '1' });
      outgoing.end('{"kind":"Status","reason":"TooManyRequests","message":"too many requests"}');
      return;
    }
    if (incoming.url?.includes('sendInitialEvents') && proxy.streams !== 'served') {
      if (proxy.streams === 'cut') return incoming.socket.destroy();
      outgoing.writeHead(422, { 'content-type': 'application/json' });
      outgoing.end('{"kind":"Status","reason":"Invalid","message":"sendInitialEvents is forbidden"}');
      return;
    }
    if (incoming.url?.includes('limit=')) proxy.pages++;
    const method = incoming.method ?? 'GET';
    proxy.passed.set(method, (proxy.passed.get(method) ?? 0) + 1);
    if (incoming.url?.includes('watch=true')) {
      if (!proxy.watchable) return incoming.socket.destroy();
      watches.add(incoming.socket);
      incoming.socket.once('close', () => watches.delete(incoming.socket));
    }
    const { headers } = incoming;
    setTimeout(() => {
      const passed = httpsRequest(
        new URL(incoming.url ?? '/', target),
        { method, headers: { ...headers, host: new URL(target).host }, rejectUnauthorized: false },
        (reply) => {
          outgoing.writeHead(reply.statusCode ?? 502, reply.headers);
          outgoing.flushHeaders();
          reply.pipe(outgoing);
          reply.on('error', () => outgoing.destroy());
        },
      );
      passed.on('error', () => outgoing.destroy());
      outgoing.on('close', () => passed.destroy());
      incoming.pipe(passed);
    }, proxy.delayMs);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return Object.assign(proxy, {
    server: `https://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  });
}
