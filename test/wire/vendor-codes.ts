/** The vendor's documented error codes of API 3.0, each with the kind that it stands for, from `vendor-codes.txt`. */
import { readFileSync } from 'node:fs';
import { CLOUD_ERROR_KINDS, type CloudErrorKind } from '../../src/core/cloud-error.ts';

/** @throws Error for a line that stands under no kind. */
export function vendorCodes(): ReadonlyMap<string, CloudErrorKind> {
  const kinds = new Map<string, CloudErrorKind>();
  let kind: CloudErrorKind | undefined;
  for (const line of readFileSync(new URL('vendor-codes.txt', import.meta.url), 'utf8').split('\n')) {
    if (line.startsWith('#') || line === '') continue;
    const header = /^\[(.+)\]$/.exec(line)?.[1];
    if (header !== undefined) {
      kind = CLOUD_ERROR_KINDS.find((it) => it === header);
      continue;
    }
    if (kind === undefined) throw new Error(`No kind is given for: ${line}`);
    for (const code of line.split(' ')) kinds.set(code, kind);
  }
  return kinds;
}
