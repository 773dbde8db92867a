/** A diagnostic in one line: place, message, and what to write instead. */
import { join } from 'node:path';
import type { Diagnostic } from '../../api/diagnostic.ts';
import { visible } from '../../core/text/visible.ts';

/** `dir/web.yaml:3:5`. */
export function placeText(
  { file, line, column }: Pick<Diagnostic, 'file' | 'line' | 'column'>,
  directory = '',
): string {
  return `${visible(join(directory, file))}:${line}:${column}`;
}

/** One diagnostic in a line of a log. */
export function lineText(diagnostic: Diagnostic, directory = ''): string {
  const fix = diagnostic.fix === '' ? '' : `; ${diagnostic.fix}`;
  return `${placeText(diagnostic, directory)}: ${diagnostic.message}${fix}`;
}
