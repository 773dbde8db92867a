/**
 * From a snapshot to bindings: what is declared now, what keeps what it last validly said, and what is gone.
 * Pure but for the snapshot it is given.
 */

import type { Diagnostic } from '../api/diagnostic.ts';
import type { BindingKey } from '../api/ids.ts';
import { allAtOnce } from '../api/steps.ts';
import { bindingOf } from '../core/binding-of.ts';
import type { Binding } from '../core/model.ts';
import { type Permission, type PermissionRules, sameApproval } from '../core/permission.ts';
import { sameSequence } from '../core/plan.ts';
import { OPEN_POLICY } from '../core/policy.ts';
import { sameSelector } from '../core/selector.ts';
import type { BindingDocument } from '../documents/parsed-file.ts';
import { checkInSteps } from '../documents/revision-check.ts';
import { DocumentRights } from './document-rights.ts';
import { approvalsIn, permissionDiagnostics, permit } from './permissions.ts';
import type { Snapshot } from './snapshot-reader.ts';
import type { RefusedEntry } from './tree-walk.ts';

export interface Declarations {
  readonly bindings: ReadonlyMap<BindingKey, Binding>;
  readonly retained: readonly BindingKey[];
  readonly diagnostics: readonly Diagnostic[];
  /** Every approval and emergency, also what does not count. */
  readonly permissions: readonly Permission[];
}

export interface DeclarationOptions {
  readonly revision: string;
  readonly previous: ReadonlyMap<BindingKey, Binding>;
  /** Put before every key. */
  readonly keyPrefix?: string;
  /** What approvals and emergencies have to keep to; absent: what holds without a policy. */
  readonly rules?: PermissionRules;
  /** How many revisions were accepted, with this one. */
  readonly number?: number;
  /** The moment by the calendar; without it no emergency counts. */
  readonly nowMs?: number;
}

/** Documents that are taken before other work may go on. */
const DOCUMENTS_AT_ONCE = 1_000;

/**
 * Reads the declarations of a snapshot against those of the one before.
 * A binding that did not change keeps its object, and with it the revision at which it was declared.
 */
export function readDeclarations(snapshot: Snapshot, options: DeclarationOptions): Declarations {
  return allAtOnce(readInSteps(snapshot, options));
}

/** As {@link readDeclarations}, and yields each time when other work may go on. */
export function* readInSteps(snapshot: Snapshot, options: DeclarationOptions): Generator<void, Declarations> {
  const { previous, revision, keyPrefix = '', rules = OPEN_POLICY, number = 1, nowMs = 0 } = options;
  const permissions = snapshot.parsedFiles.flatMap((reading) => [...approvalsIn(reading, rules)]);
  const bindings = new Map<BindingKey, Binding>();
  /** Why what is said of a binding cannot be in force. */
  const invalid = new Map<BindingKey, string>();
  const rights = new DocumentRights({
    tenants: rules.tenants,
    previous,
    bindingOf: (document) => withPrefix(toBinding(document, revision), keyPrefix),
  });
  let taken = 0;
  const byKey = new Map<BindingKey, BindingDocument[]>();
  for (const { documents } of snapshot.parsedFiles) {
    for (const document of documents) {
      if (++taken % DOCUMENTS_AT_ONCE === 0) yield;
      const { key } = rights.bindingOf(document);
      const same = byKey.get(key);
      if (same === undefined) byKey.set(key, [document]);
      else same.push(document);
    }
  }
  for (const [key, same] of byKey) {
    const inForce = rights.inForce(same);
    const before = previous.get(key);
    const [first, second] = same;
    if (inForce === undefined && first !== undefined) {
      invalid.set(key, declaredTwice(rights.bindingOf(first), second ?? first));
    }
    for (const document of same) {
      if (++taken % DOCUMENTS_AT_ONCE === 0) yield;
      const made = rights.bindingOf(document);
      const { binding, permissions: own } = permit(made, document, { rules, number, nowMs, before });
      permissions.push(...own);
      if (document === inForce) bindings.set(key, present(binding, before, number));
    }
  }
  for (const { broken } of snapshot.parsedFiles) {
    for (const { key: plain, diagnostic } of broken) {
      const key = `${keyPrefix}${plain}` as BindingKey;
      const declared = bindings.get(key) ?? previous.get(key);
      if (declared === undefined || rights.mayStandIn(declared, diagnostic.file))
        invalid.set(key, wordsOf(diagnostic));
    }
  }
  const retained: BindingKey[] = [];
  const unread = unreadFiles(snapshot);
  for (const key of invalid.keys()) bindings.delete(key);
  for (const [key, binding] of previous) {
    if (bindings.has(key)) continue;
    const own = unread.filter(({ file }) => rights.mayStandIn(binding, file));
    const reason = invalid.get(key) ?? doubtAbout(binding, own);
    if (reason === undefined) continue;
    // The same object while the same is wrong.
    bindings.set(key, binding.invalid === reason ? binding : { ...binding, invalid: reason });
    retained.push(key);
  }
  const diagnostics = yield* diagnosticsInSteps(snapshot, {
    others: permissionDiagnostics(permissions),
    rights,
  });
  return { bindings, retained: retained.sort(), diagnostics, permissions };
}

/** The declaration that was there before, when it is the same; a new one tells which revision brought what it asks for. */
function present(made: Binding, before: Binding | undefined, number: number): Binding {
  if (before === undefined || !sameDemand(before, made)) return { ...made, acceptedIn: number };
  if (sameDeclaration(before, made)) return before;
  return before.acceptedIn === undefined ? made : { ...made, acceptedIn: before.acceptedIn };
}

