/** Remembers which revision of a directory was applied and what it declares. */
import { resolve } from 'node:path';
import { systemClock } from '../../runtime/clock.ts';
import type { StateFile } from '../../state/state-file.ts';
import type { DirectoryReading } from '../wiring/directory-reading.ts';
import { recordRevision } from '../wiring/record-revision.ts';

export function recordReading(file: StateFile, reading: DirectoryReading, by: string): void {
  recordRevision(file, {
    revision: reading.revision,
    bindings: reading.bindings.values(),
    nowMs: systemClock.wall(),
    record: {
      source: resolve(reading.directory),
      by,
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
    },
  });
}
