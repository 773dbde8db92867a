/** Builds signed requests of API 3.0. */
import { longRegionName } from '../../api/region.ts';
import type { Credentials } from '../credentials/credentials.ts';
import type { SignedRequest } from '../signed-call.ts';
import { v3Authorization, v3Signature } from './signature.ts';

const CONTENT_TYPE = 'application/json; charset=utf-8';

export interface V3RequestOptions {
  /** Scheme and authority, as `URL.origin` has them. */
  readonly baseUrl: string;
  /** The product that the signature names. */
  readonly service: 'cvm' | 'vpc';
  readonly version: string;
  /** As the user wrote it. */
  readonly region: string;
  readonly action: string;
  /** The action's parameters as JSON. */
  readonly body: string;
}

/** What makes one attempt unlike any other. */
export interface V3Attempt {
  readonly credentials: Credentials;
  /** Unix seconds. */
  readonly timestampS: number;
}

/** One attempt's request. Its request id comes with the reply. */
export function v3Request(options: V3RequestOptions, { credentials, timestampS }: V3Attempt): SignedRequest {
  const { baseUrl, service, version, region, action, body } = options;
  const host = baseUrl.slice(baseUrl.indexOf('//') + 2);
  const { secretId, secretKey } = credentials;
  // Each of them says what is to be done, where or when: whoever is on the way must not change one.
  const sent = {
    'content-type': CONTENT_TYPE,
    'x-tc-action': action,
    'x-tc-version': version,
    'x-tc-region': longRegionName(region),
    'x-tc-timestamp': String(timestampS),
    ...(credentials.token !== undefined && { 'x-tc-token': credentials.token.reveal() }),
  };
  const input = { service, headers: { ...sent, host }, timestampS, body };
  const proof = v3Signature(input, secretKey);
  const headers = {
    ...sent,
    authorization: v3Authorization(input, { secretId, secretKey, signature: proof }),
  };
  return { request: { method: 'POST', url: `${baseUrl}/`, headers, body }, requestId: '', proof };
}
