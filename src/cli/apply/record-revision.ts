/** Remembers which revision was applied, for `get`. */
import { resolve } from 'node:path';
import { systemClock } from '../../runtime/clock.ts';
import { RevisionTable } from '../../state/revision-table.ts';
import type { StateFile } from '../../state/state-file.ts';
import type { DirectoryReading } from '../wiring/directory-reading.ts';
import type { RevisionRecord } from '../wiring/revision-record.ts';

export function recordRevision(file: StateFile, reading: DirectoryReading): void {
  const record: RevisionRecord = {
    source: resolve(reading.directory),
    files: reading.files,
    documents: reading.documents,
    bindings: reading.bindings.size,
    skipped: reading.skipped,
    findings: reading.findings,
    findingCount: reading.findings.length,
    retained: [],
    added: 0,
    changed: 0,
    removed: 0,
  };
  new RevisionTable(file.database).append(reading.revision, JSON.stringify(record), systemClock.now());
}
