/**
 * TC3-HMAC-SHA256, the signature in the Authorization header of API 3.0.
 * Written from the vendor's description of the rules, apart from the client's own signing.
 */
import { createHash, createHmac } from 'node:crypto';
import type { Incoming } from '../incoming.ts';

export interface Tc3Authorization {
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
export function parseTc3Authorization(header: string): Tc3Authorization | null {
  const match = AUTHORIZATION.exec(header.trim());
  if (match === null) return null;
  const [, secretId = '', date = '', service = '', signedHeaders = '', signature = ''] = match;
  return { secretId, date, service, signedHeaders: signedHeaders.split(';'), signature };
}

export interface Tc3Input {
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
export function hostCandidates(host: string): readonly string[] {
  const bare = host.replace(/:\d+$/, '');
  return bare === host ? [host] : [host, bare];
}

function sha256Hex(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text, 'utf8').digest();
}
