/** The last verdict over each binding, as JSON. */
import type { DatabaseSync } from 'node:sqlite';
import { Statements } from './statements.ts';
import { changeEach } from './transaction.ts';

export interface StoredVerdict {
  readonly binding: string;
  readonly inSync: number;
  readonly instances: number;
  /** JSON. */
  readonly body: string;
}

export interface VerdictRow extends StoredVerdict {
  readonly updatedMs: number;
}

export class VerdictTable {
  readonly #database: DatabaseSync;
  readonly #statements: Statements;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#statements = new Statements(database);
  }

  put(verdicts: readonly StoredVerdict[], nowMs: number): void {
    const put = this.#statements.prepare(
      'INSERT OR REPLACE INTO verdicts (binding, updated_ms, in_sync, instances, body) VALUES (?, ?, ?, ?, ?)',
    );
    changeEach(this.#database, verdicts, (one) =>
      put.run(one.binding, nowMs, one.inSync, one.instances, one.body),
    );
  }

  drop(bindings: readonly string[]): void {
    const drop = this.#statements.prepare('DELETE FROM verdicts WHERE binding = ?');
    changeEach(this.#database, bindings, (binding) => drop.run(binding));
  }

  /** The bindings that have one. */
  bindings(): string[] {
    return this.#statements
      .prepare('SELECT binding FROM verdicts')
      .all()
      .map((row) => String(row.binding));
  }

  get(binding: string): VerdictRow | undefined {
    const row = this.#statements.prepare('SELECT * FROM verdicts WHERE binding = ?').get(binding);
    return row === undefined ? undefined : toRow(row);
  }

  /** All verdicts, by binding. */
  all(): VerdictRow[] {
    return this.#statements.prepare('SELECT * FROM verdicts ORDER BY binding').all().map(toRow);
  }
}

function toRow(row: Record<string, unknown>): VerdictRow {
  return {
    binding: String(row.binding),
    updatedMs: Number(row.updated_ms),
    inSync: Number(row.in_sync),
    instances: Number(row.instances),
    body: String(row.body),
  };
}
