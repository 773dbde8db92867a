/**
 * What each binding last validly said and in which file, so that a broken file keeps its claims across a restart.
 *
 * A revision may change many thousand of them, so it is written in steps: its changes are staged, count all together from
 * one small transaction on, and are put in their place before the next ones are staged.
 */
import type { DatabaseSync } from 'node:sqlite';
import { portionsOf } from '../../runtime/portions.ts';
import { inTransaction, Statements } from './statements.ts';

export interface Declaration {
  readonly binding: string;
  readonly file: string;
  /** JSON. */
  readonly body: string;
}

/** Rows of one transaction, and characters. */
const ROWS_AT_ONCE = 100;
const TEXT_AT_ONCE = 256 * 1024;

const ALL = `
SELECT binding, file, body FROM declarations
WHERE NOT EXISTS (SELECT 1 FROM staged_in_force)
   OR binding NOT IN (SELECT binding FROM staged_declarations)
UNION ALL
SELECT binding, file, body FROM staged_declarations
WHERE body IS NOT NULL AND EXISTS (SELECT 1 FROM staged_in_force)
ORDER BY binding`;

export class DeclarationTable {
  readonly #database: DatabaseSync;
  readonly #statements: Statements;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#statements = new Statements(database);
  }

  all(): Declaration[] {
    const rows = this.#statements.prepare(ALL).all();
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

  /** Writes a revision's changes, which do not count before {@link commit}; yields when other work may go on. */
  *stage(put: Iterable<Declaration>, drop: Iterable<string>): Generator<void, void> {
    yield* this.#endStaged();
    const insert = this.#statements.prepare(
      'INSERT OR REPLACE INTO staged_declarations (binding, file, body) VALUES (?, ?, ?)',
    );
    const portions = portionsOf(changes(put, drop), {
      things: ROWS_AT_ONCE,
      size: TEXT_AT_ONCE,
      sizeOf: ({ body }) => body?.length ?? 0,
    });
    for (const portion of portions) {
      inTransaction(this.#database, () => {
        for (const { binding, file, body } of portion) insert.run(binding, file, body);
      });
      yield;
    }
  }

  /** What was staged counts from now on, all of it. @param order what is remembered of the order of revisions; absent: as it was. */
  commit(order?: string): void {
    inTransaction(this.#database, () => {
      this.#statements.prepare('INSERT OR REPLACE INTO staged_in_force (id) VALUES (1)').run();
      if (order === undefined) return;
      this.#statements.prepare('INSERT OR REPLACE INTO revision_order (id, body) VALUES (1, ?)').run(order);
    });
  }

  /** Puts what counts in its place, and drops what an earlier process had staged for nothing. */
  *#endStaged(): Generator<void, void> {
    const counts = this.#statements.prepare('SELECT id FROM staged_in_force').get() !== undefined;
    const next = this.#statements.prepare(
      `SELECT binding, file, body FROM staged_declarations LIMIT ${ROWS_AT_ONCE}`,
    );
    for (let rows = next.all(); rows.length > 0; rows = next.all()) {
      inTransaction(this.#database, () => {
        for (const { binding, file, body } of rows) {
          if (counts) this.#place(String(binding), String(file), body);
          this.#statements.prepare('DELETE FROM staged_declarations WHERE binding = ?').run(binding ?? null);
        }
      });
      yield;
    }
    if (counts) this.#statements.prepare('DELETE FROM staged_in_force').run();
  }

  #place(binding: string, file: string, body: unknown): void {
    if (typeof body !== 'string') {
      this.#statements.prepare('DELETE FROM declarations WHERE binding = ?').run(binding);
      return;
    }
    this.#statements
      .prepare('INSERT OR REPLACE INTO declarations (file, binding, body) VALUES (?, ?, ?)')
      .run(file, binding, body);
  }
}

function* changes(put: Iterable<Declaration>, drop: Iterable<string>) {
  for (const binding of drop) yield { binding, file: '', body: null };
  yield* put;
}
