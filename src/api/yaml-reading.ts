/** Reads a text of any YAML, with the place of everything that is wrong. */
import { type Document, isMap, isSeq, type Node } from 'yaml';
import { expandDocument } from './alias-expansion.ts';
import { APPROVAL_ANNOTATION } from './approval.ts';
import { checkApproval } from './approval-document.ts';
import { checkBinding, identityOf } from './binding-check.ts';
import { documentKind } from './document-kind.ts';
import { duplicateKeys } from './duplicate-keys.ts';
import { EMERGENCY_ANNOTATION } from './emergency.ts';
import type { Fault } from './fault.ts';
import type {
  ApprovalDocument,
  BindingDocument,
  BrokenDocument,
  FileReading,
  Place,
} from './file-reading.ts';
import type { Finding } from './finding.ts';
import { capFindings, type FaultySubject, placeFault, placeInText } from './finding-placement.ts';
import { mayBeOurs } from './foreign-text.ts';
import { MAX_FAULTS } from './schema-check.ts';
import { yaml11Faults } from './yaml-1-1-faults.ts';
import { yamlFault } from './yaml-faults.ts';
import { offsetOf, parseYamlFile, targetOf } from './yaml-file.ts';

/** What is gathered while the documents are read one after the other. */
interface Gathering {
  readonly documents: BindingDocument[];
  readonly approvals: ApprovalDocument[];
  readonly findings: Finding[];
  /** The first that is wrong with a document, by its key. */
  readonly broken: Map<string, Finding>;
  skipped: number;
  incomplete: boolean;
}

/** A value to be judged, and where it stands. */
interface Subject extends FaultySubject {
  readonly value: unknown;
}

/** Reads a text. @throws whatever the YAML parser throws, such as RangeError when values are nested too deep. */
export function readYaml(file: string, text: string): FileReading {
  const yaml = parseYamlFile(text);
  const gathering: Gathering = {
    documents: [],
    approvals: [],
    findings: [],
    broken: new Map(),
    skipped: 0,
    incomplete: false,
  };
  for (const { fault, text: refused } of yaml.refused) {
    if (!mayBeOurs(refused)) {
      gathering.skipped++;
      continue;
    }
    gathering.incomplete = true;
    gathering.findings.push(placeInText({ file, yaml }, fault));
  }
  for (const document of yaml.documents) {
    if (document.contents !== null)
      readDocument(gathering, { file, yaml, document, node: document.contents, prefix: [] });
  }
  const syntaxErrors = yaml.documents.flatMap((document) =>
    document.errors.map((error) =>
      placeFault({ file, yaml, document, node: document.contents as Node, prefix: [] }, yamlFault(error)),
    ),
  );
  const [syntaxError] = capFindings(file, syntaxErrors);
  if (syntaxError === undefined) {
    const { approvals, ...rest } = gathering;
    return {
      file,
      ...rest,
      ...(approvals.length === 0 ? {} : { approvals }),
      findings: capFindings(file, gathering.findings),
      broken: brokenOf(gathering),
    };
  }
  // After a syntax error it is uncertain where documents begin and end, so none of them is trusted.
  for (const { binding } of gathering.documents) {
    gathering.broken.set(`${binding.metadata.namespace}/${binding.metadata.name}`, syntaxError);
  }
  return {
    file,
    documents: [],
    findings: capFindings(file, syntaxErrors),
    skipped: 0,
    broken: brokenOf(gathering),
    incomplete: true,
  };
}

function readDocument(gathering: Gathering, subject: FaultySubject): void {
  const expanded = expandDocument(subject.document);
  if (expanded.ok) {
    readValue(gathering, { ...subject, value: expanded.value });
    return;
  }
  gathering.incomplete = true;
  gathering.findings.push(placeFault(subject, expanded.fault));
}

function readValue(gathering: Gathering, subject: Subject): void {
  const kind = documentKind(subject.value);
  switch (kind.is) {
    case 'empty':
      break;
    case 'foreign':
      gathering.skipped++;
      break;
    case 'wrong':
      reject(gathering, subject, [kind.fault]);
      break;
    case 'binding':
      readBinding(gathering, subject, kind.value);
      break;
    case 'approval':
      readApprovalDocument(gathering, subject, kind.value);
      break;
    case 'list':
      readList(gathering, subject, kind.items);
      break;
    default:
      kind satisfies never;
  }
}

