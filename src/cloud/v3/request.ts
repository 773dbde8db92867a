/** Builds signed requests of API 3.0. */

import { createHash, createHmac, type Hash, hash } from 'node:crypto';
import { longRegionName } from '../../api/region.ts';
import type { Secret } from '../../runtime/secret.ts';
import type { Credentials } from '../credentials/credentials.ts';
import type { SignedRequest } from '../signed-call.ts';

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

// The signature of API 3.0, TC3-HMAC-SHA256 (vendor document "Signature v3").

const ALGORITHM = 'TC3-HMAC-SHA256';
const DAY_S = 86_400;

interface V3SigningInput {
  readonly service: string;
  /** All that are signed, names in lower case: `content-type` and `host` at least. */
  readonly headers: Readonly<Record<string, string>>;
  /** Unix seconds. */
  readonly timestampS: number;
  readonly body: string;
}

interface V3Signer {
  readonly secretId: string;
  readonly secretKey: Secret;
  /** Where it is known already. */
  readonly signature?: string;
}

/** What a secret signs with for one service on one UTC day. */
interface DayKey {
  readonly day: number;
  readonly service: string;
  /** As the signature names it: date, service and a constant. */
  readonly scope: string;
  readonly sign: KeyedHash;
}

/** Deriving a key takes longer than signing with it, and it lives no longer than its secret. */
const dayKeys = new WeakMap<Secret, DayKey>();

/** The hexadecimal signature of a POST to `/` without a query. */
export function v3Signature(input: V3SigningInput, secretKey: Secret): string {
  const { headers, timestampS, body } = input;
  const names = signedNames(headers);
  // The vendor has names and values in lower case here, and a line end after each.
  const lines = names.map((name) => `${name}:${headers[name]?.trim().toLowerCase()}\n`).join('');
  const canonical = ['POST', '/', '', lines, names.join(';'), sha256Hex(body)].join('\n');
  const { scope, sign } = dayKey(input, secretKey);
  return sign.hex([ALGORITHM, timestampS, scope, sha256Hex(canonical)].join('\n'));
}

/** The `Authorization` header. */
export function v3Authorization(
  input: V3SigningInput,
  { secretId, secretKey, signature = v3Signature(input, secretKey) }: V3Signer,
): string {
  const { scope } = dayKey(input, secretKey);
  const signed = signedNames(input.headers).join(';');
  return `${ALGORITHM} Credential=${secretId}/${scope}, SignedHeaders=${signed}, Signature=${signature}`;
}

function signedNames(headers: V3SigningInput['headers']): string[] {
  return Object.keys(headers).sort();
}

function dayKey({ service, timestampS }: V3SigningInput, secretKey: Secret): DayKey {
  const day = Math.floor(timestampS / DAY_S);
  const known = dayKeys.get(secretKey);
  if (known?.day === day && known.service === service) return known;
  const date = new Date(day * DAY_S * 1000).toISOString().slice(0, 10);
  const dateKey = hmac(`TC3${secretKey.reveal()}`, date);
  const sign = new KeyedHash(hmac(hmac(dateKey, service), 'tc3_request'));
  const made = { day, service, scope: `${date}/${service}/tc3_request`, sign };
  dayKeys.set(secretKey, made);
  return made;
}

function sha256Hex(text: string): string {
  return hash('sha256', text, 'hex');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text, 'utf8').digest();
}

// HMAC-SHA256 with a key that is used again and again (RFC 2104, section 4): the two hash states that depend on the key
// alone are kept, and each text starts from a copy of them.

const BLOCK_BYTES = 64;
const INNER = 0x36;
const OUTER = 0x5c;

export class KeyedHash {
  readonly #inner: Hash;
  readonly #outer: Hash;

  /** @throws RangeError for a key that is longer than a block of 64 bytes. */
  constructor(key: Buffer) {
    if (key.length > BLOCK_BYTES) {
      throw new RangeError(`Expected a key of at most ${BLOCK_BYTES} bytes, got ${key.length}`);
    }
    this.#inner = createHash('sha256').update(padded(key, INNER));
    this.#outer = createHash('sha256').update(padded(key, OUTER));
  }

  /** The HMAC of the text as UTF-8, in hexadecimal. */
  hex(text: string): string {
    const inner = this.#inner.copy().update(text, 'utf8').digest();
    return this.#outer.copy().update(inner).digest('hex');
  }
}

function padded(key: Buffer, pad: number): Uint8Array {
  return Buffer.alloc(BLOCK_BYTES).map((_, index) => (key[index] ?? 0) ^ pad);
}
