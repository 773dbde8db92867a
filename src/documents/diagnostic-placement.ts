/** Gives problems their place in a file. */
import type { Document, Node } from 'yaml';
import type { Diagnostic } from '../api/diagnostic.ts';
import { boundedWords, type FieldPath, formatPath, type Problem } from '../api/problem.ts';
import { offsetOf, type YamlFile } from './yaml-file.ts';

/** Most diagnostics that are kept of one file. */
const MAX_DIAGNOSTICS = 1000;

/** A value of a document that problems speak of. */
export interface FaultySubject {
  readonly file: string;
  readonly yaml: YamlFile;
  readonly document: Document;
  /** The node that the problems' paths start from. */
  readonly node: Node;
  /** The way from the root of the document to that node. */
  readonly prefix: FieldPath;
}

/** The diagnostic that a problem becomes. */
export function placeProblem(
  { file, yaml, document, node, prefix }: FaultySubject,
  problem: Problem,
): Diagnostic {
  const at = yaml.positionAt(problem.offset ?? offsetOf(document, node, problem.path, problem.at));
  const firstOffset =
    problem.firstOffset ?? (problem.first && offsetOf(document, node, problem.first, 'value'));
  const first = firstOffset === undefined ? undefined : yaml.positionAt(firstOffset);
  const message = boundedWords(problem.message);
  return {
    severity: problem.severity,
    rule: problem.rule,
    message: first ? `${message}, first at line ${first.line}, column ${first.column}` : message,
    fix: boundedWords(problem.fix),
    file,
    line: at.line,
    column: at.column,
    path: formatPath([...prefix, ...problem.path]),
  };
}

/** The diagnostic that a problem of a text becomes whose place is known without a document. */
export function placeInText(
  { file, yaml }: Pick<FaultySubject, 'file' | 'yaml'>,
  problem: Problem,
): Diagnostic {
  const { severity, rule, message, fix } = problem;
  return { severity, rule, message, fix, file, ...yaml.positionAt(problem.offset ?? 0), path: '' };
}

/** The diagnostics in the order of the file: not more than are shown of one, and one that counts the rest. */
export function capDiagnostics(
  file: string,
  unsorted: readonly Diagnostic[],
  most = MAX_DIAGNOSTICS,
): readonly Diagnostic[] {
  const diagnostics = unsorted.toSorted(
    (left, right) => left.line - right.line || left.column - right.column,
  );
  if (diagnostics.length <= most) return diagnostics;
  const rest: Diagnostic = {
    severity: 'error',
    rule: 'file/many-findings',
    message: `and ${diagnostics.length - most} more findings in this file`,
    fix: 'mend the ones above first',
    file,
    line: 1,
    column: 1,
    path: '',
  };
  return [...diagnostics.slice(0, most), rest];
}
