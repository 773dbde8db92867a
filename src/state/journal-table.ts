/**
 * The journal of writes to the cloud: append-only; a row is completed and never changed. It is bounded by age and size:
 * the oldest rows that need no settling are removed by the writer, see HistoryBounds.
 */
import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import type { Clock } from '../runtime/clock.ts';
import { Statements } from './statements.ts';
import { changeEach, durably } from './transaction.ts';

/** A row as it is stored; lists are ordered id lists, `origin` is JSON. */
export interface JournalRow {
  readonly id: number;
  readonly intendedMs: number;
  readonly actor: string;
  readonly instanceId: string;
  readonly account: string;
  readonly region: string;
  readonly binding: string;
  readonly origin: string;
  readonly cause: string;
  readonly api: string;
  readonly before: readonly string[];
  readonly after: readonly string[];
  readonly attempt: number;
  /** What let the write pass a guard; empty for an ordinary write. */
  readonly authority: string;
  /** Undefined while it is not known. */
  readonly outcome?: string;
  readonly concludedMs?: number;
  readonly requestId: string;
  readonly code: string;
  readonly message: string;
  /** The list that was read back. */
  readonly observed?: readonly string[];
  readonly verifiedMs?: number;
}

export type NewJournalRow = Omit<
  JournalRow,
  | 'id'
  | 'intendedMs'
  | 'actor'
  | 'authority'
  | 'outcome'
  | 'concludedMs'
  | 'requestId'
  | 'code'
  | 'message'
  | 'observed'
  | 'verifiedMs'
> & { readonly authority?: string };

export interface JournalFilter {
  readonly instanceId?: string;
  readonly binding?: string;
  readonly sinceMs?: number;
  readonly untilMs?: number;
  /** Newest first; 0 for all. */
  readonly limit?: number;
}

