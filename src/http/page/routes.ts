/**
 * The addresses of the page, and the server for them. Each shows what the view tells at this moment, as HTML or as JSON.
 * Loaded only when somebody asks for it.
 */

import type { Server } from 'node:http';
import { createAdaptorServer } from '@hono/node-server';
import { type Context, Hono, type MiddlewareHandler } from 'hono';
import { compress } from 'hono/compress';
import { etag } from 'hono/etag';
import { HTTPException } from 'hono/http-exception';
import { secureHeaders } from 'hono/secure-headers';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { isInstanceId } from '../../api/ids.ts';
import { messageOf } from '../../api/message-of.ts';
import { historyFilter } from '../../core/history-filter.ts';
import { InstantError } from '../../core/text/duration.ts';
import { shellWord } from '../../core/text/shell-word.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import { type HttpServer, listening } from '../server.ts';
import { bindingsListing } from './bindings-page.ts';
import { ChangeStreams } from './change-streams.ts';
import { historyPage } from './history-page.ts';
import { type Html, html } from './html.ts';
import { instancePage } from './instance-page.ts';
import { instancesListing } from './instances-page.ts';
import { layout, served } from './layout.ts';
import { linkTo, type PageName, type PageQuery, pageQuery } from './links.ts';
import { overviewOf, overviewPage } from './overview-page.ts';
import { planListing, planPage } from './plan-page.ts';
import { script } from './script.ts';
import { icon, styles } from './styles.ts';
import { type Listing, listingHtml, tablePage } from './table.ts';
import type { PageView } from './view.ts';

/** What one address answers: the same for people and for programs, and the command that shows it. */
interface Shown {
  readonly title: string;
  readonly data: unknown;
  readonly body: () => Html;
  readonly command: string;
}

type Page = (view: PageView, query: PageQuery) => Shown;

const PAGES: Readonly<Record<PageName, Page>> = {
  overview(view) {
    const overview = overviewOf(view);
    return {
      title: 'Overview',
      data: overview,
      body: () => overviewPage(overview, view.groupNames()),
      command: commandOf(view, 'get'),
    };
  },
  bindings(view, query) {
    const unready = query.filters.ready?.toLowerCase() === 'false' ? ' --not-ready' : '';
    return listed('Bindings', bindingsListing(view), {
      query,
      command: commandOf(view, `get -o wide${unready}`),
    });
  },
  instances(view, query) {
    return listed('Instances', instancesListing(view), { query, command: commandOf(view, 'get -o yaml') });
  },
  instance(view, { filters: { id = '' } }) {
    if (!isInstanceId(id))
      throw new HTTPException(400, { message: `Expected an instance id such as ins-4q118hl2, got "${id}"` });
    const explanation = view.instance(id);
    if (explanation === undefined) throw new HTTPException(404, { message: `nothing is known of ${id}` });
    return {
      title: id,
      data: explanation,
      body: () => instancePage(explanation, view.nowMs()),
      command: commandOf(view, `why ${id}`),
    };
  },
  plan(view, query) {
    const listing = planListing(view);
    const pending = view.pendingPlans();
    return {
      title: 'Plan',
      data: { ...tablePage(listing, query), pending },
      body: () => planPage(listing, pending, query),
      command: `cvmsg plan ${view.about.planTarget}`,
    };
  },
  history(view, query) {
    const { filters, page } = query;
    const history = view.history({ ...historyFilter(filters, view.nowMs()), page });
    const known = Object.entries(filters).filter(([name]) => HISTORY_FLAGS.has(name));
    const flags = known.map(([name, value]) => ` --${name} ${shellWord(value)}`);
    return {
      title: 'History',
      data: history,
      body: () => historyPage(history, query, { nowMs: view.nowMs(), names: view.groupNames() }),
      command: commandOf(view, `history${flags.join('')}`),
    };
  },
};

function listed<Row>(
  title: string,
  listing: Listing<Row>,
  { query, command }: { readonly query: PageQuery; readonly command: string },
): Shown {
  const body = () => html`<h1>${title}</h1>
${listingHtml(listing, query)}`;
  return { title, data: tablePage(listing, query), body, command };
}

export interface RoutesOptions {
  readonly view: PageView;
  readonly streams: ChangeStreams;
  /** What the request says whom it means; false: it is refused. */
  readonly isKnownHost: (host: string) => boolean;
  readonly log: Log;
}