function readBinding(gathering: Gathering, subject: Subject, value: object): void {
  const mistakes = isItem(subject) ? [] : localMistakes(subject.document);
  const { binding, faults } = checkBinding(value);
  if (mistakes.length > 0 || binding === undefined) {
    reject(gathering, subject, [...mistakes, ...faults]);
    return;
  }
  const { file, yaml, document, node } = subject;
  report(gathering, subject, [...faults, ...yaml11Faults(document, node, binding)]);
  const at = yaml.positionAt(offsetOf(document, node, [], 'value'));
  const ids = yaml.positionAt(offsetOf(document, node, ['spec', 'instanceIds'], 'key'));
  gathering.documents.push({
    binding,
    file,
    line: at.line,
    column: at.column,
    instanceIdsLine: ids.line,
    instanceIdsColumn: ids.column,
    ...permitted(subject, binding.metadata.annotations),
  });
}

/** The places of the annotations that let a write pass a guard. */
function permitted(
  { yaml, document, node }: Subject,
  annotations: Readonly<Record<string, string>> = {},
): Pick<BindingDocument, 'permitted'> {
  const placeOf = (name: string): Place =>
    yaml.positionAt(offsetOf(document, node, ['metadata', 'annotations', name], 'key'));
  const places = {
    ...(APPROVAL_ANNOTATION in annotations ? { approval: placeOf(APPROVAL_ANNOTATION) } : {}),
    ...(EMERGENCY_ANNOTATION in annotations ? { emergency: placeOf(EMERGENCY_ANNOTATION) } : {}),
  };
  return Object.keys(places).length === 0 ? {} : { permitted: places };
}

/** A wrong approval approves nothing, and leaves the bindings beside it alone. */
function readApprovalDocument(gathering: Gathering, subject: Subject, value: object): void {
  const mistakes = isItem(subject) ? [] : localMistakes(subject.document);
  const { approval, faults } = checkApproval(value);
  report(gathering, subject, [...mistakes, ...faults]);
  if (mistakes.length > 0 || approval === undefined) return;
  const { file, yaml, document, node } = subject;
  const { line, column } = yaml.positionAt(offsetOf(document, node, [], 'value'));
  gathering.approvals.push({ approval, file, line, column });
}

function readList(gathering: Gathering, subject: Subject, items: readonly unknown[]): void {
  const mistakes = isItem(subject) ? [nestedList()] : localMistakes(subject.document);
  if (mistakes.length > 0) {
    reject(gathering, subject, mistakes);
    return;
  }
  const list = targetOf(subject.document, subject.node);
  const nodes = isMap(list) ? targetOf(subject.document, list.get('items', true)) : undefined;
  for (const [index, value] of items.entries()) {
    const node = (isSeq(nodes) && (nodes.items[index] as Node)) || subject.node;
    readValue(gathering, { ...subject, node, value, prefix: ['items', index] });
  }
}

function isItem({ prefix }: Subject): boolean {
  return prefix.length > 0;
}

function reject(gathering: Gathering, subject: Subject, faults: readonly Fault[]): void {
  const findings = capFindings(subject.file, report(gathering, subject, faults));
  const first = findings.find(({ severity }) => severity === 'error') ?? findings[0];
  const identity = identityOf(subject.value, faults);
  if (identity !== undefined && first !== undefined) gathering.broken.set(identity, first);
  // A mistake of the YAML itself, such as a name given twice, leaves the identity in doubt.
  if (identity === undefined || faults.some(({ offset }) => offset !== undefined))
    gathering.incomplete = true;
}

/** Returns what it has added. */
function report(gathering: Gathering, subject: FaultySubject, faults: readonly Fault[]): readonly Finding[] {
  const findings = faults.slice(0, MAX_FAULTS).map((fault) => placeFault(subject, fault));
  gathering.findings.push(...findings);
  return findings;
}

function brokenOf({ broken }: Gathering): BrokenDocument[] {
  return [...broken].map(([key, finding]) => ({ key, finding }));
}

/** Mistakes of a document that leave its neighbours in the file alone: duplicate keys and tags. */
function localMistakes(document: Document): readonly Fault[] {
  return [...duplicateKeys(document), ...document.warnings.map(yamlFault)];
}

function nestedList(): Fault {
  return {
    severity: 'error',
    rule: 'document/nested-list',
    message: 'a list stands in a list',
    fix: 'write its items into the outer list',
    path: [],
    at: 'value',
  };
}
