/** What is remembered of each instance: the binding that owns it, and the list it had before it was first written. */
import type { DatabaseSync } from 'node:sqlite';
import { changeEach, Statements } from './statements.ts';

export class InventoryTable {
  readonly #database: DatabaseSync;
  readonly #statements: Statements;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#statements = new Statements(database);
  }

  /** Owner by instance id. */
  owners(): Map<string, string> {
    const rows = this.#statements
      .prepare('SELECT instance_id, owner FROM inventory WHERE owner IS NOT NULL')
      .all();
    return new Map(rows.map((row) => [String(row.instance_id), String(row.owner)]));
  }

  /** Bindings that own something. */
  bindings(): string[] {
    const rows = this.#statements
      .prepare('SELECT DISTINCT owner FROM inventory WHERE owner IS NOT NULL')
      .all();
    return rows.map((row) => String(row.owner));
  }

  /** Owners by instance id, in pages of as many as are asked for. */
  *ownerPages(most: number): Generator<ReadonlyMap<string, string>, void> {
    const next = this.#statements.prepare(
      'SELECT instance_id, owner FROM inventory WHERE instance_id > ? AND owner IS NOT NULL ORDER BY instance_id LIMIT ?',
    );
    for (let last = ''; ; ) {
      const rows = next.all(last, most);
      if (rows.length === 0) return;
      last = String(rows.at(-1)?.instance_id);
      yield new Map(rows.map((row) => [String(row.instance_id), String(row.owner)]));
    }
  }

  /** Sets owners; a released instance is forgotten together with its original list. */
  own(changes: Iterable<readonly [instanceId: string, owner: string | undefined]>): void {
    const put = this.#statements.prepare(
      'INSERT INTO inventory (instance_id, owner) VALUES (?, ?) ON CONFLICT (instance_id) DO UPDATE SET owner = excluded.owner',
    );
    const drop = this.#statements.prepare('DELETE FROM inventory WHERE instance_id = ?');
    changeEach(this.#database, changes, ([instanceId, owner]) =>
      owner === undefined ? drop.run(instanceId) : put.run(instanceId, owner),
    );
  }

  /** Remembers original lists; one that is known already stays. */
  keepOriginal(originals: Iterable<readonly [instanceId: string, list: readonly string[]]>): void {
    const put = this.#statements.prepare(
      `INSERT INTO inventory (instance_id, original) VALUES (?, ?)
       ON CONFLICT (instance_id) DO UPDATE SET original = COALESCE(original, excluded.original)`,
    );
    changeEach(this.#database, originals, ([instanceId, list]) => put.run(instanceId, list.join(' ')));
  }

  /** The list an instance had before it was first written. */
  original(instanceId: string): readonly string[] | undefined {
    const row = this.#statements
      .prepare('SELECT original FROM inventory WHERE instance_id = ?')
      .get(instanceId);
    return typeof row?.original === 'string' ? row.original.split(' ').filter(Boolean) : undefined;
  }
}
