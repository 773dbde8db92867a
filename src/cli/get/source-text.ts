/** The line about the source under the table of bindings, and what is wrong with it. */
import { join } from 'node:path';
import { shortDuration } from '../flags/duration.ts';
import type { Palette } from '../output/palette.ts';
import { count } from '../output/words.ts';
import type { StoredSource } from '../wiring/stored-state.ts';

const SHOWN_FINDINGS = 10;

export function sourceText(
  { revision, seenMs, record }: StoredSource,
  { palette, nowMs }: { readonly palette: Palette; readonly nowMs: number },
): string {
  const read =
    revision === '' ? 'no revision read yet' : `revision ${revision}, ${shortDuration(nowMs - seenMs)} ago`;
  const shown = record.findings.slice(0, SHOWN_FINDINGS).map((finding) => {
    const place = `${join(record.source, finding.file)}:${finding.line}:${finding.column}`;
    return `  ${palette.bad('!')} ${place}: ${finding.message}\n`;
  });
  const more = record.findingCount - shown.length;
  const rest = more > 0 ? `  and ${count(more, 'more finding')}\n` : '';
  const kept =
    record.retained.length === 0
      ? ''
      : `  what was last validly said stays in force for ${count(record.retained.length, 'binding')} with an invalid or unreadable document: ${record.retained.join(', ')}\n`;
  const problem = record.problem === undefined ? '' : `  ${palette.bad('!')} ${record.problem.message}\n`;
  return `Source ${record.source}: ${read}\n${shown.join('')}${rest}${kept}${problem}`;
}
