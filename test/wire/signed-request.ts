/** Signed requests for tests of the simulator, built on its own signature functions, which the published vectors prove. */
import type { HttpRequest } from '../../src/runtime/transport.ts';
import { formSignature, tc3Signature } from '../../src/simulator/authenticate.ts';
import { takeApart } from '../../src/simulator/incoming.ts';

interface Signer {
  readonly secretId: string;
  readonly secretKey: string;
  readonly token?: string;
}

export interface RequestOptions {
  readonly signer: Signer;
  readonly nowMs: number;
  readonly region?: string;
  readonly url?: string;
}

export interface V2Options extends RequestOptions {
  readonly method?: 'GET' | 'POST';
  readonly nonce?: string;
  readonly signatureMethod?: string;
}

const HOST = 'http://127.0.0.1:8099';
let nextNonce = 1;

/** An API 2.0 request; `params` are flat, dotted names. */
export function v2Request(
  action: string,
  params: Readonly<Record<string, string>>,
  options: V2Options,
): HttpRequest {
  const { signer, nowMs, method = 'POST', url = `${HOST}/v2/index.php` } = options;
  const all: Record<string, string> = {
    Action: action,
    Region: options.region ?? 'ap-guangzhou',
    Timestamp: String(Math.floor(nowMs / 1000)),
    Nonce: options.nonce ?? String(nextNonce++),
    SecretId: signer.secretId,
    SignatureMethod: options.signatureMethod ?? 'HmacSHA256',
    ...(signer.token === undefined ? {} : { Token: signer.token }),
    ...params,
  };
  const { host, path } = takeApart({ method, url, headers: {} });
  const input = { method, host, path, pairs: Object.entries(all), underscoresAsDots: true };
  all.Signature = formSignature(input, signer.secretKey, all.SignatureMethod ?? '');
  const form = new URLSearchParams(all).toString();
  if (method === 'GET') return { method, url: `${url}?${form}`, headers: {} };
  return { method, url, headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: form };
}

/** An API 3.0 request, signed with TC3-HMAC-SHA256. */
export function v3Request(
  action: string,
  body: Readonly<Record<string, unknown>>,
  options: RequestOptions & { readonly version?: string },
): HttpRequest {
  const { signer, nowMs, url = `${HOST}/` } = options;
  const timestamp = String(Math.floor(nowMs / 1000));
  const request = {
    method: 'POST' as const,
    url,
    headers: {
      'content-type': 'application/json; charset=utf-8',
      'x-tc-action': action,
      'x-tc-version': options.version ?? '2017-03-12',
      'x-tc-region': options.region ?? 'ap-guangzhou',
      'x-tc-timestamp': timestamp,
      ...(signer.token === undefined ? {} : { 'x-tc-token': signer.token }),
    },
    body: JSON.stringify(body),
  };
  const date = new Date(nowMs).toISOString().slice(0, 10);
  const authorization = {
    secretId: signer.secretId,
    date,
    service: 'cvm',
    signedHeaders: ['content-type', 'host'],
    signature: '',
  };
  const incoming = takeApart(request);
  const input = { request: incoming, authorization, host: incoming.host, timestamp };
  const signature = tc3Signature(input, signer.secretKey);
  const credential = `${signer.secretId}/${date}/cvm/tc3_request`;
  return {
    ...request,
    headers: {
      ...request.headers,
      authorization: `TC3-HMAC-SHA256 Credential=${credential}, SignedHeaders=content-type;host, Signature=${signature}`,
    },
  };
}
