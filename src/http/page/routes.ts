/** The addresses of the page. Each shows what the view tells at this moment, as HTML or as JSON. */
import { type Context, Hono, type MiddlewareHandler } from 'hono';
import { compress } from 'hono/compress';
import { etag } from 'hono/etag';
import { secureHeaders } from 'hono/secure-headers';
import { isInstanceId } from '../../api/ids.ts';
import { messageOf } from '../../api/message-of.ts';
import { historyFilter } from '../../core/history-filter.ts';
import { InstantError } from '../../core/text/duration.ts';
import { shellWord } from '../../core/text/shell-word.ts';
import { totalsText } from '../../core/text/totals-text.ts';
import type { Log } from '../../runtime/log.ts';
import { bindingsListing } from './bindings-page.ts';
import type { ChangeStreams } from './change-streams.ts';
import { historyPage } from './history-page.ts';
import { type Html, html } from './html.ts';
import { instancePage } from './instance-page.ts';
import { instancesListing } from './instances-page.ts';
import { keptFor } from './kept.ts';
import { layout, served } from './layout.ts';
import { linkTo, type PageName, type PageQuery, pageQuery } from './links.ts';
import { type Overview, overviewPage, problemsOf } from './overview-page.ts';
import { planListing, planPage } from './plan-page.ts';
import { script } from './script.ts';
import { icon, styles } from './styles.ts';
import { type Listing, listingHtml, tablePage } from './table.ts';
import type { PageView } from './view.ts';

/** Changes of the overview. */
const LAST_CHANGES = 8;

/** What one address answers: the same for people and for programs, and the command that shows it. */
interface Shown {
  readonly title: string;
  readonly data: unknown;
  readonly body: () => Html;
  readonly command: string;
}

/** What was asked for is not there, or cannot be understood. */
class Refusal extends Error {
  readonly status: 400 | 404;

  constructor(status: 400 | 404, message: string) {
    super(message);
    this.status = status;
  }
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
      throw new Refusal(400, `Expected an instance id such as ins-4q118hl2, got "${id}"`);
    const explanation = view.instance(id);
    if (explanation === undefined) throw new Refusal(404, `nothing is known of ${id}`);
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
  app.get('/page.css', (context) => context.body(styles, 200, { 'content-type': 'text/css; charset=utf-8' }));
  app.get('/page.js', (context) =>
    context.body(script, 200, { 'content-type': 'text/javascript; charset=utf-8' }),
  );
  app.get('/icon.svg', (context) => context.body(icon, 200, { 'content-type': 'image/svg+xml' }));
  for (const name of Object.keys(PAGES) as PageName[])
    app.get(name === 'overview' ? '/' : `/${name}`, (context) => answer(context, view, name));
  app.notFound((context) => {
    const message = 'there is no such page';
    // Addresses of a page are relative: below a folder they lead nowhere.
    if (context.req.path.lastIndexOf('/') > 0) return context.text(`${message}\n`, 404);
    return refuse(context, view, new Refusal(404, message));
  });
  app.onError((error, context) => {
    if (error instanceof Refusal) return refuse(context, view, error);
    if (error instanceof InstantError) return refuse(context, view, new Refusal(400, error.message));
    log.error({ error: messageOf(error), path: context.req.path }, 'a page could not be made');
    return context.text('the page could not be made; the log says why\n', 500);
  });
  return app;
}

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

function answer(context: Context, view: PageView, name: PageName): Response {
  const query = pageQuery(context.req.query());
  const { title, data, body, command } = PAGES[name](view, query);
  if (context.req.query('format') === 'json')
    return context.body(json(data), 200, { 'content-type': 'application/json' });
  const page = query.page > 1 ? { page: query.page } : {};
  const twin = linkTo(name, { ...query.filters, ...page, format: 'json' });
  const about = { about: view.about, head: served, command, json: twin };
  return context.html(layout({ ...about, title, page: name, body: body() }));
}

function refuse(context: Context, view: PageView, { status, message }: Refusal): Response {
  if (context.req.query('format') === 'json')
    return context.body(json({ error: message }), status, { 'content-type': 'application/json' });
  const body = html`<h1>Nothing to show</h1><p class="lead">${message}.</p>`;
  const about = { about: view.about, head: served, command: commandOf(view, 'get') };
  return context.html(layout({ ...about, title: 'Nothing to show', page: 'overview', body }), status);
}

function json(data: unknown): string {
  const text = JSON.stringify(
    data,
    (_, value: unknown) => (value instanceof Map ? Object.fromEntries(value) : value),
    2,
  );
  return `${text}\n`;
}

function commandOf({ about: { flags } }: PageView, words: string): string {
  return flags === '' ? `cvmsg ${words}` : `cvmsg ${words} ${flags}`;
}

function overviewOf(view: PageView): Overview {
  const [bindings, instances] = [view.bindings(), view.instances()];
  return {
    ...keptFor(instances, 'summary', () => ({
      totals: totalsText(bindings),
      problems: problemsOf(bindings, instances),
    })),
    nowMs: view.nowMs(),
    pending: view.pendingPlans(),
    source: view.sourceNotes(),
    scopes: view.scopes(),
    windows: view.windows(),
    changes: view.history({ page: 1 }).lines.slice(0, LAST_CHANGES),
    drift: view.drift(),
  };
}

/** What the history is narrowed by. */
const HISTORY_FLAGS: ReadonlySet<string> = new Set(['instance', 'binding', 'since', 'until']);
