/** The last status over each binding, as JSON. */
import type { DatabaseSync } from 'node:sqlite';
import { changeEach, Statements } from './statements.ts';

export interface StoredStatus {
  readonly binding: string;
  readonly inSync: number;
  readonly instances: number;
  /** JSON. */
  readonly body: string;
}

export interface StatusRow extends StoredStatus {
  readonly updatedMs: number;
}

export class StatusTable {
  readonly #database: DatabaseSync;
  readonly #statements: Statements;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#statements = new Statements(database);
  }

  put(statuses: readonly StoredStatus[], nowMs: number): void {
    const put = this.#statements.prepare(
      'INSERT OR REPLACE INTO statuses (binding, updated_ms, in_sync, instances, body) VALUES (?, ?, ?, ?, ?)',
    );
    changeEach(this.#database, statuses, (one) =>
      put.run(one.binding, nowMs, one.inSync, one.instances, one.body),
    );
  }

  drop(bindings: readonly string[]): void {
    const drop = this.#statements.prepare('DELETE FROM statuses WHERE binding = ?');
    changeEach(this.#database, bindings, (binding) => drop.run(binding));
  }

  /** The bindings that have one. */
  bindings(): string[] {
    return this.#statements
      .prepare('SELECT binding FROM statuses')
      .all()
      .map((row) => String(row.binding));
  }

  get(binding: string): StatusRow | undefined {
    const row = this.#statements.prepare('SELECT * FROM statuses WHERE binding = ?').get(binding);
    return row === undefined ? undefined : toRow(row);
  }

  /** All statuses, by binding. */
  all(): StatusRow[] {
    return this.#statements.prepare('SELECT * FROM statuses ORDER BY binding').all().map(toRow);
  }
}

function toRow(row: Record<string, unknown>): StatusRow {
  return {
    binding: String(row.binding),
    updatedMs: Number(row.updated_ms),
    inSync: Number(row.in_sync),
    instances: Number(row.instances),
    body: String(row.body),
  };
}
