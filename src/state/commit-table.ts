/** What commits read like, so that one that lost files is told from the one that was read before, across restarts too. */
import type { DatabaseSync } from 'node:sqlite';
import { Statements } from './statements.ts';
import { inTransaction } from './transaction.ts';

/** The ones read last are kept; an older one counts as never read. */
export const KEPT_COMMITS = 1_000;

export class CommitTable {
  readonly #database: DatabaseSync;
  readonly #statements: Statements;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#statements = new Statements(database);
  }

  /** Digest of a folder's content at a commit; undefined when it was not read, or too long ago. */
  digestOf(commit: string, folder: string): string | undefined {
    const row = this.#statements
      .prepare('SELECT digest FROM commits WHERE hash = ? AND folder = ?')
      .get(commit, folder);
    return row === undefined ? undefined : String(row.digest);
  }

  /** Takes the place of what was known of the folder at this commit. */
  remember(commit: string, folder: string, digest: string): void {
    const put = this.#statements.prepare(
      'INSERT OR REPLACE INTO commits (hash, folder, digest) VALUES (?, ?, ?)',
    );
    const prune = this.#statements.prepare('DELETE FROM commits WHERE id <= ?');
    inTransaction(this.#database, () => {
      const { lastInsertRowid } = put.run(commit, folder, digest);
      prune.run(Number(lastInsertRowid) - KEPT_COMMITS);
    });
  }
}