export function routes({ view, streams, isKnownHost, log }: RoutesOptions): Hono {
  const app = new Hono();
  app.use(strictHeaders, notStored, onlyReads, knownHosts(isKnownHost));
  // Not compressed: each event leaves when it is there.
  app.get('/events', (context) => eventStream(context, streams));
  app.use(compress({ threshold: 512 }), etag());
  for (const [path, type, text] of FILES)
    app.get(path, (context) => context.body(text, 200, { 'content-type': type }));
  for (const name of Object.keys(PAGES) as PageName[])
    app.get(name === 'overview' ? '/' : `/${name}`, (context) => answer(context, view, name));
  app.notFound((context) => {
    const message = 'there is no such page';
    // Addresses of a page are relative: below a folder they lead nowhere.
    if (context.req.path.lastIndexOf('/') > 0) return context.text(`${message}\n`, 404);
    return refuse(context, view, { status: 404, message });
  });
  app.onError((error, context) => {
    const { message } = error;
    if (error instanceof HTTPException) return refuse(context, view, { status: error.status, message });
    if (error instanceof InstantError) return refuse(context, view, { status: 400, message });
    log.error({ error: messageOf(error), path: context.req.path }, 'a page could not be made');
    return context.text('the page could not be made; the log says why\n', 500);
  });
  return app;
}

const FILES = [
  ['/page.css', 'text/css; charset=utf-8', styles],
  ['/page.js', 'text/javascript; charset=utf-8', script],
  ['/icon.svg', 'image/svg+xml', icon],
] as const;

const strictHeaders = secureHeaders({
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    styleSrc: ["'self'"],
    scriptSrc: ["'self'"],
    connectSrc: ["'self'"],
    imgSrc: ["'self'"],
    formAction: ["'self'"],
    baseUri: ["'none'"],
    frameAncestors: ["'none'"],
  },
  xFrameOptions: 'DENY',
  // Whoever stands in front knows whether there is TLS.
  strictTransportSecurity: false,
});

const notStored: MiddlewareHandler = async (context, next) => {
  await next();
  context.header('cache-control', 'no-store');
};

const onlyReads: MiddlewareHandler = async (context, next) => {
  if (context.req.method === 'GET' || context.req.method === 'HEAD') return next();
  return context.text('only GET and HEAD; nothing here changes anything\n', 405, { allow: 'GET, HEAD' });
};

function knownHosts(isKnownHost: RoutesOptions['isKnownHost']): MiddlewareHandler {
  return async (context, next) => {
    if (isKnownHost(context.req.header('host') ?? '')) return next();
    return context.text('this address is for this machine: ask it by localhost, 127.0.0.1 or [::1]\n', 403);
  };
}

function eventStream(context: Context, streams: ChangeStreams): Response {
  const headers = { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' };
  if (context.req.raw.method === 'HEAD') return context.body(null, 200, headers);
  const stream = streams.open();
  if (stream === undefined) return context.text('too many look at present\n', 503, { 'retry-after': '30' });
  return context.body(stream, 200, headers);
}

function answer(context: Context, view: PageView, page: PageName): Response {
  const query = pageQuery(context.req.query());
  const number = query.page > 1 ? { page: query.page } : {};
  const twin = linkTo(page, { ...query.filters, ...number, format: 'json' });
  return send(context, view, { ...PAGES[page](view, query), page, json: twin });
}

function refuse(
  context: Context,
  view: PageView,
  { status, message }: { readonly status: ContentfulStatusCode; readonly message: string },
): Response {
  const title = 'Nothing to show';
  const body = () => html`<h1>${title}</h1><p class="lead">${message}.</p>`;
  const shown = { title, data: { error: message }, body, command: commandOf(view, 'get') };
  return send(context, view, { ...shown, page: 'overview', status });
}

function send(
  context: Context,
  { about }: PageView,
  { data, body, status = 200, ...shown }: Shown & Sent,
): Response {
  if (context.req.query('format') === 'json')
    return context.body(jsonText(data), status, { 'content-type': 'application/json' });
  return context.html(layout({ about, head: served, ...shown, body: body() }), status);
}

interface Sent {
  readonly page: PageName;
  readonly status?: ContentfulStatusCode;
  readonly json?: string;
}

function jsonText(data: unknown): string {
  return `${JSON.stringify(data, undefined, 2)}\n`;
}

function commandOf({ about: { flags } }: PageView, words: string): string {
  return flags === '' ? `cvmsg ${words}` : `cvmsg ${words} ${flags}`;
}

/** What the history is narrowed by. */
const HISTORY_FLAGS: ReadonlySet<string> = new Set(['instance', 'binding', 'since', 'until']);

// Serves the page on an address of its own.

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
