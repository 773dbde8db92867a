/** Whether what an API server is told and says stays between it and this process. */
import { isIP } from 'node:net';

interface Cluster {
  readonly server: string;
  /** `insecure-skip-tls-verify` */
  readonly skipTLSVerify?: boolean;
}

/** What a person has to know of a connection that anybody on the way can read or answer; undefined when nothing. */
export function trustFault({ server, skipTLSVerify }: Cluster): string | undefined {
  const risk = "anybody on the way can read its token and answer in the server's place";
  if (!URL.canParse(server)) return undefined;
  const { protocol, hostname } = new URL(server);
  if (protocol === 'http:' && !isLoopback(hostname)) {
    return `the API server "${server}" is spoken to without TLS: ${risk}. Write its address with https://`;
  }
  if (protocol === 'https:' && skipTLSVerify === true) {
    return (
      `the certificate of the API server "${server}" is not checked (insecure-skip-tls-verify in the kubeconfig): ${risk}. ` +
      'Name the authority that signed it in certificate-authority, and take insecure-skip-tls-verify away'
    );
  }
  return undefined;
}

function isLoopback(hostname: string): boolean {
  const address = hostname.replace(/^\[|\]$/g, '');
  return address === 'localhost' || address === '::1' || (isIP(address) === 4 && address.startsWith('127.'));
}
