/**
 * What every recorded revision declared. Only what changed is stored, so that the size follows the changes: a row holds
 * from the revision that brought it until the one that changed or removed it.
 */
import type { DatabaseSync } from 'node:sqlite';
import { Statements } from './statements.ts';

export interface Declared {
  readonly binding: string;
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

export class DeclarationHistory {
  readonly #statements: Statements;

  constructor(database: DatabaseSync) {
    this.#statements = new Statements(database);
  }

  /**
   * Stores what a new revision declares, against what the newest one before it declared. To be called in the
   * transaction that appends the revision.
   */
  record(revisionId: number, declared: Iterable<Declared>): DeclaredChanges {
    const begin = this.#statements.prepare(
      'INSERT INTO declaration_history (binding, from_revision, digest, body) VALUES (?, ?, ?, ?)',
    );
    const end = this.#statements.prepare(
      'UPDATE declaration_history SET to_revision = ? WHERE binding = ? AND to_revision IS NULL',
    );
    const before = this.#present();
    let added = 0;
    let changed = 0;
    for (const { binding, digest, body } of declared) {
      const old = before.get(binding);
      before.delete(binding);
      if (old === digest) continue;
      if (old === undefined) added++;
      else {
        changed++;
        end.run(revisionId, binding);
      }
      begin.run(binding, revisionId, digest, body());
    }
    for (const binding of before.keys()) end.run(revisionId, binding);
    return { added, changed, removed: before.size };
  }

  /** What a revision declared, by binding. */
  at(revisionId: number): { readonly binding: string; readonly digest: string; readonly body: string }[] {
    return this.#statements
      .prepare(
        `SELECT binding, digest, body FROM declaration_history
         WHERE from_revision <= ?1 AND (to_revision IS NULL OR to_revision > ?1) ORDER BY binding`,
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
        `SELECT from_revision, to_revision, body FROM declaration_history
         WHERE binding = ? ORDER BY from_revision DESC`,
      )
      .all(binding)
      .map((row) => ({
        from: Number(row.from_revision),
        ...(row.to_revision === null ? {} : { to: Number(row.to_revision) }),
        body: String(row.body),
      }));
  }

  /** Ids of the revisions that declared something else than the one before. */
  revisions(): Set<number> {
    const rows = this.#statements
      .prepare(
        `SELECT from_revision AS id FROM declaration_history
         UNION SELECT to_revision FROM declaration_history WHERE to_revision IS NOT NULL`,
      )
      .all();
    return new Set(rows.map((row) => Number(row.id)));
  }

  /** The newest declaration of each binding by digest. */
  #present(): Map<string, string> {
    const rows = this.#statements
      .prepare('SELECT binding, digest FROM declaration_history WHERE to_revision IS NULL')
      .all();
    return new Map(rows.map((row) => [String(row.binding), String(row.digest)]));
  }
}
