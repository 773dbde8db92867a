/** Where the two generations live, and which addresses a secret-signed request may go to. */
import { longRegionName } from '../api/region.ts';

/** Base URLs of one region, without a trailing slash. */
export interface Endpoints {
  /** API 2.0, module `dfw`: group lists are written here. */
  readonly v2Dfw: string;
  /** API 2.0, module `cvm`: instances are read here. */
  readonly v2Cvm: string;
  readonly v3Cvm: string;
  /** API 3.0 of VPC, where security groups and their quotas are read, whichever generation writes. */
  readonly v3Vpc: string;
  /** API 3.0 of STS, which hands out the keys of a pod. */
  readonly v3Sts: string;
  /** True when the user named one address for everything. */
  readonly custom: boolean;
}

export interface EndpointOptions {
  /** One address for everything, such as a simulator. */
  readonly endpoint?: string | undefined;
  /** What the hosts of API 3.0 lie below; {@link DEFAULT_ROOT_DOMAIN} without it. */
  readonly rootDomain?: string | undefined;
  /** Lets requests go over plain http to other machines. */
  readonly allowInsecure?: boolean | undefined;
}

/** The vendor's root domain. Others are `internal.tencentcloudapi.com` in a VPC without internet, and that of the international site. */
export const DEFAULT_ROOT_DOMAIN = 'tencentcloudapi.com';

/** API 2.0 has these hosts for all regions and sites. */
const V2 = { v2Dfw: 'https://dfw.api.qcloud.com', v2Cvm: 'https://cvm.api.qcloud.com' };

/** The hosts of API 3.0 by region, long name. The first row that fits counts. */
const V3_HOSTS: readonly { readonly regions: RegExp; readonly host: string }[] = [
  // Finance regions are closed off: the common host does not know them. A region comes from a document, so nothing else may fit.
  { regions: /^[a-z0-9]+(-[a-z0-9]+)*-fsi$/, host: '<product>.<region>.<root>' },
  { regions: /^/, host: '<product>.<root>' },
];

/** The hosts of a region, or the one address that the user named. @throws TypeError for an address or a domain that cannot be used. */
export function resolveEndpoints(region: string, options: EndpointOptions = {}): Endpoints {
  const { endpoint, rootDomain = DEFAULT_ROOT_DOMAIN, allowInsecure = false } = options;
  if (endpoint !== undefined) {
    const base = checkEndpoint(endpoint, { allowInsecure });
    return { v2Dfw: base, v2Cvm: base, v3Cvm: base, v3Vpc: base, v3Sts: base, custom: true };
  }
  const problem = rootDomainProblem(rootDomain);
  if (problem !== undefined) throw new TypeError(problem);
  const base = (product: string) => `https://${v3Host(product, region, rootDomain)}`;
  return { ...V2, v3Cvm: base('cvm'), v3Vpc: base('vpc'), v3Sts: base('sts'), custom: false };
}

function v3Host(product: string, region: string, rootDomain: string): string {
  const name = longRegionName(region);
  const host = V3_HOSTS.find(({ regions }) => regions.test(name))?.host ?? '';
  return host.replace('<product>', product).replace('<region>', name).replace('<root>', rootDomain);
}

const DOMAIN = /^(?=.{1,200}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)+$/;

/** What is wrong with a root domain and what to write instead; undefined when hosts can lie below it. */
export function rootDomainProblem(text: string): string | undefined {
  const bare = text
    .trim()
    .toLowerCase()
    .replace(/^https?:\/\//, '')
    .replace(/\/.*$/, '')
    .replace(/^(cvm|vpc|sts|dfw)\./, '');
  if (bare === text && DOMAIN.test(text)) return undefined;
  const fix = DOMAIN.test(bare) ? `write "${bare}"` : `write one such as "${DEFAULT_ROOT_DOMAIN}"`;
  return `Expected a domain that the hosts of the products lie below, without product, scheme, port and path; ${fix}`;
}

/** Plain http to another machine, which nobody has allowed. */
export class InsecureEndpointError extends TypeError {}

/**
 * Reduces `endpoint` to scheme and authority.
 *
 * @throws TypeError when it is no http(s) URL, or carries a path, a query or a password.
 * @throws InsecureEndpointError when it is plain http to anything but loopback (127.0.0.0/8, ::1, localhost) without
 *   `allowInsecure`.
 */
export function checkEndpoint(endpoint: string, options: { allowInsecure?: boolean } = {}): string {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (url === undefined || !(url.protocol === 'https:' || url.protocol === 'http:')) {
    // A malformed text may hold a password, so it is not quoted.
    throw new TypeError('Expected the endpoint to be a URL such as "https://host:port", got something else');
  }
  if (url.username !== '' || url.password !== '') {
    throw new TypeError(
      `Expected the endpoint to hold no user name or password, got one for host "${url.host}"; remove it`,
    );
  }
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') {
    throw new TypeError(`Expected the endpoint to be scheme, host and port alone, write "${url.origin}"`);
  }
  if (url.protocol === 'http:' && !isLoopback(url.hostname) && options.allowInsecure !== true) {
    throw new InsecureEndpointError(
      `Expected https, got plain http to "${url.host}": signed requests could be read on the way. ` +
        'Use https, or allow insecure endpoints explicitly',
    );
  }
  return url.origin;
}

/** Whether a URL's hostname is this machine itself: 127.0.0.0/8, ::1 or localhost. */
export function isLoopback(hostname: string): boolean {
  // The URL parser has already normalized 127.1 and 0x7f.1 to dotted form.
  return (
    hostname === 'localhost' || hostname === '[::1]' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(hostname)
  );
}
