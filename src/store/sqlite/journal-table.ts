/**
 * The journal of writes to the cloud: append-only; a row is completed and never changed. It is bounded by age and size:
 * the oldest rows that need no settling are removed by the writer, see HistoryBounds.
 */

import { type BigIntStats, statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { BESIDE_CLUSTER } from '../../api/ids.ts';
import { type Permit, permitText } from '../../api/permit.ts';
import type { HistoryFilter } from '../../core/history-filter.ts';
import type { Clock } from '../../runtime/clock.ts';
import { JournalChain } from './journal-chain.ts';
import { StateError } from './state-error.ts';
import { changeEach, durably, inTransaction, Statements } from './statements.ts';

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
  /** What let the write pass a guard; absent for an ordinary write. */
  readonly permit?: Permit;
  /** The same in words; empty for an ordinary write. */
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
  /** What the write opens and closes, as JSON; absent when it changes no traffic, or nobody knows. */
  readonly traffic?: string;
}

export type NewJournalRow = Omit<
  JournalRow,
  | 'id'
  | 'intendedMs'
  | 'actor'
  | 'outcome'
  | 'concludedMs'
  | 'requestId'
  | 'code'
  | 'message'
  | 'observed'
  | 'verifiedMs'
  | 'traffic'
  | 'authority'
>;

export interface JournalFilter extends HistoryFilter {
  /** Newest first; 0 for all. */
  readonly limit?: number;
  /** So many of the newest are left out. */
  readonly offset?: number;
}

const INSERT = `INSERT INTO journal
(id, intended_ms, actor, instance_id, account, region, binding, origin, cause, api, before, after, attempt, authority, permit, previous, hash)
VALUES (:id, :intended_ms, :actor, :instance_id, :account, :region, :binding, :origin, :cause, :api, :before, :after, :attempt, :authority, :permit, :previous, :hash)`;

export class JournalTable {
  readonly #database: DatabaseSync;
  readonly #statements: Statements;
  readonly #place: StatePlace;
  readonly #clock: Clock;
  readonly #actor: string;
  readonly #chain: JournalChain;

  /** @param options.actor who writes: program, user, host and process. */
  constructor(database: DatabaseSync, options: { readonly clock: Clock; readonly actor: string }) {
    this.#database = database;
    this.#statements = new Statements(database);
    this.#place = new StatePlace(database);
    this.#clock = options.clock;
    this.#actor = options.actor;
    this.#chain = new JournalChain(database);
  }

