/** The list of recorded revisions for people and for programs. */

import { rfc3339Seconds } from '../../core/rfc-3339.ts';
import { visible } from '../../core/text/visible.ts';
import { shortRevision } from '../../core/text/words.ts';
import { table } from '../output/table.ts';
import type { RecordedRevision } from './recorded-revisions.ts';

const HEADING = ['ID', 'REVISION', 'TIME', 'BINDINGS', 'ADDED', 'CHANGED', 'REMOVED', 'BY', 'COMMIT'];

/** @param width of the terminal; absent: nothing is cut. */
export function revisionTable(revisions: readonly RecordedRevision[], width?: number): string {
  const isTold = revisions.some(({ commit }) => commit !== undefined);
  const columns = isTold ? HEADING.length : HEADING.length - 1;
  return table(
    HEADING.slice(0, columns),
    revisions.map((one) =>
      [
        `#${one.id}`,
        shortRevision(one.revision),
        rfc3339Seconds(one.seenMs),
        String(one.bindings),
        String(one.added),
        String(one.changed),
        String(one.removed),
        one.by,
        one.commit === undefined ? '' : visible(`${one.commit.author}: ${one.commit.subject}`),
      ].slice(0, columns),
    ),
    { width, cuts: ['REVISION', 'BY', 'COMMIT'] },
  );
}

export function revisionData({ seenMs, ...rest }: RecordedRevision): object {
  return { ...rest, time: new Date(seenMs).toISOString() };
}
