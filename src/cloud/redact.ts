/** Takes secrets out of what a server said, before anybody keeps it. */
import { masked } from '../runtime/masking.ts';
import type { Credentials } from './credentials/credentials.ts';

/** Longest foreign text that an error keeps. */
const MAX_TEXT_LENGTH = 500;

/** A server may echo the request: neither its signature nor the key, the token or the whole id of `credentials` survives in the result. */
export function redact(text: string, credentials: Credentials, proof = ''): string {
  const { secretId, secretKey, token } = credentials;
  const clean = masked(text, [secretKey.reveal(), token?.reveal() ?? '', proof]);
  return secretId.length > 8 ? clean.replaceAll(secretId, `${secretId.slice(0, 8)}…`) : clean;
}

/** At most 500 characters of `text`, on one line of printable characters. */
export function bounded(text: string): string {
  const line = text.replace(/[\s\p{Cc}]+/gu, ' ').trim();
  if (line.length <= MAX_TEXT_LENGTH) return line;
  return `${line.slice(0, MAX_TEXT_LENGTH)}… (${line.length} characters)`;
}
