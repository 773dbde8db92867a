/** The signature of API 3.0, TC3-HMAC-SHA256 (vendor document "Signature v3"). */
import { createHmac, hash } from 'node:crypto';

const ALGORITHM = 'TC3-HMAC-SHA256';
const SIGNED_HEADERS = 'content-type;host';

export interface V3SigningInput {
  readonly service: string;
  /** The Host header as sent, with its port where it has one. */
  readonly host: string;
  readonly contentType: string;
  /** Unix seconds. */
  readonly timestampS: number;
  readonly body: string;
}

/** The hexadecimal signature of a POST to `/` without a query. */
export function v3Signature(input: V3SigningInput, secretKey: string): string {
  const { service, host, contentType, timestampS, body } = input;
  const canonical = [
    'POST',
    '/',
    '',
    `content-type:${contentType}\nhost:${host}\n`,
    SIGNED_HEADERS,
    sha256Hex(body),
  ].join('\n');
  const date = utcDate(timestampS);
  const stringToSign = [ALGORITHM, timestampS, credentialScope(date, service), sha256Hex(canonical)].join(
    '\n',
  );
  const dateKey = hmac(`TC3${secretKey}`, date);
  const signingKey = hmac(hmac(dateKey, service), 'tc3_request');
  return hmac(signingKey, stringToSign).toString('hex');
}

/** The `Authorization` header. */
export function v3Authorization(input: V3SigningInput, secretId: string, secretKey: string): string {
  const scope = credentialScope(utcDate(input.timestampS), input.service);
  const signature = v3Signature(input, secretKey);
  return `${ALGORITHM} Credential=${secretId}/${scope}, SignedHeaders=${SIGNED_HEADERS}, Signature=${signature}`;
}

function credentialScope(date: string, service: string): string {
  return `${date}/${service}/tc3_request`;
}

function utcDate(timestampS: number): string {
  return new Date(timestampS * 1000).toISOString().slice(0, 10);
}

function sha256Hex(text: string): string {
  return hash('sha256', text, 'hex');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text, 'utf8').digest();
}
