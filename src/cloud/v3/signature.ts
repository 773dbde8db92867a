/** The signature of API 3.0, TC3-HMAC-SHA256 (vendor document "Signature v3"). */
import { createHmac, hash } from 'node:crypto';
import type { Secret } from '../credentials/secret.ts';
import { KeyedHash } from './keyed-hash.ts';

const ALGORITHM = 'TC3-HMAC-SHA256';
const SIGNED_HEADERS = 'content-type;host';
const DAY_S = 86_400;

export interface V3SigningInput {
  readonly service: string;
  /** The Host header as sent, with its port where it has one. */
  readonly host: string;
  readonly contentType: string;
  /** Unix seconds. */
  readonly timestampS: number;
  readonly body: string;
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
  const { host, contentType, timestampS, body } = input;
  const canonical = [
    'POST',
    '/',
    '',
    `content-type:${contentType}\nhost:${host}\n`,
    SIGNED_HEADERS,
    sha256Hex(body),
  ].join('\n');
  const { scope, sign } = dayKey(input, secretKey);
  return sign.hex([ALGORITHM, timestampS, scope, sha256Hex(canonical)].join('\n'));
}

/** The `Authorization` header. */
export function v3Authorization(input: V3SigningInput, secretId: string, secretKey: Secret): string {
  const signature = v3Signature(input, secretKey);
  const { scope } = dayKey(input, secretKey);
  return `${ALGORITHM} Credential=${secretId}/${scope}, SignedHeaders=${SIGNED_HEADERS}, Signature=${signature}`;
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
