/** What a rollback goes back to: a revision's declarations, or the lists that stood after a journal entry. */
import type { BindingKey, InstanceId } from '../../api/ids.ts';
import type { Binding, GroupList, Scope } from '../../core/model.ts';
import { systemClock } from '../../runtime/clock.ts';
import { JournalTable } from '../../store/sqlite/journal-table.ts';
import type { StateFile } from '../../store/sqlite/state-file.ts';
import { CliError } from '../cli-error.ts';
import {
  declaredAt,
  findRevision,
  type RecordedRevision,
  recordedRevisions,
  revisionName,
} from '../history/recorded-revisions.ts';

/** The list that an instance had. */
export interface EarlierList {
  readonly instanceId: InstanceId;
  readonly scope: Scope;
  /** Who wrote it then. */
  readonly binding: BindingKey;
  readonly sgIds: GroupList;
}

export type RollbackTarget =
  | {
      readonly kind: 'revision';
      readonly revision: RecordedRevision;
      readonly declared: ReadonlyMap<BindingKey, Binding>;
    }
  | { readonly kind: 'journal'; readonly id: number; readonly lists: readonly EarlierList[] };

/** @throws CliError for a text that names nothing, and for history that is not kept. */
export function rollbackTarget(file: StateFile, to: string): RollbackTarget {
  if (/^\d+$/.test(to)) return journalTarget(file, Number(to));
  const revision = findRevision(recordedRevisions(file), to);
  return { kind: 'revision', revision, declared: declaredAt(file, revision) };
}

/** `revision #3 1a2b3c4d5e6f`, `journal entry 41`. */
export function targetText(target: RollbackTarget): string {
  return target.kind === 'journal'
    ? `journal entry ${target.id}`
    : `revision ${revisionName(target.revision)}`;
}

/** What a program is told of the target. */
export function aboutTarget(target: RollbackTarget): object {
  return target.kind === 'journal'
    ? { journalId: target.id }
    : { revision: target.revision.revision, revisionId: target.revision.id };
}

/** @throws CliError that says which of them the target tells nothing of. */
export function refuseUnknownInstances(
  target: RollbackTarget,
  wanted: readonly InstanceId[],
  known: ReadonlySet<InstanceId>,
): void {
  const unknown = wanted.filter((id) => !known.has(id));
  if (unknown.length === 0) return;
  const why =
    target.kind === 'journal'
      ? `written after entry ${target.id}, so the list of then is still there`
      : `declared by revision #${target.revision.id}`;
  throw new CliError(`--instance: ${unknown.join(', ')}: not ${why}; leave it out, or name another --to`);
}

function journalTarget(file: StateFile, id: number): RollbackTarget {
  const journal = new JournalTable(file.database, { clock: systemClock, actor: 'reader' });
  const newest = journal.newest();
  if (id > newest) {
    throw new CliError(
      `--to: the journal has no entry ${id}, its newest is ${newest}; for a revision say #${id}, or more of its hash`,
    );
  }
  if (!journal.isWholeAfter(id)) {
    throw new CliError(
      `--to: entries after ${id} are not kept any more (\`cvmsg run --keep-history\`), so nobody knows the lists of then; name a later entry`,
    );
  }
  const lists = journal.firstAfter(id).map((row) => ({
    instanceId: row.instanceId as InstanceId,
    scope: { account: row.account, region: row.region },
    binding: row.binding as BindingKey,
    sgIds: row.before as GroupList,
  }));
  return { kind: 'journal', id, lists };
}
