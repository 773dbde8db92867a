/** Plans that somebody approved: the digest, who and when, and what exactly may change. */
import type { DatabaseSync } from 'node:sqlite';
import { Statements } from './statements.ts';

export interface ApprovalRow {
  /** `sha256:…` of the plan. */
  readonly digest: string;
  /** `account@region`. */
  readonly scope: string;
  /** Empty when the approval is for all bindings of the scope. */
  readonly binding: string;
  readonly approvedBy: string;
  readonly approvedMs: number;
  /** JSON. */
  readonly changes: string;
  readonly note: string;
}

export class ApprovalTable {
  readonly #statements: Statements;

  constructor(database: DatabaseSync) {
    this.#statements = new Statements(database);
  }

  /** Records an approval; it takes the place of an earlier one of the same plan, scope and binding. */
  put(row: ApprovalRow): void {
    this.#statements
      .prepare(
        `INSERT OR REPLACE INTO approvals (digest, scope, binding, approved_by, approved_ms, changes, note)
         VALUES (?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(row.digest, row.scope, row.binding, row.approvedBy, row.approvedMs, row.changes, row.note);
  }

  /** Oldest first. */
  all(): ApprovalRow[] {
    return this.#statements
      .prepare('SELECT * FROM approvals ORDER BY approved_ms, digest, scope, binding')
      .all()
      .map((row) => ({
        digest: String(row.digest),
        scope: String(row.scope),
        binding: String(row.binding),
        approvedBy: String(row.approved_by),
        approvedMs: Number(row.approved_ms),
        changes: String(row.changes),
        note: String(row.note),
      }));
  }

  /** Forgets a plan in every scope and binding. */
  drop(digest: string): void {
    this.#statements.prepare('DELETE FROM approvals WHERE digest = ?').run(digest);
  }
}
