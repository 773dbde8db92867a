import type { HttpRequest } from '../runtime/transport.ts';
import { isFinanceRegion } from './regions.ts';

/** A request with its target taken apart exactly as it was sent: nothing is decoded or normalised, for signatures cover the raw text. */
export interface Incoming {
  readonly method: string;
  /** The Host header, port included when it was sent. */
  readonly host: string;
  readonly path: string;
  /** Without the `?`. */
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const ABSOLUTE_URL = /^https?:\/\/([^/?#]*)([^?#]*)(?:\?([^#]*))?/;

/** @throws TypeError when the URL is not an absolute http or https one. */
export function takeApart(request: HttpRequest): Incoming {
  const match = ABSOLUTE_URL.exec(request.url);
  if (match === null) throw new TypeError(`Expected an absolute http(s) URL, got '${request.url}'.`);
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) headers[name.toLowerCase()] = value;
  return {
    method: request.method,
    host: headers.host ?? match[1] ?? '',
    path: match[2] === '' || match[2] === undefined ? '/' : match[2],
    query: match[3] ?? '',
    headers,
    body: request.body ?? '',
  };
}

const VENDOR_HOST = /^([a-z0-9-]+)((?:\.[a-z0-9-]+)*)\.(api\.qcloud\.com|tencentcloudapi\.com)(?::\d+)?$/i;

export interface VendorHost {
  /** Empty when the host is not one of the vendor's, such as `127.0.0.1:8099`. */
  readonly service: string;
  readonly generation: 'v2' | 'v3' | null;
  /** The finance region that the host is of, such as `ap-shanghai-fsi`; empty for the hosts of all others. */
  readonly financeRegion: string;
}

/** Which service and generation a host name stands for. */
export function vendorHost(host: string): VendorHost {
  const match = VENDOR_HOST.exec(host);
  if (match === null) return { service: '', generation: null, financeRegion: '' };
  const labels = (match[2] ?? '').toLowerCase().split('.');
  return {
    service: (match[1] ?? '').toLowerCase(),
    generation: match[3]?.toLowerCase() === 'api.qcloud.com' ? 'v2' : 'v3',
    financeRegion: labels.find(isFinanceRegion) ?? '',
  };
}
