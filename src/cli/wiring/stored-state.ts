/** What the state file tells readers: verdicts, declarations and the source's latest revision. */
import type { Binding } from '../../core/model.ts';
import type { BindingVerdict } from '../../sinks/port.ts';
import { DeclarationTable } from '../../state/declaration-table.ts';
import { RevisionTable } from '../../state/revision-table.ts';
import type { StateFile } from '../../state/state-file.ts';
import { VerdictTable } from '../../state/verdict-table.ts';
import { type RevisionRecord, readRevisionRecord } from './revision-record.ts';

export interface StoredBinding {
  readonly verdict: BindingVerdict;
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
  const declared = new Map(new DeclarationTable(file.database).all().map((row) => [row.binding, row.body]));
  return new VerdictTable(file.database).all().flatMap((row) => {
    if (!mayMatch(row.body)) return [];
    const verdict = JSON.parse(row.body) as BindingVerdict;
    const body = declared.get(row.binding);
    return [
      {
        verdict,
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
