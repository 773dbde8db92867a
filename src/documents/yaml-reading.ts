/** Reads a text of any YAML, with the place of everything that is wrong. */
import { type Document, isMap, isScalar, isSeq, type Node } from 'yaml';
import { APPROVAL_ANNOTATION } from '../api/approval.ts';
import type { CvmSecurityGroupBinding } from '../api/binding.generated.ts';
import type { Diagnostic } from '../api/diagnostic.ts';
import { EMERGENCY_ANNOTATION } from '../api/permit.ts';
import type { FieldPath, Problem } from '../api/problem.ts';
import { expandDocument } from './alias-expansion.ts';
import { checkApproval } from './approval-document.ts';
import { checkBinding, identityOf } from './binding-check.ts';
import { capDiagnostics, type FaultySubject, placeInText, placeProblem } from './diagnostic-placement.ts';
import { documentKind } from './document-kind.ts';
import { duplicateKeys } from './duplicate-keys.ts';
import { namesGroup } from './foreign-text.ts';
import type { ApprovalDocument, BindingDocument, BrokenDocument, ParsedFile, Place } from './parsed-file.ts';
import { YAML_1_1_BOOLEAN } from './plain-yaml.ts';
import { MAX_FAULTS } from './schema-check.ts';
import { nodeAt, offsetOf, parseYamlFile, targetOf } from './yaml-file.ts';
import { yamlProblem } from './yaml-problems.ts';

/** What is gathered while the documents are read one after the other. */
interface Gathering {
  readonly documents: BindingDocument[];
  readonly approvals: ApprovalDocument[];
  readonly diagnostics: Diagnostic[];
  /** The first that is wrong with a document, by its key. */
  readonly broken: Map<string, Diagnostic>;
  skipped: number;
  incomplete: boolean;
}

/** A value to be judged, and where it stands. */
interface Subject extends FaultySubject {
  readonly value: unknown;
}

/**
 * Reads a text.
 * @param held whether its file held bindings before.
 * @throws whatever the YAML parser throws, such as RangeError when values are nested too deep.
 */
export function readYaml(file: string, text: string, { held }: { readonly held: boolean }): ParsedFile {
  const yaml = parseYamlFile(text);
  const gathering: Gathering = {
    documents: [],
    approvals: [],
    diagnostics: [],
    broken: new Map(),
    skipped: 0,
    incomplete: false,
  };
  for (const document of yaml.documents) {
    if (document.contents !== null)
      readDocument(gathering, { file, yaml, document, node: document.contents, prefix: [] });
  }
  for (const { problem, text: refused } of yaml.refused) {
    // Where a binding stood and none stands any more, it may be what is refused.
    if (!namesGroup(refused) && (!held || gathering.documents.length > 0)) {
      gathering.skipped++;
      continue;
    }
    gathering.incomplete = true;
    gathering.diagnostics.push(placeInText({ file, yaml }, problem));
  }
  const syntaxErrors = yaml.documents.flatMap((document) =>
    document.errors.map((error) =>
      placeProblem({ file, yaml, document, node: document.contents as Node, prefix: [] }, yamlProblem(error)),
    ),
  );
  const [syntaxError] = capDiagnostics(file, syntaxErrors);
  if (syntaxError === undefined) {
    const { approvals, ...rest } = gathering;
    return {
      file,
      ...rest,
      ...(approvals.length === 0 ? {} : { approvals }),
      diagnostics: capDiagnostics(file, gathering.diagnostics),
      broken: brokenOf(gathering),
    };
  }
  // After a syntax error it is uncertain where documents begin and end, so none of them is trusted.
  const keys = gathering.documents.map(
    ({ binding: { metadata } }) => `${metadata.namespace}/${metadata.name}`,
  );
  // What else seems wrong may come of it.
  for (const key of [...keys, ...gathering.broken.keys()]) gathering.broken.set(key, syntaxError);
  return {
    file,
    documents: [],
    diagnostics: capDiagnostics(file, syntaxErrors),
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
  gathering.diagnostics.push(placeProblem(subject, expanded.problem));
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
      reject(gathering, subject, [kind.problem]);
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
  const { binding, problems } = checkBinding(value);
  if (mistakes.length > 0 || binding === undefined) {
    reject(gathering, subject, [...mistakes, ...problems]);
    return;
  }
  const { file, yaml, document, node } = subject;
  report(gathering, subject, [...problems, ...yaml11Faults(document, node, binding)]);
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
  const { approval, problems } = checkApproval(value);
  report(gathering, subject, [...mistakes, ...problems]);
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

function reject(gathering: Gathering, subject: Subject, problems: readonly Problem[]): void {
  const diagnostics = capDiagnostics(subject.file, report(gathering, subject, problems));
  const first = diagnostics.find(({ severity }) => severity === 'error') ?? diagnostics[0];
  const identity = identityOf(subject.value, problems);
  if (identity !== undefined && first !== undefined) gathering.broken.set(identity, first);
  // A mistake of the YAML itself, such as a name given twice, leaves the identity in doubt.
  if (identity === undefined || problems.some(({ offset }) => offset !== undefined))
    gathering.incomplete = true;
}

/** Returns what it has added. */
function report(
  gathering: Gathering,
  subject: FaultySubject,
  problems: readonly Problem[],
): readonly Diagnostic[] {
  const diagnostics = problems.slice(0, MAX_FAULTS).map((problem) => placeProblem(subject, problem));
  gathering.diagnostics.push(...diagnostics);
  return diagnostics;
}

function brokenOf({ broken }: Gathering): BrokenDocument[] {
  return [...broken].map(([key, diagnostic]) => ({ key, diagnostic }));
}

/** Mistakes of a document that leave its neighbours in the file alone: duplicate keys and tags. */
function localMistakes(document: Document): readonly Problem[] {
  return [...duplicateKeys(document), ...document.warnings.map(yamlProblem)];
}

function nestedList(): Problem {
  return {
    severity: 'error',
    rule: 'document/nested-list',
    message: 'a list stands in a list',
    fix: 'write its items into the outer list',
    path: [],
    at: 'value',
  };
}

// Warns of texts that kubectl, which reads YAML 1.1, takes for booleans: a server would then refuse the document.

/** One warning for each such text of the binding that stands without quotes. */
function yaml11Faults(document: Document, root: Node, binding: CvmSecurityGroupBinding): readonly Problem[] {
  return freeTexts(binding).flatMap(([path, text]) => {
    if (!YAML_1_1_BOOLEAN.test(text)) return [];
    const node = nodeAt(document, root, path);
    if (!isScalar(node) || node.type !== 'PLAIN') return [];
    return [
      {
        severity: 'warning',
        rule: 'yaml/boolean-of-1-1',
        message: `${text} without quotes is a text here, but a boolean to kubectl`,
        fix: `put it in quotes: \`"${text}"\``,
        path,
        at: 'value',
      },
    ];
  });
}

/** The texts that no pattern keeps from looking like a boolean. */
function freeTexts({ metadata, spec }: CvmSecurityGroupBinding): readonly (readonly [FieldPath, string])[] {
  const of = (field: 'labels' | 'annotations') =>
    Object.entries(metadata[field] ?? {}).map(([key, text]) => [['metadata', field, key], text] as const);
  return [
    [['metadata', 'name'], metadata.name],
    [['metadata', 'namespace'], metadata.namespace ?? ''],
    [['spec', 'credentialsRef', 'name'], spec.credentialsRef?.name ?? ''],
    ...of('labels'),
    ...of('annotations'),
  ];
}
