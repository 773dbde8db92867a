/** What the state keeps of each revision, for `get` and `why`. */
import { join } from 'node:path';
import type { Diagnostic } from '../api/diagnostic.ts';
import { count } from '../core/text/words.ts';
import type { RevisionReport, SourceProblem } from '../ports/source.ts';
import type { RevisionRow } from '../store/sqlite/revision-table.ts';

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
