/** Small pieces of sentences. */
import { visible } from './visible.ts';

const NAMED = 3;

/** A whole number with commas: `1,000`. Node's own way to write it brings 6 MiB of the world's languages into memory. */
export function thousands(number: number): string {
  return String(number).replaceAll(/\B(?=(?:\d{3})+$)/g, ',');
}

/** `1 instance`, `1,000 instances`. */
export function count(number: number, noun: string): string {
  return `${thousands(number)} ${noun}${number === 1 ? '' : 's'}`;
}

/** The first few names, and how many more there are. */
export function someOf(names: readonly string[], most = NAMED): string {
  const rest = names.length - most;
  return names.slice(0, most).join(', ') + (rest > 0 ? ` and ${thousands(rest)} more` : '');
}

/** A 0-based position as people count: `1st`, `2nd`, `3rd`, `11th`. */
export function ordinal(index: number): string {
  const place = index + 1;
  const tens = place % 100;
  const ending = tens >= 11 && tens <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][place % 10] ?? 'th');
  return `${place}${ending}`;
}

/** A group with its name, when it is known: `sg-a (web)`. */
export function groupText(sgId: string, names: ReadonlyMap<string, string>): string {
  const name = names.get(sgId);
  return name === undefined || name === '' ? sgId : `${sgId} (${visible(name)})`;
}

/** An ordered list: `[sg-a (web), sg-b]`, or `[none]`; with the names that are known. */
export function listText(list: readonly string[], names: ReadonlyMap<string, string> = new Map()): string {
  return list.length === 0 ? '[none]' : `[${list.map((sgId) => groupText(sgId, names)).join(', ')}]`;
}

const SHORT_REVISION = 12;

/**
 * The start of a commit hash or content digest, as long as people need to tell two apart; any other name as it is. What
 * tells the content of a checkout from its commit stays.
 */
export function shortRevision(revision: string): string {
  const [, scheme = '', hex, content = ''] =
    /^(sha256:)?([0-9a-f]{12}[^+]*)(\+[0-9a-f]+)?$/.exec(revision) ?? [];
  if (hex === undefined) return revision;
  return scheme + hex.slice(0, SHORT_REVISION) + content;
}

/** The start of a plan's digest, which every command takes for the whole: `sha256:1a2b3c4d5e6f`. */
export function shortDigest(digest: string): string {
  return digest.slice(0, 'sha256:'.length + SHORT_REVISION);
}

/** Numbers in ascending order with runs drawn together: `3`, `1-3`, `1-3,7`. */
export function idRanges(ids: readonly number[]): string {
  const runs: { readonly first: number; last: number }[] = [];
  for (const id of ids.toSorted((a, b) => a - b)) {
    const run = runs.at(-1);
    if (run !== undefined && id <= run.last + 1) run.last = id;
    else runs.push({ first: id, last: id });
  }
  return runs.map(({ first, last }) => (first === last ? String(first) : `${first}-${last}`)).join(',');
}
