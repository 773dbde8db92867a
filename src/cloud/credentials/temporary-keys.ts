/** Reads temporary keys out of a JSON reply: STS and the metadata address name the same four things alike. */

import { Secret } from '../../runtime/secret.ts';
import { isRecord } from '../reply.ts';
import type { Credentials } from './credentials.ts';

/** Where the four things stand. */
export interface TemporaryKeyFields {
  /** Holds `TmpSecretId`, `TmpSecretKey` and `Token`. */
  readonly keys: unknown;
  /** Unix seconds. */
  readonly expiredTime: unknown;
  readonly source: string;
}

/** The credentials, or undefined when something is missing or of the wrong type. */
export function readTemporaryKeys({
  keys,
  expiredTime,
  source,
}: TemporaryKeyFields): Credentials | undefined {
  if (!isRecord(keys)) return undefined;
  const { TmpSecretId: secretId, TmpSecretKey: secretKey, Token: token } = keys;
  const areTexts = [secretId, secretKey, token].every((text) => typeof text === 'string' && text !== '');
  if (!areTexts || typeof expiredTime !== 'number') return undefined;
  return {
    secretId: String(secretId),
    secretKey: new Secret(String(secretKey)),
    token: new Secret(String(token)),
    expiresAtMs: expiredTime * 1000,
    source,
  };
}
