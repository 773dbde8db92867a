/** The page of `cvmsg run`, when an address for it is given. */
import type { HttpServer } from '../../http/server.ts';
import type { Log } from '../../runtime/log.ts';
import type { ListenAddress } from '../observability.ts';
import type { PageDataOptions } from './page-data.ts';

export interface PageOptions extends PageDataOptions {
  readonly log: Log;
  /** Ends what looks on. */
  readonly signal: AbortSignal;
}

/** Loads what the page needs, and serves it from now on. Rejects when the address cannot be had. */
export async function servePage(address: ListenAddress, options: PageOptions): Promise<HttpServer> {
  const { PageData } = await import('./page-data.ts');
  const { isLoopback, startPage } = await import('../../http/page/routes.ts');
  const { clock, log, signal } = options;
  const view = new PageData(options);
  const server = await startPage({ ...address, view, clock, log, signal });
  log.info({ url: server.url }, 'serves the page');
  if (!isLoopback(address.host))
    log.warn({}, 'the page knows no users: whoever reaches this address sees everything; see docs/page.md');
  return {
    url: server.url,
    async [Symbol.asyncDispose]() {
      view[Symbol.dispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}
