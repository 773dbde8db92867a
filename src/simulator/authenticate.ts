/** Who sent a call: the checks that both kinds of signature share, and the two kinds themselves. */
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
import { formSignature, sameText } from './signature/form-signature.ts';
import { hostCandidates, parseTc3Authorization, tc3Signature } from './signature/tc3-signature.ts';

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
