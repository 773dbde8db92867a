/** The list of recorded revisions for people and for programs. */

import { rfc3339Seconds } from '../../core/rfc-3339.ts';
import { table } from '../output/table.ts';
import { shortRevision } from '../output/words.ts';
import type { RecordedRevision } from './recorded-revisions.ts';

const HEADING = ['ID', 'REVISION', 'TIME', 'BINDINGS', 'ADDED', 'CHANGED', 'REMOVED', 'BY'];

export function revisionTable(revisions: readonly RecordedRevision[]): string {
  return table(
    HEADING,
    revisions.map((one) => [
      `#${one.id}`,
      shortRevision(one.revision),
      rfc3339Seconds(one.seenMs),
      String(one.bindings),
      String(one.added),
      String(one.changed),
      String(one.removed),
      one.by,
    ]),
  );
}

export function revisionData({ seenMs, ...rest }: RecordedRevision): object {
  return { ...rest, time: new Date(seenMs).toISOString() };
}