/** Everything that is wrong with a snapshot, by file, line and column. */
function* diagnosticsInSteps(
  snapshot: Snapshot,
  { others, rights }: { readonly others: readonly Diagnostic[]; readonly rights: DocumentRights },
): Generator<void, Diagnostic[]> {
  const diagnostics = [
    ...others,
    ...snapshot.parsedFiles.flatMap((reading) => reading.diagnostics),
    ...(yield* checkInSteps(snapshot.parsedFiles, rights)),
    ...snapshot.refused.map(refusedEntry),
  ];
  return diagnostics.sort(
    (a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0) || a.line - b.line || a.column - b.column,
  );
}

/** What could not be read, or not whole: any binding may stand there. */
function unreadFiles({ parsedFiles, refused }: Snapshot): Diagnostic[] {
  const incomplete = parsedFiles.filter((reading) => reading.incomplete);
  return [
    ...incomplete.flatMap(
      ({ diagnostics }) => diagnostics.find(({ severity }) => severity === 'error') ?? diagnostics[0] ?? [],
    ),
    // Behind a loop stands what is read without it.
    ...refused.filter(({ why }) => why !== 'loop').map(refusedEntry),
  ];
}

/** Why a binding that is read nowhere may be declared all the same; undefined when everything was read. */
function doubtAbout({ origin }: Binding, unread: readonly Diagnostic[]): string | undefined {
  const before = origin.kind === 'directory' ? origin.file : '';
  const own = unread.find(({ file }) => file === before);
  if (own !== undefined) return wordsOf(own);
  // It may have moved.
  const [other] = unread;
  if (other === undefined) return undefined;
  return `it stands no more in ${before}, but may stand in a file that could not be read: ${wordsOf(other)}`;
}

function declaredTwice({ origin }: Binding, other: BindingDocument): string {
  const first = origin.kind === 'directory' ? origin : other;
  return `${placeOf(first)}: declared in two places, also at ${placeOf(other)}`;
}

function wordsOf(diagnostic: Diagnostic): string {
  return `${placeOf(diagnostic)}: ${diagnostic.message}`;
}

function placeOf({ file, line, column }: Pick<Diagnostic, 'file' | 'line' | 'column'>): string {
  return `${file}:${line}:${column}`;
}

function withPrefix(binding: Binding, keyPrefix: string): Binding {
  return keyPrefix === '' ? binding : { ...binding, key: `${keyPrefix}${binding.key}` as BindingKey };
}

/** The binding that a document declares. */
export function toBinding({ binding, file, line, column }: BindingDocument, revision: string): Binding {
  return bindingOf(binding, {
    origin: { kind: 'directory', file, line, column, revision },
    account: binding.spec.credentialsRef?.name ?? 'default',
  });
}

function sameDeclaration(a: Binding, b: Binding): boolean {
  return (
    sameDemand(a, b) &&
    a.origin.kind === 'directory' &&
    b.origin.kind === 'directory' &&
    a.origin.line === b.origin.line &&
    a.intervalMs === b.intervalMs &&
    a.reconcileRequest === b.reconcileRequest &&
    samePermissions(a, b) &&
    a.invalid === b.invalid
  );
}

/** Whether the same is asked of the same instances, in the same file: the file tells whose it is. */
function sameDemand(a: Binding, b: Binding): boolean {
  return (
    a.origin.kind === 'directory' &&
    b.origin.kind === 'directory' &&
    a.origin.file === b.origin.file &&
    a.scope.account === b.scope.account &&
    a.scope.region === b.scope.region &&
    a.mode === b.mode &&
    a.suspend === b.suspend &&
    a.suspendUntilMs === b.suspendUntilMs &&
    a.deletionPolicy === b.deletionPolicy &&
    sameSelector(a.selector, b.selector) &&
    sameSequence(a.sgIds, b.sgIds) &&
    a.instanceIds.length === b.instanceIds.length &&
    a.instanceIds.every((id, index) => id === b.instanceIds[index])
  );
}

/** Whether the same plan is approved, and the same emergency declared. */
function samePermissions(a: Binding, b: Binding): boolean {
  return (
    sameApproval(a.approvedPlan, b.approvedPlan) &&
    sameEmergency(a.emergency, b.emergency) &&
    sameEmergency(a.refusedEmergency, b.refusedEmergency)
  );
}

function sameEmergency(a: Binding['emergency'], b: Binding['emergency']): boolean {
  return a?.untilMs === b?.untilMs && a?.reason === b?.reason;
}

/** What is said of an entry that is not read. */
export function refusedEntry({ path, why }: RefusedEntry): Diagnostic {
  return { ...REFUSALS[why](path), file: path, line: 1, column: 1, path: '' };
}

type Words = Pick<Diagnostic, 'severity' | 'rule' | 'message' | 'fix'>;

const REFUSALS: Readonly<Record<RefusedEntry['why'], (path: string) => Words>> = {
  outside: (path) => ({
    severity: 'error',
    rule: 'source/link',
    message: `the link "${path}" leads out of the source directory or nowhere, so it was not followed`,
    fix: 'put the file itself into the directory',
  }),
  loop: (path) => ({
    severity: 'warning',
    rule: 'source/link-loop',
    message: `the link "${path}" leads to a folder that it stands in, so it was not followed; what stands there is read without it`,
    fix: 'remove the link',
  }),
  name: (path) => ({
    severity: 'error',
    rule: 'source/name',
    message: `the name "${path}" has control characters or is not UTF-8, so it was not read`,
    fix: 'rename it',
  }),
};
