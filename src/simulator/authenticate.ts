/** Who sent a call: the checks that both kinds of signature share, and the two kinds themselves. */

import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { Authenticated } from './api-call.ts';
import type { CredentialBook, KnownCredential } from './credentials.ts';
import {
  type Failure,
  malformedRequest,
  missingParameter,
  nonceReplayed,
  requestExpired,
  requestFromFuture,
  secretIdNotFound,
  signatureFailure,
  tokenFailure,
} from './failures.ts';
import type { Pair } from './form.ts';
import type { Incoming } from './incoming.ts';
import { type NonceLedger, TIMESTAMP_TOLERANCE_SECONDS } from './nonces.ts';

/** What the checks compare with. */
export interface Keyring {
  readonly credentials: CredentialBook;
  readonly nonces: NonceLedger;
}

const refused = (failure: Failure): Authenticated => ({ ok: false, failure });

const MAX_NONCE = 2n ** 63n - 1n;
const TIMESTAMP = /^[1-9]\d{0,11}$/;

export interface SignedForm {
  readonly request: Incoming;
  readonly pairs: readonly Pair[];
  /** API 2.0 signs the host exactly as sent, refuses used nonces, and writes `_` in names as `.`. */
  readonly generation: 'v2' | 'v3';
}

/** Verifies a signature that travels as a parameter. */
export function authenticateForm(keyring: Keyring, form: SignedForm, serverMs: number): Authenticated {
  const values = new Map(form.pairs);
  for (const name of ['SecretId', 'Signature', 'Timestamp', 'Nonce']) {
    if ((values.get(name) ?? '') === '') return refused(missingParameter(name));
  }
  const [secretId = '', signature = '', timestamp = '', nonce = ''] = [
    'SecretId',
    'Signature',
    'Timestamp',
    'Nonce',
  ].map((name) => values.get(name));
  if (!TIMESTAMP.test(timestamp))
    return refused(malformedRequest(`The Timestamp \`${timestamp}\` is malformed.`));
  if (!/^[1-9]\d{0,18}$/.test(nonce) || BigInt(nonce) > MAX_NONCE) {
    return refused(malformedRequest(`The Nonce \`${nonce}\` is not a positive integer up to 2^63-1.`));
  }
  const credential = keyring.credentials.find(secretId);
  if (credential === undefined) return refused(secretIdNotFound);
  const { request, generation } = form;
  const hosts = generation === 'v2' ? [request.host] : hostCandidates(request.host);
  const verified = hosts.some((host) => {
    const input = {
      method: request.method,
      host,
      path: request.path,
      pairs: form.pairs,
      underscoresAsDots: generation === 'v2',
    };
    return sameText(
      formSignature(input, credential.secretKey, values.get('SignatureMethod') ?? ''),
      signature,
    );
  });
  if (!verified) return refused(signatureFailure('parameters'));
  const untimely = checkTimestamp(Number(timestamp), serverMs);
  if (untimely !== null) return refused(untimely);
  if (
    generation === 'v2' &&
    !keyring.nonces.use({ secretId, timestamp, nonce }, Math.floor(serverMs / 1000))
  ) {
    return refused(nonceReplayed);
  }
  return checkToken(credential, values.get('Token'), serverMs);
}

/** Verifies TC3-HMAC-SHA256: any service name, host with or without its port; content-type and host must be signed, and whatever else is listed counts. */
export function authenticateTc3(keyring: Keyring, request: Incoming, serverMs: number): Authenticated {
  const authorization = parseTc3Authorization(request.headers.authorization ?? '');
  if (authorization === null) {
    const message = 'The `Authorization` header is malformed.';
    return refused({ v2: '4100', v3: 'AuthFailure.InvalidAuthorization', message });
  }
  const timestamp = request.headers['x-tc-timestamp'] ?? '';
  if (!TIMESTAMP.test(timestamp)) return refused(missingParameter('X-TC-Timestamp'));
  const names = authorization.signedHeaders;
  if (!names.includes('content-type') || !names.includes('host')) {
    return refused(signatureFailure('`content-type` and `host` must be signed'));
  }
  if (names.some((name, index) => index > 0 && name <= (names[index - 1] ?? ''))) {
    return refused(signatureFailure('signed headers must be sorted'));
  }
  const absent = names.find((name) => name !== 'host' && request.headers[name] === undefined);
  if (absent !== undefined) return refused(signatureFailure(`\`${absent}\` is signed and was not sent`));
  const credential = keyring.credentials.find(authorization.secretId);
  if (credential === undefined) return refused(secretIdNotFound);
  const signedDate = new Date(Number(timestamp) * 1000).toISOString().slice(0, 10);
  if (authorization.date !== signedDate) {
    return refused(
      signatureFailure(`the credential date must be the UTC date of the timestamp, \`${signedDate}\``),
    );
  }
  const verified = hostCandidates(request.host).some((host) =>
    sameText(
      tc3Signature({ request, authorization, host, timestamp }, credential.secretKey),
      authorization.signature,
    ),
  );
  if (!verified) return refused(signatureFailure('TC3-HMAC-SHA256'));
  const untimely = checkTimestamp(Number(timestamp), serverMs);
  if (untimely !== null) return refused(untimely);
  return checkToken(credential, request.headers['x-tc-token'], serverMs);
}

