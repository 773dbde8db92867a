/** The revisions that were read, each once for as long as it stays the newest. */
import type { DatabaseSync } from 'node:sqlite';

export interface RevisionRow {
  readonly id: number;
  readonly revision: string;
  readonly seenMs: number;
  /** JSON. */
  readonly body: string;
}

export class RevisionTable {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  append(revision: string, body: string, nowMs: number): void {
    this.#database
      .prepare('INSERT INTO revisions (revision, seen_ms, body) VALUES (?, ?, ?)')
      .run(revision, nowMs, body);
  }

  latest(): RevisionRow | undefined {
    return this.recent(1)[0];
  }

  /** Newest first. */
  recent(limit: number): RevisionRow[] {
    const rows = this.#database.prepare('SELECT * FROM revisions ORDER BY id DESC LIMIT ?').all(limit);
    return rows.map((row) => ({
      id: Number(row.id),
      revision: String(row.revision),
      seenMs: Number(row.seen_ms),
      body: String(row.body),
    }));
  }
}
