/**
 * What every recorded revision declared. Only what changed is stored, so that the size follows the changes: a row holds
 * from the revision that brought it until the one that changed or removed it. A revision may change many thousand of
 * them, so its rows are written in steps; they count, all together, from the moment when its own row is there.
 */
import type { DatabaseSync } from 'node:sqlite';
import { portionsOf } from '../../runtime/portions.ts';
import { inTransaction, Statements } from './statements.ts';

export interface Declared {
  readonly binding: string;
  /** About how many characters its body has. */
  readonly size: number;
  /** The same for declarations that say the same. */
  readonly digest: string;
  /** JSON; asked for only when it has to be stored. */
  readonly body: () => string;
}

export interface DeclaredChanges {
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
}

/** Declarations that are looked at before other work may go on, and characters of them. */
const LOOKED_AT_ONCE = 1_000;
const TEXT_AT_ONCE = 256 * 1024;
/** Rows of one transaction. */
const ROWS_AT_ONCE = 100;

/** What is of a later revision is staged and does not count. */
const NEWEST = '(SELECT coalesce(max(id), 0) FROM revisions)';

export class DeclarationHistory {
  readonly #database: DatabaseSync;
  readonly #statements: Statements;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#statements = new Statements(database);
  }

  /**
   * Writes what a new revision declares, against what the newest one before it declared. It does not count before the
   * revision has its row in the table of revisions. Yields when other work may go on.
   */
  *stage(revisionId: number, declared: Iterable<Declared>): Generator<void, DeclaredChanges> {
    yield* this.dropStaged();
    const before = yield* this.#present();
    const counts = { added: 0, changed: 0, removed: 0 };
    const portions = portionsOf(declared, {
      things: LOOKED_AT_ONCE,
      size: TEXT_AT_ONCE,
      sizeOf: ({ size }) => size,
    });
    for (const portion of portions) {
      const fresh = portion.filter(({ binding, digest }) => before.get(binding) !== digest);
      for (const rows of portionsOf(fresh, { things: ROWS_AT_ONCE, size: ROWS_AT_ONCE, sizeOf: () => 1 })) {
        this.#write(revisionId, rows, before);
        for (const { binding } of rows) counts[before.has(binding) ? 'changed' : 'added']++;
        yield;
      }
      for (const { binding } of portion) before.delete(binding);
      if (fresh.length === 0) yield;
    }
    const gone = [...before.keys()];
    counts.removed = gone.length;
    for (const rows of portionsOf(gone, { things: ROWS_AT_ONCE, size: ROWS_AT_ONCE, sizeOf: () => 1 })) {
      inTransaction(this.#database, () => {
        for (const binding of rows) this.#end(revisionId, binding);
      });
      yield;
    }
    return counts;
  }

  /** Drops what was staged for a revision that came to nothing. To be done before another one is appended. */
  *dropStaged(): Generator<void, void> {
    const drop = this.#statements.prepare(
      // What was staged last was written last.
      `DELETE FROM declaration_history WHERE rowid IN (
         SELECT id FROM (SELECT rowid AS id, from_revision FROM declaration_history ORDER BY rowid DESC LIMIT ${ROWS_AT_ONCE})
         WHERE from_revision > ${NEWEST})`,
    );
    const goOn = this.#statements.prepare(
      `UPDATE declaration_history SET to_revision = NULL WHERE rowid IN (
         SELECT rowid FROM declaration_history WHERE to_revision > ${NEWEST} LIMIT ${ROWS_AT_ONCE})`,
    );
    for (const statement of [drop, goOn]) while (Number(statement.run().changes) > 0) yield;
  }

  /** What a revision declared, by binding. */
  at(revisionId: number): { readonly binding: string; readonly digest: string; readonly body: string }[] {
    return this.#statements
      .prepare(
        `SELECT binding, digest, body FROM declaration_history
         WHERE from_revision <= min(?1, ${NEWEST}) AND (to_revision IS NULL OR to_revision > min(?1, ${NEWEST}))
         ORDER BY binding`,
      )
      .all(revisionId)
      .map((row) => ({
        binding: String(row.binding),
        digest: String(row.digest),
        body: String(row.body),
      }));
  }

  /** What a binding declared, newest first, each from one revision until (not including) another; without `to` it still does. */
  of(binding: string): { readonly from: number; readonly to?: number; readonly body: string }[] {
    return this.#statements
      .prepare(
        `SELECT from_revision, iif(to_revision > ${NEWEST}, NULL, to_revision) AS until, body FROM declaration_history
         WHERE binding = ? AND from_revision <= ${NEWEST} ORDER BY from_revision DESC`,
      )
      .all(binding)
      .map((row) => ({
        from: Number(row.from_revision),
        ...(row.until === null ? {} : { to: Number(row.until) }),
        body: String(row.body),
      }));
  }

  /** Ids of the revisions that declared something else than the one before. */
  revisions(): Set<number> {
    const rows = this.#statements
      .prepare(
        `SELECT id FROM (
           SELECT from_revision AS id FROM declaration_history
           UNION SELECT to_revision FROM declaration_history WHERE to_revision IS NOT NULL)
         WHERE id <= ${NEWEST}`,
      )
      .all();
    return new Set(rows.map((row) => Number(row.id)));
  }

  #write(revisionId: number, rows: readonly Declared[], before: ReadonlyMap<string, string>): void {
    const begin = this.#statements.prepare(
      'INSERT INTO declaration_history (binding, from_revision, digest, body) VALUES (?, ?, ?, ?)',
    );
    inTransaction(this.#database, () => {
      for (const { binding, digest, body } of rows) {
        if (before.has(binding)) this.#end(revisionId, binding);
        begin.run(binding, revisionId, digest, body());
      }
    });
  }

  #end(revisionId: number, binding: string): void {
    this.#statements
      .prepare(
        'UPDATE declaration_history SET to_revision = ? WHERE binding = ? AND to_revision IS NULL AND from_revision < ?1',
      )
      .run(revisionId, binding);
  }

  /** The newest declaration of each binding by digest. */
  *#present(): Generator<void, Map<string, string>> {
    const present = new Map<string, string>();
    const next = this.#statements.prepare(
      `SELECT binding, digest FROM declaration_history WHERE to_revision IS NULL AND binding > ? ORDER BY binding LIMIT ${LOOKED_AT_ONCE}`,
    );
    let last = '';
    for (;;) {
      const rows = next.all(last);
      for (const { binding, digest } of rows) present.set(String(binding), String(digest));
      if (rows.length < LOOKED_AT_ONCE) return present;
      last = String(rows.at(-1)?.binding);
      yield;
    }
  }
}
