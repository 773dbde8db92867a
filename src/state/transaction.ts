import type { DatabaseSync } from 'node:sqlite';

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

/**
 * The same, and on disk when this returns, whatever the machine does then. Everything committed before is on disk as well.
 * It costs one sync of the disk; other transactions survive the end of the process without one, and are consistent but
 * may be missing after a power failure.
 */
export function inDurableTransaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec('PRAGMA synchronous = FULL');
  try {
    return inTransaction(database, work);
  } finally {
    database.exec('PRAGMA synchronous = NORMAL');
  }
}
