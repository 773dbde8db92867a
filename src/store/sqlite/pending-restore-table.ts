/** The restores that are pending: the list from before, once they let them go. */
import type { DatabaseSync } from 'node:sqlite';
import { changeEach, Statements } from './statements.ts';

export interface PendingRestoreRow {
  readonly instanceId: string;
  readonly binding: string;
  /** JSON. */
  readonly body: string;
  /** The list to put back; absent while the binding still owns the instance. */
  readonly original?: readonly string[];
  readonly releasedMs?: number;
}

export class PendingRestoreTable {
  readonly #database: DatabaseSync;
  readonly #statements: Statements;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#statements = new Statements(database);
  }

  all(): PendingRestoreRow[] {
    return this.#statements
      .prepare(
        'SELECT instance_id, binding, body, original, released_ms FROM pending_restores ORDER BY instance_id',
      )
      .all()
      .map((row) => ({
        instanceId: String(row.instance_id),
        binding: String(row.binding),
        body: String(row.body),
        ...(row.original === null ? {} : { original: String(row.original).split(' ').filter(Boolean) }),
        ...(row.released_ms === null ? {} : { releasedMs: Number(row.released_ms) }),
      }));
  }

  /** Bindings that owe something. */
  bindings(): string[] {
    const rows = this.#statements.prepare('SELECT DISTINCT binding FROM pending_restores').all();
    return rows.map((row) => String(row.binding));
  }

  /** Records pending restores (undefined: fulfilled or given up), all or none. */
  change(changes: Iterable<readonly [instanceId: string, row: PendingRestoreRow | undefined]>): void {
    const put = this.#statements.prepare(
      'INSERT OR REPLACE INTO pending_restores (instance_id, binding, body, original, released_ms) VALUES (?, ?, ?, ?, ?)',
    );
    const drop = this.#statements.prepare('DELETE FROM pending_restores WHERE instance_id = ?');
    changeEach(this.#database, changes, ([instanceId, row]) =>
      row === undefined
        ? drop.run(instanceId)
        : put.run(instanceId, row.binding, row.body, row.original?.join(' ') ?? null, row.releasedMs ?? null),
    );
  }
}
