/** What is wrong with the documents of files and directories: each by itself, and beside the others. */
import type { Diagnostic } from '../../api/diagnostic.ts';
import type { Policy } from '../../core/policy.ts';
import { checkRevision } from '../../documents/revision-check.ts';
import { rightsIn } from './policy-diagnostics.ts';
import type { PathsReading } from './read-paths.ts';

/** @param paths as they were typed. @param policy says by its tenants which documents count beside each other. */
export function documentDiagnostics(
  reading: PathsReading,
  paths: readonly string[],
  policy: Policy,
): Diagnostic[] {
  const { parsedFiles, diagnostics: refused } = reading;
  return [
    ...parsedFiles.flatMap(({ diagnostics }) => diagnostics),
    ...checkRevision(parsedFiles, rightsIn(reading, policy)),
    ...refused,
    ...(parsedFiles.length === 0 && refused.length === 0 ? [nothingToCheck(paths)] : []),
  ];
}

/** A mistyped path must not pass for a valid revision. */
function nothingToCheck(paths: readonly string[]): Diagnostic {
  return {
    severity: 'error',
    rule: 'source/empty',
    message: `no YAML file in ${paths.map((path) => `"${path}"`).join(', ')}`,
    fix: 'name a directory or a file of bindings',
    file: paths[0] ?? '.',
    line: 1,
    column: 1,
    path: '',
  };
}

/** The order in which they are shown. */
export function byPlace(a: DiagnosticPlace, b: DiagnosticPlace): number {
  return (a.file < b.file ? -1 : a.file > b.file ? 1 : 0) || a.line - b.line || a.column - b.column;
}

type DiagnosticPlace = Pick<Diagnostic, 'file' | 'line' | 'column'>;
