/** Who may use the control API: callers on the same machine, and no web page by way of their browser. */

export interface Caller {
  /** The peer's address. */
  readonly remoteAddress: string;
  readonly host: string;
  readonly origin: string | undefined;
}

/** Why the caller is refused, null when it may pass. */
export function controlRefusal({ remoteAddress, host, origin }: Caller): string | null {
  if (!isLoopback(remoteAddress)) {
    return 'The control API answers callers on the same machine only.';
  }
  // A page that rebinds its own name to 127.0.0.1 still sends that name.
  const name = host.replace(/:\d+$/, '').toLowerCase();
  if (!isLoopback(name.replace(/^\[|\]$/g, '')) && name !== 'localhost') {
    return `The control API must be addressed as localhost or a loopback address, got the host '${host}'.`;
  }
  if (origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`) {
    return `The control API takes no requests from the web page '${origin}'.`;
  }
  return null;
}

function isLoopback(address: string): boolean {
  return address === '::1' || /^(::ffff:)?127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(address);
}
