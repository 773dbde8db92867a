/**
 * The signature that travels as a parameter: API 2.0, and API 3.0 "signature method v1".
 * Written from the vendor's description of the rules, apart from the client's own signing.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Pair } from '../form.ts';

export interface FormSignatureInput {
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
export function sameText(left: string, right: string): boolean {
  const a = Buffer.from(left);
  const b = Buffer.from(right);
  return a.length === b.length && timingSafeEqual(a, b);
}