const INSERT = `INSERT INTO journal (intended_ms, actor, instance_id, account, region, binding, origin, cause, api, before, after, attempt, authority)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

export class JournalTable {
  readonly #database: DatabaseSync;
  readonly #statements: Statements;
  readonly #onDisk: boolean;
  readonly #clock: Clock;
  readonly #actor: string;

  /** @param options.actor who writes: program, user, host and process. */
  constructor(database: DatabaseSync, options: { readonly clock: Clock; readonly actor: string }) {
    this.#database = database;
    this.#statements = new Statements(database);
    this.#onDisk = database.location() !== null;
    this.#clock = options.clock;
    this.#actor = options.actor;
  }

  /** Appends rows, on disk when this returns, and returns their ids. */
  append(rows: readonly NewJournalRow[]): readonly number[] {
    const insert = this.#statements.prepare(INSERT);
    const nowMs = this.#clock.wall();
    const write = () =>
      changeEach(this.#database, rows, (row) => {
        const values: SQLInputValue[] = [
          nowMs,
          this.#actor,
          row.instanceId,
          row.account,
          row.region,
          row.binding,
          row.origin,
          row.cause,
          row.api,
          row.before.join(' '),
          row.after.join(' '),
          row.attempt,
          row.authority ?? '',
        ];
        return Number(insert.run(...values).lastInsertRowid);
      });
    return this.#onDisk ? durably(this.#database, write) : write();
  }

  /** Completes rows that have no outcome yet. */
  conclude(
    ids: readonly number[],
    end: { outcome: string; requestId: string; code: string; message: string },
  ): void {
    const update = this.#statements.prepare(
      'UPDATE journal SET outcome = ?, concluded_ms = ?, request_id = ?, code = ?, message = ? WHERE id = ? AND outcome IS NULL',
    );
    const nowMs = this.#clock.wall();
    changeEach(this.#database, ids, (id) =>
      update.run(end.outcome, nowMs, end.requestId, end.code, end.message, id),
    );
  }

  /** Records what was read back; a row without an outcome is settled by it. */
  verify(id: number, observed: readonly string[]): void {
    const list = observed.join(' ');
    this.#statements
      .prepare(
        `UPDATE journal SET observed = ?1, verified_ms = ?2, concluded_ms = COALESCE(concluded_ms, ?2),
         outcome = COALESCE(outcome, CASE WHEN after = ?1 THEN 'settled-applied' ELSE 'settled-not-applied' END)
         WHERE id = ?3`,
      )
      .run(list, this.#clock.wall(), id);
  }

  /** Rows without an outcome, and rows that ended since `sinceMs`, accepted or nobody knows how, and were not read back; oldest first. */
  open(sinceMs: number): JournalRow[] {
    return this.#statements
      .prepare(
        `SELECT * FROM journal WHERE verified_ms IS NULL
         AND (outcome IS NULL OR (outcome IN ('accepted', 'unknown') AND concluded_ms >= ?)) ORDER BY id`,
      )
      .all(sinceMs)
      .map(toRow);
  }

  /** Rows that were intended since then, oldest first. */
  recent(sinceMs: number): JournalRow[] {
    return this.#statements
      .prepare('SELECT * FROM journal WHERE intended_ms >= ? ORDER BY intended_ms, id')
      .all(sinceMs)
      .map(toRow);
  }

  /** The id of the newest row that there ever was; 0 before the first. */
  newest(): number {
    const row = this.#statements.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'journal'").get();
    return Number(row?.seq ?? 0);
  }

  /** Whether no row after this one has been removed. */
  isWholeAfter(id: number): boolean {
    const row = this.#statements.prepare('SELECT count(*) AS n FROM journal WHERE id > ?').get(id);
    return Number(row?.n) === this.newest() - id;
  }

  /** Of each instance, the first row after this one that may have changed its list; oldest first. */
  firstAfter(id: number): JournalRow[] {
    return this.#statements
      .prepare(
        `SELECT * FROM journal WHERE id IN (
           SELECT min(id) FROM journal
           WHERE id > ? AND (outcome IS NULL OR outcome NOT IN ('rejected', 'settled-not-applied'))
           GROUP BY account, region, instance_id)
         ORDER BY id`,
      )
      .all(id)
      .map(toRow);
  }

  /** Rows that match, newest first. */
  query(filter: JournalFilter): JournalRow[] {
    const rows = this.#statements
      .prepare(
        `SELECT * FROM journal
         WHERE (?1 IS NULL OR instance_id = ?1) AND (?2 IS NULL OR binding = ?2)
         AND (?3 IS NULL OR intended_ms >= ?3) AND (?4 IS NULL OR intended_ms <= ?4)
         ORDER BY id DESC LIMIT ?5`,
      )
      .all(
        filter.instanceId ?? null,
        filter.binding ?? null,
        filter.sinceMs ?? null,
        filter.untilMs ?? null,
        filter.limit === undefined || filter.limit === 0 ? -1 : filter.limit,
      );
    return rows.map(toRow);
  }
}

const list = (text: unknown): string[] => String(text).split(' ').filter(Boolean);

function toRow(row: Record<string, unknown>): JournalRow {
  return {
    id: Number(row.id),
    intendedMs: Number(row.intended_ms),
    actor: String(row.actor),
    instanceId: String(row.instance_id),
    account: String(row.account),
    region: String(row.region),
    binding: String(row.binding),
    origin: String(row.origin),
    cause: String(row.cause),
    api: String(row.api),
    before: list(row.before),
    after: list(row.after),
    attempt: Number(row.attempt),
    authority: String(row.authority),
    ...(row.outcome === null ? {} : { outcome: String(row.outcome) }),
    ...(row.concluded_ms === null ? {} : { concludedMs: Number(row.concluded_ms) }),
    requestId: String(row.request_id),
    code: String(row.code),
    message: String(row.message),
    ...(row.observed === null ? {} : { observed: list(row.observed) }),
    ...(row.verified_ms === null ? {} : { verifiedMs: Number(row.verified_ms) }),
  };
}
