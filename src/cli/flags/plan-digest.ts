/** The digest of a plan, as people give it: whole or its start. */
import { isPlanDigest } from '../../api/approval.ts';

/** So few digits are one plan of many, and nobody has to copy 64. */
export const FEWEST_DIGITS = 7;

export const DIGEST_SYNTAX = `\`sha256:\` and 64 hexadecimal digits, or the first ${FEWEST_DIGITS} or more of them`;

/** A whole digest or the start of one, with its scheme; undefined for anything else. */
export function readDigest(text: string): string | undefined {
  const [, digits] = /^(?:sha256:)?([0-9a-f]{1,64})(?:…|\.\.\.)?$/.exec(text.trim()) ?? [];
  return digits === undefined || digits.length < FEWEST_DIGITS ? undefined : `sha256:${digits}`;
}

/** Whether a text that {@link readDigest} gave means this digest. */
export function meansDigest(start: string, digest: string): boolean {
  return isPlanDigest(start) ? start === digest : digest.startsWith(start);
}