  /**
   * Appends rows, on disk when this returns, and returns their ids.
   * @throws StateError `unusable` when the file was removed or replaced: nobody would ever read what is written to it.
   */
  append(rows: readonly NewJournalRow[]): readonly number[] {
    this.#place.check();
    const insert = this.#statements.prepare(INSERT);
    const nowMs = this.#clock.wall();
    let id = this.newest();
    let previous = this.#chain.previous();
    const write = () =>
      changeEach(this.#database, rows, (row) => {
        id++;
        const columns = { id, ...columnsOf(row), intended_ms: nowMs, actor: this.#actor };
        const hash = this.#chain.hashOf(previous, columns);
        insert.run({ ...columns, previous, hash });
        previous = hash;
        return id;
      });
    return this.#place.isOnDisk ? durably(this.#database, write) : write();
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
    inTransaction(this.#database, () => {
      for (const id of ids) update.run(end.outcome, nowMs, end.requestId, end.code, end.message, id);
      this.#chain.seal(ids);
    });
  }

  /**
   * Records what was read back; a row without an outcome is settled by it. Where the list is neither that from before nor
   * that of the write, somebody else has written since: whether the write was applied nobody knows.
   */
  verify(id: number, observed: readonly string[]): void {
    const list = observed.join(' ');
    const update = this.#statements.prepare(
      `UPDATE journal SET observed = ?1, verified_ms = ?2, concluded_ms = COALESCE(concluded_ms, ?2),
         outcome = COALESCE(outcome, CASE ?1 WHEN after THEN 'settled-applied' WHEN before THEN 'settled-not-applied' ELSE 'settled-unknown' END)
         WHERE id = ?3`,
    );
    inTransaction(this.#database, () => {
      update.run(list, this.#clock.wall(), id);
      this.#chain.seal([id]);
    });
  }

  /** Records what the writes open and close. */
  addTraffic(ids: readonly number[], traffic: string): void {
    const update = this.#statements.prepare('UPDATE journal SET traffic = ? WHERE id = ?');
    inTransaction(this.#database, () => {
      for (const id of ids) update.run(traffic, id);
      this.#chain.seal(ids);
    });
  }

  /**
   * Rows without an outcome, and rows that ended since `sinceMs`, accepted or nobody knows how, and were not read back; oldest first.
   * Once a later write of the instance was read back, nothing of an ended one is awaited, whatever the calendar says of its age.
   */
  open(sinceMs: number): JournalRow[] {
    return this.#statements
      .prepare(
        `SELECT * FROM journal AS one WHERE verified_ms IS NULL
         AND (outcome IS NULL OR (outcome IN ('accepted', 'unknown') AND concluded_ms >= ?
           AND NOT EXISTS (SELECT 1 FROM journal AS later WHERE later.instance_id = one.instance_id AND later.id > one.id
             AND later.account = one.account AND later.region = one.region AND later.verified_ms IS NOT NULL)))
         ORDER BY id`,
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

  /** Whether the newest write of an instance was to this list, and that was read back or was the repair of drift from it. */
  hadList(instanceId: string, wanted: readonly string[]): boolean {
    const row = this.#statements
      .prepare('SELECT after, observed, cause FROM journal WHERE instance_id = ? ORDER BY id DESC LIMIT 1')
      .get(instanceId);
    const text = wanted.join(' ');
    return row?.after === text && (row.observed === text || row.cause === 'drift');
  }

  /** How many lists were written because of drift since then, by day of UTC since the Unix epoch; days without one are left out. */
  driftPerDay(sinceMs: number): ReadonlyMap<number, number> {
    const rows = this.#statements
      .prepare(
        `SELECT intended_ms / 86400000 AS day, count(*) AS n FROM journal
         WHERE cause = 'drift' AND intended_ms >= ? GROUP BY day`,
      )
      .all(sinceMs);
    return new Map(rows.map(({ day, n }) => [Number(day), Number(n)]));
  }

  /** Rows that match, newest first. */
  query(filter: JournalFilter): JournalRow[] {
    const rows = this.#statements
      .prepare(
        `SELECT * FROM journal
         WHERE (?1 IS NULL OR instance_id = ?1) AND (?2 IS NULL OR binding IN (?2, '${BESIDE_CLUSTER}' || ?2))
         AND (?3 IS NULL OR intended_ms >= ?3) AND (?4 IS NULL OR intended_ms <= ?4)
         ORDER BY id DESC LIMIT ?5 OFFSET ?6`,
      )
      .all(
        filter.instanceId ?? null,
        filter.binding ?? null,
        filter.sinceMs ?? null,
        filter.untilMs ?? null,
        filter.limit === undefined || filter.limit === 0 ? -1 : filter.limit,
        filter.offset ?? 0,
      );
    return rows.map(toRow);
  }
}

function columnsOf(row: NewJournalRow): Record<string, string | number> {
  return {
    instance_id: row.instanceId,
    account: row.account,
    region: row.region,
    binding: row.binding,
    origin: row.origin,
    cause: row.cause,
    api: row.api,
    before: row.before.join(' '),
    after: row.after.join(' '),
    attempt: row.attempt,
    authority: permitText(row.permit),
    permit: row.permit === undefined ? '' : JSON.stringify(row.permit),
  };
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
    ...(row.permit === '' ? {} : { permit: JSON.parse(String(row.permit)) as Permit }),
    ...(row.outcome === null ? {} : { outcome: String(row.outcome) }),
    ...(row.concluded_ms === null ? {} : { concludedMs: Number(row.concluded_ms) }),
    requestId: String(row.request_id),
    code: String(row.code),
    message: String(row.message),
    ...(row.observed === null ? {} : { observed: list(row.observed) }),
    ...(row.verified_ms === null ? {} : { verifiedMs: Number(row.verified_ms) }),
    ...(row.traffic === '' ? {} : { traffic: String(row.traffic) }),
  };
}

/** Whether the state file still stands where it was opened. */
class StatePlace {
  readonly #path: string | null;
  readonly #opened: BigIntStats | undefined;

  constructor(database: DatabaseSync) {
    this.#path = database.location();
    this.#opened = this.#path === null ? undefined : look(this.#path);
  }

  get isOnDisk(): boolean {
    return this.#path !== null;
  }

  /** @throws StateError `unusable` when the file was removed, or another one stands in its place. */
  check(): void {
    if (this.#path === null) return;
    const now = look(this.#path);
    if (now !== undefined && now.ino === this.#opened?.ino && now.dev === this.#opened.dev) return;
    const what = now === undefined ? 'was removed' : 'was replaced';
    throw new StateError(
      'unusable',
      `the state file "${this.#path}" ${what} while it was in use: put the file back, or restart the controller, which begins with what it finds there`,
    );
  }
}

function look(path: string): BigIntStats | undefined {
  return statSync(path, { bigint: true, throwIfNoEntry: false });
}
