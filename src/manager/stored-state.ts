/** What the state file tells readers: statuses, declarations and the source's latest revision. */
import type { Binding } from '../core/model.ts';
import { shellWord } from '../core/text/shell-word.ts';
import { placedStatus } from '../ports/placed-status.ts';
import type { BindingStatus } from '../ports/status.ts';
import { DeclarationTable } from '../store/sqlite/declaration-table.ts';
import { RevisionTable } from '../store/sqlite/revision-table.ts';
import type { StateFile } from '../store/sqlite/state-file.ts';
import { StatusTable } from '../store/sqlite/status-table.ts';
import { type RevisionRecord, readRevisionRecord } from './revision-record.ts';

export interface StoredBinding {
  readonly status: BindingStatus;
  readonly updatedMs: number;
  /** As the source declared it last; absent when only `apply` wrote this state. */
  readonly declared?: Binding;
}

export interface StoredSource {
  readonly revision: string;
  readonly seenMs: number;
  readonly record: RevisionRecord;
}

/** Bindings by key, those only whose stored text `mayMatch`. */
export function storedBindings(
  file: StateFile,
  mayMatch: (body: string) => boolean = () => true,
): StoredBinding[] {
  const { source = 'DIR' } = storedSource(file)?.record ?? {};
  const approveFlags = `--source ${shellWord(source)}`;
  const declared = new Map(new DeclarationTable(file.database).all().map((row) => [row.binding, row.body]));
  return new StatusTable(file.database).all().flatMap((row) => {
    if (!mayMatch(row.body)) return [];
    const status = placedStatus(JSON.parse(row.body) as BindingStatus, approveFlags);
    const body = declared.get(row.binding);
    return [
      {
        status,
        updatedMs: row.updatedMs,
        ...(body === undefined ? {} : { declared: JSON.parse(body) as Binding }),
      },
    ];
  });
}

/** The revision that was read or applied last. */
export function storedSource(file: StateFile): StoredSource | undefined {
  const row = new RevisionTable(file.database).latest();
  const record = readRevisionRecord(row);
  return row === undefined || record === undefined
    ? undefined
    : { revision: row.revision, seenMs: row.seenMs, record };
}
