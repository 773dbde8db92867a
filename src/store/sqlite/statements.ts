/** Prepares each SQL text once: a statement is native memory that only a garbage collection gives back. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';

export class Statements {
  readonly #database: DatabaseSync;
  readonly #prepared = new Map<string, StatementSync>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** The statement of a text; the texts are few and constant. */
  prepare(sql: string): StatementSync {
    const known = this.#prepared.get(sql);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(sql);
    this.#prepared.set(sql, statement);
    return statement;
  }
}

/** Runs synchronous work in one transaction: all of it counts when this returns, none of it when it throws. */
export function inTransaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    // A full disk may have rolled back already.
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

/** Changes one thing after the other, with one statement each: all of it counts when this returns, none of it when it throws. */
export function changeEach<T, R>(
  database: DatabaseSync,
  things: Iterable<T>,
  change: (thing: T) => R,
): readonly R[] {
  const all = [...things];
  // A statement alone is a transaction by itself.
  return all.length === 1 ? all.map(change) : inTransaction(database, () => all.map(change));
}

/**
 * What is committed within is on disk when this returns, whatever the machine does then, and so is everything committed
 * before. It costs one sync of the disk for each transaction; others survive the end of the process without one, and are
 * consistent but may be missing after a power failure.
 */
export function durably<T>(database: DatabaseSync, work: () => T): T {
  database.exec('PRAGMA synchronous = FULL');
  try {
    return work();
  } finally {
    database.exec('PRAGMA synchronous = NORMAL');
  }
}