function checkTimestamp(requestSeconds: number, serverMs: number): Failure | null {
  const serverSeconds = Math.floor(serverMs / 1000);
  if (requestSeconds < serverSeconds - TIMESTAMP_TOLERANCE_SECONDS)
    return requestExpired(requestSeconds, serverSeconds);
  if (requestSeconds > serverSeconds + TIMESTAMP_TOLERANCE_SECONDS) {
    return requestFromFuture(requestSeconds, serverSeconds);
  }
  return null;
}

function checkToken(credential: KnownCredential, token: string | undefined, serverMs: number): Authenticated {
  const given = token ?? '';
  if (credential.token === undefined && given !== '')
    return refused(tokenFailure('a permanent key takes no token'));
  if (credential.token !== undefined) {
    if (given === '') return refused(tokenFailure('a temporary key needs its token'));
    if (!sameText(given, credential.token)) return refused(tokenFailure('it does not belong to the key'));
    if (credential.expiresAtMs !== undefined && credential.expiresAtMs <= serverMs) {
      return refused(tokenFailure('it is expired'));
    }
  }
  return { ok: true, account: credential.accountName };
}

// The signature that travels as a parameter: API 2.0, and API 3.0 "signature method v1".
// Written from the vendor's description of the rules, apart from the client's own signing.

interface FormSignatureInput {
  readonly method: string;
  /** As received, port included. */
  readonly host: string;
  readonly path: string;
  /** Decoded; `Signature` is skipped. */
  readonly pairs: readonly Pair[];
  /** API 2.0 signs `_` in names as `.`; API 3.0 leaves names alone. */
  readonly underscoresAsDots: boolean;
}

/** The text that is signed: METHOD, host, path, `?`, and the parameters by name in byte order, values raw. */
function formStringToSign(input: FormSignatureInput): string {
  const signed = input.pairs.filter(([name]) => name !== 'Signature');
  signed.sort(([left], [right]) => Buffer.compare(Buffer.from(left), Buffer.from(right)));
  const joined = signed
    .map(([name, value]) => `${input.underscoresAsDots ? name.replaceAll('_', '.') : name}=${value}`)
    .join('&');
  return `${input.method}${input.host}${input.path}?${joined}`;
}

/** The Base64 signature. Exactly `HmacSHA256` selects SHA-256; anything else means SHA-1. */
export function formSignature(input: FormSignatureInput, secretKey: string, signatureMethod: string): string {
  const hash = signatureMethod === 'HmacSHA256' ? 'sha256' : 'sha1';
  return createHmac(hash, secretKey).update(formStringToSign(input), 'utf8').digest('base64');
}

/** Compares without telling by timing where two texts differ. */
function sameText(left: string, right: string): boolean {
  const a = Buffer.from(left);
  const b = Buffer.from(right);
  return a.length === b.length && timingSafeEqual(a, b);
}

// TC3-HMAC-SHA256, the signature in the Authorization header of API 3.0.
// Written from the vendor's description of the rules, apart from the client's own signing.

interface Tc3Authorization {
  readonly secretId: string;
  /** `YYYY-MM-DD`. */
  readonly date: string;
  /** Any name: clients that talk to an address derive odd ones. */
  readonly service: string;
  /** Lower case, in the order given. */
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

const AUTHORIZATION =
  /^TC3-HMAC-SHA256 Credential=([^/,\s]+)\/(\d{4}-\d{2}-\d{2})\/([^/,\s]+)\/tc3_request, ?SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})$/;

/** Takes the header apart; null when it does not have the documented form. */
function parseTc3Authorization(header: string): Tc3Authorization | null {
  const match = AUTHORIZATION.exec(header.trim());
  if (match === null) return null;
  const [, secretId = '', date = '', service = '', signedHeaders = '', signature = ''] = match;
  return { secretId, date, service, signedHeaders: signedHeaders.split(';'), signature };
}

interface Tc3Input {
  readonly request: Incoming;
  readonly authorization: Tc3Authorization;
  /** The host to put in the canonical headers: with or without its port. */
  readonly host: string;
  /** `X-TC-Timestamp` as sent. */
  readonly timestamp: string;
}

/** The hex signature that `secretKey` gives. */
export function tc3Signature(input: Tc3Input, secretKey: string): string {
  const { request, authorization } = input;
  const canonicalHeaders = authorization.signedHeaders
    .map((name) => {
      const value = name === 'host' ? input.host : (request.headers[name] ?? '');
      return `${name}:${value.trim().toLowerCase()}\n`;
    })
    .join('');
  const canonicalRequest = [
    request.method,
    request.path,
    request.query,
    canonicalHeaders,
    authorization.signedHeaders.join(';'),
    sha256Hex(request.method === 'GET' ? '' : request.body),
  ].join('\n');
  const scope = `${authorization.date}/${authorization.service}/tc3_request`;
  const stringToSign = ['TC3-HMAC-SHA256', input.timestamp, scope, sha256Hex(canonicalRequest)].join('\n');
  const dateKey = hmac(`TC3${secretKey}`, authorization.date);
  const serviceKey = hmac(dateKey, authorization.service);
  const signingKey = hmac(serviceKey, 'tc3_request');
  return hmac(signingKey, stringToSign).toString('hex');
}

/** The host as sent, and without its port: clients sign either. */
function hostCandidates(host: string): readonly string[] {
  const bare = host.replace(/:\d+$/, '');
  return bare === host ? [host] : [host, bare];
}

function sha256Hex(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text, 'utf8').digest();
}
