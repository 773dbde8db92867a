/** Gives faults their place in a file. */
import type { Document, Node } from 'yaml';
import { boundedWords, type Fault, type FieldPath, formatPath } from './fault.ts';
import type { Finding } from './finding.ts';
import { offsetOf, type YamlFile } from './yaml-file.ts';

/** Most findings that are kept of one file. */
const MAX_FINDINGS = 1000;

/** A value of a document that faults speak of. */
export interface FaultySubject {
  readonly file: string;
  readonly yaml: YamlFile;
  readonly document: Document;
  /** The node that the faults' paths start from. */
  readonly node: Node;
  /** The way from the root of the document to that node. */
  readonly prefix: FieldPath;
}

/** The finding that a fault becomes. */
export function placeFault({ file, yaml, document, node, prefix }: FaultySubject, fault: Fault): Finding {
  const at = yaml.positionAt(fault.offset ?? offsetOf(document, node, fault.path, fault.at));
  const firstOffset = fault.firstOffset ?? (fault.first && offsetOf(document, node, fault.first, 'value'));
  const first = firstOffset === undefined ? undefined : yaml.positionAt(firstOffset);
  const message = boundedWords(fault.message);
  return {
    severity: fault.severity,
    rule: fault.rule,
    message: first ? `${message}, first at line ${first.line}, column ${first.column}` : message,
    fix: boundedWords(fault.fix),
    file,
    line: at.line,
    column: at.column,
    path: formatPath([...prefix, ...fault.path]),
  };
}

/** The finding that a fault of a text becomes whose place is known without a document. */
export function placeInText({ file, yaml }: Pick<FaultySubject, 'file' | 'yaml'>, fault: Fault): Finding {
  const { severity, rule, message, fix } = fault;
  return { severity, rule, message, fix, file, ...yaml.positionAt(fault.offset ?? 0), path: '' };
}

/** The findings in the order of the file: not more than are shown of one, and one that counts the rest. */
export function capFindings(
  file: string,
  unsorted: readonly Finding[],
  most = MAX_FINDINGS,
): readonly Finding[] {
  const findings = unsorted.toSorted((left, right) => left.line - right.line || left.column - right.column);
  if (findings.length <= most) return findings;
  const rest: Finding = {
    severity: 'error',
    rule: 'file/many-findings',
    message: `and ${findings.length - most} more findings in this file`,
    fix: 'mend the ones above first',
    file,
    line: 1,
    column: 1,
    path: '',
  };
  return [...findings.slice(0, most), rest];
}
