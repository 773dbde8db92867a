/** When the writer of the state last could write it. */
import type { DatabaseSync } from 'node:sqlite';
import { Statements } from './statements.ts';

export interface Heartbeat {
  /** By the calendar. */
  readonly atMs: number;
  /** The next one is due after this. */
  readonly everyMs: number;
}

export class HeartbeatTable {
  readonly #statements: Statements;

  constructor(database: DatabaseSync) {
    this.#statements = new Statements(database);
  }

  /** @throws when the state cannot be written. */
  beat({ atMs, everyMs }: Heartbeat): void {
    this.#statements
      .prepare('INSERT OR REPLACE INTO heartbeat (id, at_ms, every_ms) VALUES (1, ?, ?)')
      .run(atMs, everyMs);
  }

  /** Undefined when no controller has written this state yet. */
  latest(): Heartbeat | undefined {
    const row = this.#statements.prepare('SELECT at_ms, every_ms FROM heartbeat WHERE id = 1').get();
    return row === undefined ? undefined : { atMs: Number(row.at_ms), everyMs: Number(row.every_ms) };
  }
}
