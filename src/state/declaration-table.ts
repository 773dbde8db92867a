/** What each binding last validly said and in which file, so that a broken file keeps its claims across a restart. */
import type { DatabaseSync } from 'node:sqlite';
import { Statements } from './statements.ts';
import { inTransaction } from './transaction.ts';

export interface Declaration {
  readonly binding: string;
  readonly file: string;
  /** JSON. */
  readonly body: string;
}

export class DeclarationTable {
  readonly #database: DatabaseSync;
  readonly #statements: Statements;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#statements = new Statements(database);
  }

  all(): Declaration[] {
    const rows = this.#statements
      .prepare('SELECT binding, file, body FROM declarations ORDER BY binding')
      .all();
    return rows.map((row) => ({
      binding: String(row.binding),
      file: String(row.file),
      body: String(row.body),
    }));
  }

  /** What is remembered of the order of revisions. */
  order(): string | undefined {
    const row = this.#statements.prepare('SELECT body FROM revision_order').get();
    return row === undefined ? undefined : String(row.body);
  }

  /** Records a revision's changes, all or none. @param order what is remembered of the order of revisions; absent: as it was. */
  change(put: readonly Declaration[], drop: readonly string[], order?: string): void {
    const insert = this.#statements.prepare(
      'INSERT OR REPLACE INTO declarations (file, binding, body) VALUES (?, ?, ?)',
    );
    const remove = this.#statements.prepare('DELETE FROM declarations WHERE binding = ?');
    inTransaction(this.#database, () => {
      for (const binding of drop) remove.run(binding);
      for (const one of put) insert.run(one.file, one.binding, one.body);
      if (order !== undefined) {
        this.#statements.prepare('INSERT OR REPLACE INTO revision_order (id, body) VALUES (1, ?)').run(order);
      }
    });
  }
}
