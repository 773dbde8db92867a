/** Where the two generations live, and which addresses a secret-signed request may go to. */

/** Base URLs without a trailing slash. */
export interface Endpoints {
  /** API 2.0, module `dfw`: group lists are written here. */
  readonly v2Dfw: string;
  /** API 2.0, module `cvm`: instances are read here. */
  readonly v2Cvm: string;
  readonly v3Cvm: string;
  /** API 3.0 of VPC, where security groups and their quotas are read, whichever generation writes. */
  readonly v3Vpc: string;
  /** True when the user named one address for everything. */
  readonly custom: boolean;
}

const VENDOR: Endpoints = {
  v2Dfw: 'https://dfw.api.qcloud.com',
  v2Cvm: 'https://cvm.api.qcloud.com',
  v3Cvm: 'https://cvm.tencentcloudapi.com',
  v3Vpc: 'https://vpc.tencentcloudapi.com',
  custom: false,
};

/** The vendor's hosts, or the one address that the user named for both generations. @throws TypeError for an address that cannot be used. */
export function resolveEndpoints(endpoint?: string, options: { allowInsecure?: boolean } = {}): Endpoints {
  if (endpoint === undefined) return VENDOR;
  const base = checkEndpoint(endpoint, options);
  return { v2Dfw: base, v2Cvm: base, v3Cvm: base, v3Vpc: base, custom: true };
}

/**
 * Reduces `endpoint` to scheme and authority.
 *
 * @throws TypeError when it is no http(s) URL, carries a path, a query or a password, or is plain http to
 *   anything but loopback (127.0.0.0/8, ::1, localhost) without `allowInsecure`.
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
    throw new TypeError(
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
