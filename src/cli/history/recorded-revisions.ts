/** The revisions that the state keeps, and which one a person means. */
import type { BindingKey } from '../../api/ids.ts';
import type { Binding } from '../../core/model.ts';
import { shortRevision } from '../../core/text/words.ts';
import { type CommitWords, readRevisionRecord } from '../../manager/revision-record.ts';
import { DeclarationHistory } from '../../store/sqlite/declaration-history.ts';
import { RevisionTable } from '../../store/sqlite/revision-table.ts';
import type { StateFile } from '../../store/sqlite/state-file.ts';
import { CliError } from '../cli-error.ts';

export interface RecordedRevision {
  readonly id: number;
  /** A commit hash, `commit+digest` for what a checkout held, or `sha256:…` of the content. */
  readonly revision: string;
  readonly seenMs: number;
  readonly source: string;
  /** Who recorded it; empty when an older program did. */
  readonly by: string;
  readonly bindings: number;
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
  /** Of its commit, where that was told. */
  readonly commit?: CommitWords;
}

/** How a revision can be written. */
export const REVISION_SYNTAX =
  'the start of a commit hash or digest, #ID as `cvmsg history --revisions` lists it, latest, or latest~1 for the one before';

/** Listed when a text names none or several. */
const OFFERED = 5;

/** Newest first. A revision that was told again and declared the same is listed once, as it was first recorded. */
export function recordedRevisions(file: StateFile): RecordedRevision[] {
  const touched = new DeclarationHistory(file.database).revisions();
  const rows = new RevisionTable(file.database).recent(-1);
  return rows.flatMap((row, index) => {
    const before = rows[index + 1];
    const record = readRevisionRecord(row);
    const again = before?.revision === row.revision && !touched.has(row.id);
    if (record === undefined || row.revision === '' || again) return [];
    const { source, by = '', bindings, added, changed, removed, commit } = record;
    const { id, revision, seenMs } = row;
    const words = commit === undefined ? {} : { commit };
    return [{ id, revision, seenMs, source, by, bindings, added, changed, removed, ...words }];
  });
}

/**
 * The revision that a text names.
 * @param revisions newest first.
 * @throws CliError that lists the nearest when there is none, or more than one.
 */
export function findRevision(revisions: readonly RecordedRevision[], text: string): RecordedRevision {
  if (revisions.length === 0) throw new CliError('no revision is recorded in this state yet');
  const found = candidates(revisions, text);
  const [first] = found;
  const distinct = new Set(found.map(({ revision }) => revision));
  // One content that was recorded more than once: the newest record of it.
  if (first !== undefined && distinct.size === 1) return first;
  const offered = first === undefined ? nearest(revisions, text) : found;
  const what = first === undefined ? 'names no recorded revision' : 'names more than one revision';
  const list = offered.slice(0, OFFERED).map((one) => `  ${revisionLine(one)}\n`);
  const rest = offered.length > OFFERED ? `  and ${offered.length - OFFERED} more\n` : '';
  throw new CliError(
    `"${text}" ${what}; Expected ${REVISION_SYNTAX}; the nearest are:\n${list.join('')}${rest}`.trimEnd(),
  );
}

/** What a revision declared. @throws CliError when its content is not kept. */
export function declaredAt(file: StateFile, revision: RecordedRevision): Map<BindingKey, Binding> {
  const rows = new DeclarationHistory(file.database).at(revision.id);
  if (rows.length === 0 && revision.bindings > 0) {
    throw new CliError(
      `what revision ${revisionName(revision)} declared is not kept: an older cvmsg recorded it; name a newer one (\`cvmsg history --revisions\`)`,
    );
  }
  return new Map(rows.map(({ binding, body }) => [binding as BindingKey, JSON.parse(body) as Binding]));
}

/** `#12 1a2b3c4d5e6f`. */
export function revisionName({ id, revision }: Pick<RecordedRevision, 'id' | 'revision'>): string {
  return `#${id} ${shortRevision(revision)}`;
}

function revisionLine(one: RecordedRevision): string {
  return `${revisionName(one)}  ${new Date(one.seenMs).toISOString()}  ${one.source}`;
}

function candidates(revisions: readonly RecordedRevision[], text: string): RecordedRevision[] {
  const back = /^latest(?:~(\d+))?$/.exec(text);
  if (back !== null) return revisions.slice(Number(back[1] ?? 0)).slice(0, 1);
  if (/^#\d+$/.test(text)) return revisions.filter(({ id }) => id === Number(text.slice(1)));
  const whole = revisions.filter(({ revision }) => revision === text);
  if (whole.length > 0) return whole;
  if (text === '') return [];
  return revisions.filter(({ revision }) => isStart(text, revision));
}

/** Whether a text begins the revision, its digest, or both parts of what a checkout is called. */
function isStart(text: string, revision: string): boolean {
  if (revision.startsWith(text) || hex(revision).startsWith(text)) return true;
  const [commit, content] = revision.split('+', 2);
  if (commit === undefined || content === undefined) return false;
  const [before = '', after] = text.split('+', 2);
  if (after === undefined) return content.startsWith(text);
  return commit.startsWith(before) && content.startsWith(after);
}

/** Those that share the longest start with the text; the newest when none shares any. */
function nearest(revisions: readonly RecordedRevision[], text: string): RecordedRevision[] {
  const wanted = hex(text);
  const shared = ({ revision }: RecordedRevision) => {
    const digits = hex(revision);
    let length = 0;
    while (length < wanted.length && digits[length] === wanted[length]) length++;
    return length;
  };
  const scored = revisions.map((one) => ({ one, score: shared(one) }));
  return scored
    .sort((a, b) => b.score - a.score)
    .map(({ one }) => one)
    .slice(0, OFFERED);
}

function hex(revision: string): string {
  return revision.startsWith('sha256:') ? revision.slice('sha256:'.length) : revision;
}
