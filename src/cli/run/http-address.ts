/** The addresses of `--http-listen` and `--page-listen`. */
import { isIPv4 } from 'node:net';
import type { ListenAddress } from '../../manager/observability.ts';
import { CliError } from '../cli-error.ts';

/** The flags, each with the host that is meant where none is written. */
const HOSTS = { 'http-listen': '0.0.0.0', 'page-listen': '127.0.0.1' } as const;

/** @throws CliError for what is no address, and for one that both servers would need. */
export function listenAddresses({
  httpListen,
  pageListen,
}: {
  readonly httpListen: string | undefined;
  readonly pageListen: string | undefined;
}): { readonly http: ListenAddress | undefined; readonly page: ListenAddress | undefined } {
  const http = parseHttpAddress('http-listen', httpListen);
  const page = parseHttpAddress('page-listen', pageListen);
  if (http !== undefined && page !== undefined && areOne(http, page)) {
    throw new CliError(
      `--http-listen "${httpListen}" and --page-listen "${pageListen}" name one address: give one of them another port`,
    );
  }
  return { http, page };
}

/** Port 0 is a free one for each. */
function areOne(left: ListenAddress, right: ListenAddress): boolean {
  if (left.port !== right.port || left.port === 0) return false;
  return left.host === right.host || takes(left.host, right.host) || takes(right.host, left.host);
}

/** Whether a server on `host` listens on the other host as well. */
function takes(host: string, other: string): boolean {
  return host === '::' || (host === '0.0.0.0' && isIPv4(other));
}

/** @param text `HOST:PORT`, or `:PORT`; undefined where the flag is not given. @throws CliError for anything else. */
function parseHttpAddress(flag: keyof typeof HOSTS, text: string | undefined): ListenAddress | undefined {
  if (text === undefined) return undefined;
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:\s]*)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) {
    const example = flag === 'http-listen' ? '0.0.0.0:8080' : '127.0.0.1:8090';
    throw new CliError(`--${flag}: Expected HOST:PORT such as ${example}, got "${text}"`);
  }
  return { host: match[1] ?? (match[2] || HOSTS[flag]), port };
}
