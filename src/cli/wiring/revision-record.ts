/** What the state keeps of each revision, for `get` and `why`. */
import type { Finding } from '../../api/finding.ts';
import type { RevisionReport, SourceProblem } from '../../sources/port.ts';
import type { RevisionRow } from '../../state/revision-table.ts';

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
  readonly findings: readonly Finding[];
  readonly findingCount: number;
  readonly retained: readonly string[];
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
  /** Why the source has no newer truth at present. */
  readonly problem?: SourceProblem;
}

const KEPT_FINDINGS = 100;

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
    findings: report.findings.slice(0, KEPT_FINDINGS),
    findingCount: report.findings.length,
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
    return typeof record.source === 'string' && Array.isArray(record.findings) ? record : undefined;
  } catch {
    return undefined;
  }
}
