/** What commits read like, so that one that lost files is told from the one that was read before, across restarts too. */
import type { DatabaseSync } from 'node:sqlite';
import { inTransaction, Statements } from './statements.ts';

/** The ones read last are kept; an older one counts as never read. */
export const KEPT_COMMITS = 1_000;

/** What a folder read like: its digest, and how many YAML files and valid bindings it had. */
interface CommitContent {
  readonly digest: string;
  /** Absent when an older program has stored it. */
  readonly size?: { readonly files: number; readonly bindings: number };
}

export class CommitTable {
  readonly #database: DatabaseSync;
  readonly #statements: Statements;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#statements = new Statements(database);
  }

  /** A folder's content at a commit; undefined when it was not read, or too long ago. */
  contentOf(commit: string, folder: string): CommitContent | undefined {
    const row = this.#statements
      .prepare('SELECT digest, files, bindings FROM commits WHERE hash = ? AND folder = ?')
      .get(commit, folder);
    if (row === undefined) return undefined;
    const digest = String(row.digest);
    if (row.files === null || row.bindings === null) return { digest };
    return { digest, size: { files: Number(row.files), bindings: Number(row.bindings) } };
  }

  /** Takes the place of what was known of the folder at this commit. */
  remember(commit: string, folder: string, { digest, size }: CommitContent): void {
    const put = this.#statements.prepare(
      'INSERT OR REPLACE INTO commits (hash, folder, digest, files, bindings) VALUES (?, ?, ?, ?, ?)',
    );
    const prune = this.#statements.prepare('DELETE FROM commits WHERE id <= ?');
    inTransaction(this.#database, () => {
      const { lastInsertRowid } = put.run(
        commit,
        folder,
        digest,
        size?.files ?? null,
        size?.bindings ?? null,
      );
      prune.run(Number(lastInsertRowid) - KEPT_COMMITS);
    });
  }
}
