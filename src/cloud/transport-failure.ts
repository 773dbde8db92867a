/** Names what undici and the operating system report, in the words of {@link TransportError}. */
import { messageOf } from '../api/message-of.ts';
import { TransportError } from '../runtime/transport.ts';

/** undici's own codes, in the operating system's words where it has them. */
const CODES: ReadonlyMap<string, string> = new Map([
  ['UND_ERR_CONNECT_TIMEOUT', 'ETIMEDOUT'],
  ['UND_ERR_HEADERS_TIMEOUT', 'ETIMEDOUT'],
  ['UND_ERR_BODY_TIMEOUT', 'ETIMEDOUT'],
  ['UND_ERR_SOCKET', 'ECONNRESET'],
  ['UND_ERR_PRX_CONN', 'EPROXY'],
  ['UND_ERR_PRX_TLS', 'EPROXY'],
  ['UND_ERR_RES_EXCEEDED_MAX_SIZE', 'EMSGSIZE'],
]);

/** What OpenSSL calls an answer that is not TLS, by its own code or in its text. */
const NO_TLS =
  /wrong version number|packet length too long|http request|unexpected message|WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG/i;
const NO_TLS_TEXT =
  'the answer is not TLS: the host, or a proxy on the way, does not speak https there; correct the port, or write its address with http://';

/** A proxy that lets through what is in use today may not know the hosts of API 2.0. */
const OTHER_GENERATION = ', or use API 3.0, which has other hosts, with --api v3';

export interface FailedExchange {
  /** The host that was asked for, so that a proxy's name is told apart. */
  readonly hostname: string;
  /** Whether the request may have been written. */
  readonly started: boolean;
}

/** The transport error for whatever ended an exchange. */
export function toTransportError(error: unknown, { hostname, started }: FailedExchange): TransportError {
  if (error instanceof TransportError) return error;
  const message = reason(error);
  const { code: raw, hostname: lookedUp } = systemFields(error);
  const code = CODES.get(raw) ?? raw;
  const options = { sent: started, cause: error };
  if (code === 'ENOTFOUND' && lookedUp !== undefined && lookedUp !== hostname) {
    return new TransportError('EPROXY', `the proxy "${lookedUp}" does not resolve`, options);
  }
  // Before the request was written, only a proxy can have aborted it.
  if (code === 'UND_ERR_ABORTED' && !started) {
    const fix = `let the proxy connect to that host${hostname.endsWith('.api.qcloud.com') ? OTHER_GENERATION : ''}`;
    return new TransportError(
      'EPROXY',
      `the proxy refused to connect to "${hostname}": ${message}; ${fix}`,
      options,
    );
  }
  return new TransportError(code, `${message || code} (host "${hostname}")`, options);
}

/** OpenSSL names its own source files where a person needs to know what to do. */
function reason(error: unknown): string {
  const message = messageOf(error);
  const { code } = systemFields(error);
  const isOfTls = code === 'EPROTO' || code.startsWith('ERR_SSL_');
  return isOfTls && NO_TLS.test(`${code} ${message}`) ? NO_TLS_TEXT : message;
}

function systemFields(error: unknown): { readonly code: string; readonly hostname?: string } {
  if (!(error instanceof Error)) return { code: 'UNKNOWN' };
  // undici's parser errors have no code where the parser has no word for it.
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  const hostname = 'hostname' in error && typeof error.hostname === 'string' ? error.hostname : undefined;
  return { code, ...(hostname !== undefined && { hostname }) };
}
