/** The signature of API 2.0 (vendor document "Signature", 2.0). */
import { createHmac } from 'node:crypto';

/** Values of the parameter `SignatureMethod`. */
export type SignatureMethod = 'HmacSHA256' | 'HmacSHA1';

/** Parameter names to raw values, arrays already flattened with dots: `instanceSet.0.sgIds.1`. */
export type Parameters = Readonly<Record<string, string>>;

export interface V2SigningInput {
  readonly method: 'GET' | 'POST';
  /** The Host header as sent, with its port where it has one. */
  readonly host: string;
  readonly path: string;
  /** All parameters that are sent, `Signature` excepted. */
  readonly parameters: Parameters;
}

/** The text under the signature. */
export function v2StringToSign({ method, host, path, parameters }: V2SigningInput): string {
  // The order is that of the raw names in bytes; `_` becomes `.` only afterwards. Names are ASCII, so the
  // default order of strings is the order of bytes.
  const pairs = Object.keys(parameters)
    .filter((name) => name !== 'Signature')
    .sort()
    .map((name) => `${name.replaceAll('_', '.')}=${parameters[name]}`);
  return `${method}${host}${path}?${pairs.join('&')}`;
}

/** The parameter `Signature`, Base64; the algorithm is that of the parameter `SignatureMethod`, SHA-1 without one. */
export function v2Signature(input: V2SigningInput, secretKey: string): string {
  const algorithm = input.parameters.SignatureMethod === 'HmacSHA256' ? 'sha256' : 'sha1';
  return createHmac(algorithm, secretKey).update(v2StringToSign(input), 'utf8').digest('base64');
}
