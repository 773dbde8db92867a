/** What changed traffic without a write: drift, and rules that were changed. Append-only, and bounded like the journal. */
import type { DatabaseSync } from 'node:sqlite';
import { BESIDE_CLUSTER } from '../../api/ids.ts';
import type { HistoryFilter } from '../../core/history-filter.ts';
import { Statements } from './statements.ts';

/** A row as it is stored; `origin` and `body` are JSON, lists are ordered. */
export interface TrafficRow {
  readonly id: number;
  readonly foundMs: number;
  readonly cause: 'drift' | 'rules';
  readonly account: string;
  readonly region: string;
  readonly binding: string;
  readonly origin: string;
  readonly instanceIds: readonly string[];
  /** For drift the declared list. */
  readonly before: readonly string[];
  readonly after: readonly string[];
  readonly body: string;
}

export type NewTrafficRow = Omit<TrafficRow, 'id'>;

export class TrafficTable {
  readonly #statements: Statements;

  constructor(database: DatabaseSync) {
    this.#statements = new Statements(database);
  }

  append(row: NewTrafficRow): void {
    this.#statements
      .prepare(
        `INSERT INTO traffic_changes (found_ms, cause, account, region, binding, origin, instance_ids, before, after, body)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(
        row.foundMs,
        row.cause,
        row.account,
        row.region,
        row.binding,
        row.origin,
        row.instanceIds.join(' '),
        row.before.join(' '),
        row.after.join(' '),
        row.body,
      );
  }

  /** Rows that match, newest first. */
  query({ instanceId, binding, sinceMs, untilMs }: HistoryFilter): TrafficRow[] {
    return this.#statements
      .prepare(
        `SELECT * FROM traffic_changes
         WHERE (?1 IS NULL OR ' ' || instance_ids || ' ' LIKE '% ' || ?1 || ' %') AND (?2 IS NULL OR binding IN (?2, '${BESIDE_CLUSTER}' || ?2))
         AND (?3 IS NULL OR found_ms >= ?3) AND (?4 IS NULL OR found_ms <= ?4)
         ORDER BY id DESC`,
      )
      .all(instanceId ?? null, binding ?? null, sinceMs ?? null, untilMs ?? null)
      .map(toRow);
  }
}

const list = (text: unknown): string[] => String(text).split(' ').filter(Boolean);

function toRow(row: Record<string, unknown>): TrafficRow {
  return {
    id: Number(row.id),
    foundMs: Number(row.found_ms),
    cause: row.cause === 'rules' ? 'rules' : 'drift',
    account: String(row.account),
    region: String(row.region),
    binding: String(row.binding),
    origin: String(row.origin),
    instanceIds: list(row.instance_ids),
    before: list(row.before),
    after: list(row.after),
    body: String(row.body),
  };
}
