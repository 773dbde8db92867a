/** What the state keeps of each revision, for `get` and `why`. */

import { hash } from 'node:crypto';
import { join } from 'node:path';
import type { Approval } from '../api/approval.ts';
import type { Diagnostic } from '../api/diagnostic.ts';
import { allAtOnce } from '../api/steps.ts';
import type { Binding } from '../core/model.ts';
import { count } from '../core/text/words.ts';
import type { RevisionReport, SourceProblem } from '../ports/source.ts';
import { DeclarationHistory, type DeclaredChanges } from '../store/sqlite/declaration-history.ts';
import { type RevisionRow, RevisionTable } from '../store/sqlite/revision-table.ts';
import type { StateFile } from '../store/sqlite/state-file.ts';

/** What a commit says of itself. */
export interface CommitWords {
  readonly author: string;
  /** RFC 3339. */
  readonly authoredAt: string;
  readonly subject: string;
}

export interface RevisionRecord {
  readonly source: string;
  /** Who recorded it: program, command, user, host and process. */
  readonly by?: string;
  /** Time between two checks of every instance; absent when nothing checks (`apply`). */
  readonly checkEveryMs?: number;
  readonly files: number;
  readonly documents: number;
  readonly bindings: number;
  readonly skipped: number;
  /** The first of them. */
  readonly diagnostics: readonly Diagnostic[];
  readonly diagnosticCount: number;
  readonly retained: readonly string[];
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
  /** Of its commit, where that can be told. */
  readonly commit?: CommitWords;
  /** Why the source has no newer truth at present. */
  readonly problem?: SourceProblem;
}

const KEPT_DIAGNOSTICS = 100;

export function revisionRecord(
  report: RevisionReport,
  about: Pick<RevisionRecord, 'source' | 'by' | 'checkEveryMs'>,
): RevisionRecord {
  return {
    ...about,
    files: report.files,
    documents: report.documents,
    bindings: report.bindings,
    skipped: report.skipped,
    diagnostics: report.diagnostics.slice(0, KEPT_DIAGNOSTICS),
    diagnosticCount: report.diagnostics.length,
    retained: report.retained,
    added: report.added.length,
    changed: report.changed.length,
    removed: report.removed.length,
  };
}

/** Undefined when there is none, or another program wrote it. */
export function readRevisionRecord(row: RevisionRow | undefined): RevisionRecord | undefined {
  if (row === undefined) return undefined;
  try {
    const record = JSON.parse(row.body) as RevisionRecord;
    return typeof record.source === 'string' && Array.isArray(record.diagnostics) ? record : undefined;
  } catch {
    return undefined;
  }
}

/** Diagnostics that are told. */
const TOLD_DIAGNOSTICS = 10;

/** What is wrong with its documents, with the place of each; `more`: that there is more than that. */
export function diagnosticTexts({ source, diagnostics, diagnosticCount }: RevisionRecord): {
  readonly texts: readonly string[];
  readonly more?: string;
} {
  const texts = diagnostics
    .slice(0, TOLD_DIAGNOSTICS)
    .map(({ file, line, column, message }) => `${join(source, file)}:${line}:${column}: ${message}`);
  const more = diagnosticCount - texts.length;
  return { texts, ...(more > 0 ? { more: `and ${count(more, 'more finding')}` } : {}) };
}

/** Which bindings keep what they last validly said; undefined when none has to. */
export function retainedText({ retained }: RevisionRecord): string | undefined {
  if (retained.length === 0) return undefined;
  const which = `${count(retained.length, 'binding')} with an invalid or unreadable document`;
  return `what was last validly said stays in force for ${which}: ${retained.join(', ')}`;
}

/** What keeps its newest truth from being read, or a part of it from being valid; empty when all is well. */
export function sourceNotes(record: RevisionRecord): readonly string[] {
  const { problem } = record;
  const retained = retainedText(record);
  const { texts, more } = diagnosticTexts(record);
  return [
    ...(problem === undefined ? [] : [problem.message]),
    ...texts,
    ...(more === undefined ? [] : [more]),
    ...(retained === undefined ? [] : [retained]),
  ];
}

// Records a revision together with what it declares, so that every revision can be compared and gone back to.

interface NewRevision {
  readonly revision: string;
  readonly bindings: Iterable<Binding>;
  readonly record: RevisionRecord;
  readonly nowMs: number;
}

/** Counts that say how the revision differs from the one recorded before it replace those of the record. */
export function recordRevision(file: StateFile, made: NewRevision): DeclaredChanges {
  return allAtOnce(recordInSteps(file, made));
}

/** As {@link recordRevision}, and yields each time when other work may go on; nothing counts before the last step. */
export function* recordInSteps({ database }: StateFile, made: NewRevision): Generator<void, DeclaredChanges> {
  const { revision, bindings, record, nowMs } = made;
  const revisions = new RevisionTable(database);
  const history = new DeclarationHistory(database);
  const changes = yield* history.stage(revisions.nextId(), declared(bindings));
  revisions.append(revision, JSON.stringify({ ...record, ...changes }), nowMs);
  return changes;
}

/** Characters of a declaration without its instances, and of each instance. */
const ROUGH_SIZE = 500;
const ROUGH_SIZE_OF_INSTANCE = 16;

/** A source keeps the object of a binding that did not change: its digest is made once. */
const DIGESTS = new WeakMap<Binding, string>();

function* declared(bindings: Iterable<Binding>) {
  for (const binding of bindings) {
    let digest = DIGESTS.get(binding);
    if (digest === undefined) {
      digest = hash('sha256', JSON.stringify(meaning(binding)), 'base64');
      DIGESTS.set(binding, digest);
    }
    const size = ROUGH_SIZE + binding.instanceIds.length * ROUGH_SIZE_OF_INSTANCE;
    yield { binding: binding.key, digest, size, body: () => JSON.stringify(asDeclared(binding)) };
  }
}

/** The declaration alone: why a newer one is not in force, and since when it is, are no part of it. */
function asDeclared(declared: Binding): Binding {
  const { invalid: _, acceptedIn: __, refusedEmergency: ___, approvedPlan, emergency, ...binding } = declared;
  return {
    ...binding,
    ...(approvedPlan === undefined ? {} : { approvedPlan: withoutNumber(approvedPlan) }),
    ...(emergency === undefined
      ? {}
      : { emergency: { untilMs: emergency.untilMs, reason: emergency.reason } }),
  };
}

function withoutNumber({ acceptedIn: _, ...approval }: Approval): Approval {
  return approval;
}

/** What makes two declarations differ: not the line, and not the revision in which they were read. */
function meaning(binding: Binding): object {
  const { origin, ...rest } = asDeclared(binding);
  return [rest, origin.kind === 'directory' ? origin.file : origin.uid];
}
