/** Builds signed requests of API 2.0. */
import type { Random } from '../../runtime/random.ts';
import type { Credentials } from '../credentials/credentials.ts';
import type { SignedRequest } from '../signed-call.ts';
import { type Parameters, type SignatureMethod, v2Signature } from './signature.ts';

const PATH = '/v2/index.php';

export interface V2RequestOptions {
  /** Scheme and authority. */
  readonly baseUrl: string;
  readonly method: 'GET' | 'POST';
  readonly signatureMethod: SignatureMethod;
  readonly region: string;
  readonly action: string;
  /** The action's own parameters, flattened. */
  readonly parameters: Parameters;
}

/** What makes one attempt unlike any other. */
export interface V2Attempt {
  readonly credentials: Credentials;
  /** Unix seconds. */
  readonly timestampS: number;
  /** A positive integer up to 2^63-1 as text: a JavaScript number cannot hold it. */
  readonly nonce: string;
}

/** One attempt's request; POST carries everything in the body, GET everything in the query. */
export function v2Request(options: V2RequestOptions, attempt: V2Attempt): SignedRequest {
  const { baseUrl, method, action } = options;
  const { credentials, timestampS, nonce } = attempt;
  const unsigned: Parameters = {
    ...options.parameters,
    Action: action,
    Region: options.region,
    Timestamp: String(timestampS),
    Nonce: nonce,
    SecretId: credentials.secretId,
    SignatureMethod: options.signatureMethod,
    ...(credentials.token !== undefined && { Token: credentials.token.reveal() }),
  };
  const host = new URL(baseUrl).host;
  const signature = v2Signature(
    { method, host, path: PATH, parameters: unsigned },
    credentials.secretKey.reveal(),
  );
  const encoded = encodeForm({ ...unsigned, Signature: signature });
  const requestId = `nonce=${nonce} timestamp=${timestampS}`;
  if (method === 'GET') {
    return {
      request: { method, url: `${baseUrl}${PATH}?${encoded}`, headers: {} },
      requestId,
      proof: signature,
    };
  }
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  return {
    request: { method, url: `${baseUrl}${PATH}`, headers, body: encoded },
    requestId,
    proof: signature,
  };
}

function encodeForm(parameters: Parameters): string {
  return Object.entries(parameters)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join('&');
}

/** A nonce of 63 random bits, never zero. */
export function drawNonce(random: Random): string {
  const high = BigInt(Math.floor(random.next() * 2 ** 31));
  const low = BigInt(Math.floor(random.next() * 2 ** 32));
  const nonce = (high << 32n) | low;
  return String(nonce === 0n ? 1n : nonce);
}
