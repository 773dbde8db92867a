/**
 * Bounds the journal and the revisions by age and by size: the oldest go first, a few at a time. What is still needed
 * stays whatever its age: writes whose end is not known, the newest revision and what it declares. Owners, original
 * lists and pending restores are no history and are never touched.
 */
import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../../runtime/clock.ts';
import { JournalChain } from './journal-chain.ts';
import { inTransaction, Statements } from './statements.ts';

export interface HistoryLimits {
  /** Entries that are older go. */
  readonly keepMs: number;
  /** The oldest go while the state holds more than this. */
  readonly keepBytes: number;
}

export interface PrunedHistory {
  /** Writes, and what changed traffic without one. */
  readonly journal: number;
  readonly revisions: number;
  readonly declarations: number;
}

/** Rows of one step; it holds up the event loop for some milliseconds. */
const STEP_ROWS = 500;
const STEP_REVISIONS = 20;
const PAUSE_MS = 20;
/** A write that ended nobody knows how and was never read back stays for this long. */
const UNSETTLED_MS = 86_400_000;

/** A write that no restart has to settle any more. */
const SETTLED = `outcome IS NOT NULL AND (verified_ms IS NOT NULL OR outcome = 'rejected' OR concluded_ms < ?1)`;

export class HistoryBounds {
  readonly #database: DatabaseSync;
  readonly #statements: Statements;
  readonly #limits: HistoryLimits;
  readonly #clock: Clock;
  readonly #chain: JournalChain;

  constructor(database: DatabaseSync, options: { readonly limits: HistoryLimits; readonly clock: Clock }) {
    this.#database = database;
    this.#statements = new Statements(database);
    this.#limits = options.limits;
    this.#clock = options.clock;
    this.#chain = new JournalChain(database);
  }

  /**
   * Removes what is too old or too much, with pauses for others; ends early when the signal aborts.
   * @param nowMs the time by a clock that can be trusted: what is removed is gone.
   */
  async prune(nowMs: number, signal: AbortSignal): Promise<PrunedHistory> {
    let total: PrunedHistory = { journal: 0, revisions: 0, declarations: 0 };
    while (!signal.aborted) {
      const step = this.#step(nowMs);
      if (step.journal + step.revisions + step.declarations === 0) break;
      total = {
        journal: total.journal + step.journal,
        revisions: total.revisions + step.revisions,
        declarations: total.declarations + step.declarations,
      };
      await this.#clock.sleep(PAUSE_MS, signal).catch(() => {});
    }
    return total;
  }

  #step(nowMs: number): PrunedHistory {
    const oldestMs = nowMs - this.#limits.keepMs;
    const untilMs = this.#usedBytes() > this.#limits.keepBytes ? this.#oldest(nowMs, oldestMs) : oldestMs;
    return inTransaction(this.#database, () => ({
      journal: this.#pruneJournal(nowMs - UNSETTLED_MS, untilMs) + this.#pruneTraffic(untilMs),
      revisions: this.#pruneRevisions(untilMs),
      declarations: this.#pruneDeclarations(),
    }));
  }

  /** Pages that were freed are used again before the file grows. */
  #usedBytes(): number {
    const pragma = (name: string) =>
      Number(Object.values(this.#statements.prepare(`PRAGMA ${name}`).get() ?? {})[0]);
    return (pragma('page_count') - pragma('freelist_count')) * pragma('page_size');
  }

  /** A time before which about one step's worth of the oldest lies, at least `fromMs`. */
  #oldest(nowMs: number, fromMs: number): number {
    const entry = this.#statements
      .prepare(
        `SELECT max(intended_ms) AS ms FROM
         (SELECT intended_ms FROM journal WHERE ${SETTLED} ORDER BY intended_ms LIMIT ${STEP_ROWS})`,
      )
      .get(nowMs - UNSETTLED_MS);
    const revision = this.#statements
      .prepare(
        `SELECT max(seen_ms) AS ms FROM
         (SELECT seen_ms FROM revisions WHERE id < (SELECT max(id) FROM revisions) ORDER BY id LIMIT ${STEP_REVISIONS})`,
      )
      .get();
    const times = [entry?.ms, revision?.ms].flatMap((ms) => (typeof ms === 'number' ? [ms + 1] : []));
    return times.length === 0 ? fromMs : Math.max(fromMs, Math.min(...times));
  }

  #pruneJournal(unconfirmedMs: number, untilMs: number): number {
    const ids = this.#statements
      .prepare(
        `SELECT id FROM journal WHERE intended_ms < ?2 AND ${SETTLED} ORDER BY intended_ms LIMIT ${STEP_ROWS}`,
      )
      .all(unconfirmedMs, untilMs)
      .map(({ id }) => Number(id));
    this.#chain.prune(Math.max(0, ...ids));
    const remove = this.#statements.prepare('DELETE FROM journal WHERE id = ?');
    for (const id of ids) remove.run(id);
    return ids.length;
  }

  #pruneTraffic(untilMs: number): number {
    return this.#run(
      `DELETE FROM traffic_changes WHERE id IN
       (SELECT id FROM traffic_changes WHERE found_ms < ?1 ORDER BY found_ms LIMIT ${STEP_ROWS})`,
      untilMs,
    );
  }

  #pruneRevisions(untilMs: number): number {
    return this.#run(
      `DELETE FROM revisions WHERE id IN
       (SELECT id FROM revisions WHERE seen_ms < ?1 AND id < (SELECT max(id) FROM revisions) ORDER BY id LIMIT ${STEP_ROWS})`,
      untilMs,
    );
  }

  /** Declarations that ended before the oldest revision that is kept. */
  #pruneDeclarations(): number {
    return this.#run(
      `DELETE FROM declaration_history WHERE rowid IN
       (SELECT rowid FROM declaration_history WHERE to_revision <= (SELECT min(id) FROM revisions) LIMIT ${STEP_ROWS})`,
    );
  }

  #run(sql: string, ...values: readonly number[]): number {
    return Number(this.#statements.prepare(sql).run(...values).changes);
  }
}
