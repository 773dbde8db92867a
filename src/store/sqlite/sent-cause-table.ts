/** Which causes people were told of, as long as they last. */
import type { DatabaseSync } from 'node:sqlite';
import { changeEach, Statements } from './statements.ts';

export class SentCauseTable {
  readonly #database: DatabaseSync;
  readonly #statements: Statements;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#statements = new Statements(database);
  }

  /** When each was sent last, by the calendar. */
  all(): readonly (readonly [key: string, sentMs: number])[] {
    const rows = this.#statements.prepare('SELECT cause, sent_ms FROM sent_causes').all();
    return rows.map((row) => [String(row.cause), Number(row.sent_ms)]);
  }

  put(key: string, sentMs: number): void {
    this.#statements
      .prepare('INSERT OR REPLACE INTO sent_causes (cause, sent_ms) VALUES (?, ?)')
      .run(key, sentMs);
  }

  drop(keys: readonly string[]): void {
    const drop = this.#statements.prepare('DELETE FROM sent_causes WHERE cause = ?');
    changeEach(this.#database, keys, (key) => drop.run(key));
  }
}
