/** Serves the page on an address of its own. Loaded only when somebody asks for it. */
import type { Server } from 'node:http';
import { createAdaptorServer } from '@hono/node-server';
import type { Clock } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import { type HttpServer, listening } from '../server.ts';
import { ChangeStreams } from './change-streams.ts';
import { routes } from './routes.ts';
import type { PageView } from './view.ts';

export interface PageServerOptions {
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  readonly view: PageView;
  readonly clock: Clock;
  readonly log: Log;
  /** Ends the streams: a process that stops waits for nobody who looks. */
  readonly signal: AbortSignal;
}

/** @throws the system's error when the address cannot be had. */
export async function startPage(options: PageServerOptions): Promise<HttpServer> {
  const { host, view, clock, log, signal } = options;
  const streams = new ChangeStreams({ clock, onChanged: (listener) => view.onChanged(listener) });
  signal.addEventListener('abort', () => streams[Symbol.dispose](), { once: true });
  const isKnownHost = isLoopback(host) ? isLoopbackHost : () => true;
  const app = routes({ view, streams, isKnownHost, log });
  const server = createAdaptorServer({ fetch: app.fetch, overrideGlobalObjects: false }) as Server;
  server.once('close', () => streams[Symbol.dispose]());
  return await listening(server, options);
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
}

/** A name that somebody else's server gives out for this address is not one that its user has typed. */
function isLoopbackHost(header: string): boolean {
  const name = header.replace(/:\d*$/, '').toLowerCase();
  return isLoopback(name.replace(/^\[(.*)\]$/, '$1'));
}
