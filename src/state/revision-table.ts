/** The revisions that were read, each once for as long as it stays the newest. */
import type { DatabaseSync } from 'node:sqlite';
import { Statements } from './statements.ts';

export interface RevisionRow {
  readonly id: number;
  readonly revision: string;
  readonly seenMs: number;
  /** JSON. */
  readonly body: string;
}

export class RevisionTable {
  readonly #statements: Statements;

  constructor(database: DatabaseSync) {
    this.#statements = new Statements(database);
  }

  /** Returns the id of the new row. */
  append(revision: string, body: string, nowMs: number): number {
    const { lastInsertRowid } = this.#statements
      .prepare('INSERT INTO revisions (revision, seen_ms, body) VALUES (?, ?, ?)')
      .run(revision, nowMs, body);
    return Number(lastInsertRowid);
  }

  /** Completes a row in the transaction that appended it. */
  rewrite(id: number, body: string): void {
    this.#statements.prepare('UPDATE revisions SET body = ? WHERE id = ?').run(body, id);
  }

  latest(): RevisionRow | undefined {
    return this.recent(1)[0];
  }

  /** Newest first; -1 for all. */
  recent(limit: number): RevisionRow[] {
    const rows = this.#statements.prepare('SELECT * FROM revisions ORDER BY id DESC LIMIT ?').all(limit);
    return rows.map((row) => ({
      id: Number(row.id),
      revision: String(row.revision),
      seenMs: Number(row.seen_ms),
      body: String(row.body),
    }));
  }
}
