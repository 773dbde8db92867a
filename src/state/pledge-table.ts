/** What bindings owe their instances: the list from before, once they let them go. */
import type { DatabaseSync } from 'node:sqlite';
import { Statements } from './statements.ts';
import { changeEach } from './transaction.ts';

export interface PledgeRow {
  readonly instanceId: string;
  readonly binding: string;
  /** JSON. */
  readonly body: string;
  /** The list to put back; absent while the binding still owns the instance. */
  readonly original?: readonly string[];
  readonly releasedMs?: number;
}

export class PledgeTable {
  readonly #database: DatabaseSync;
  readonly #statements: Statements;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#statements = new Statements(database);
  }

  all(): PledgeRow[] {
    return this.#statements
      .prepare('SELECT instance_id, binding, body, original, released_ms FROM pledges ORDER BY instance_id')
      .all()
      .map((row) => ({
        instanceId: String(row.instance_id),
        binding: String(row.binding),
        body: String(row.body),
        ...(row.original === null ? {} : { original: String(row.original).split(' ').filter(Boolean) }),
        ...(row.released_ms === null ? {} : { releasedMs: Number(row.released_ms) }),
      }));
  }

  /** Records pledges (undefined: fulfilled or given up), all or none. */
  change(changes: Iterable<readonly [instanceId: string, row: PledgeRow | undefined]>): void {
    const put = this.#statements.prepare(
      'INSERT OR REPLACE INTO pledges (instance_id, binding, body, original, released_ms) VALUES (?, ?, ?, ?, ?)',
    );
    const drop = this.#statements.prepare('DELETE FROM pledges WHERE instance_id = ?');
    changeEach(this.#database, changes, ([instanceId, row]) =>
      row === undefined
        ? drop.run(instanceId)
        : put.run(instanceId, row.binding, row.body, row.original?.join(' ') ?? null, row.releasedMs ?? null),
    );
  }
}
