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

  /** The id that the next row gets. */
  nextId(): number {
    const row = this.#statements.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'revisions'").get();
    return Number(row?.seq ?? 0) + 1;
  }

  /** What was staged under its id counts from now on. Returns the id of the new row. */
  append(revision: string, body: string, nowMs: number): number {
    const { lastInsertRowid } = this.#statements
      .prepare('INSERT INTO revisions (revision, seen_ms, body) VALUES (?, ?, ?)')
      .run(revision, nowMs, body);
    return Number(lastInsertRowid);
  }

  /** Adds to the body of the newest row of a revision. @param value JSON. */
  describe(revision: string, { name, value }: { readonly name: string; readonly value: string }): void {
    this.#statements
      .prepare(
        `UPDATE revisions SET body = json_set(body, '$.' || ?2, json(?3))
         WHERE id = (SELECT max(id) FROM revisions WHERE revision = ?1)`,
      )
      .run(revision, name, value);
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
