/**
 * Declarations for a run on a directory, together with what `cvmsg apply` left behind there. `apply` works once, so it is
 * never told that a binding was removed; the run that comes after it has to be, or nobody would keep what the binding owes.
 */
import { DeclarationHistory } from '../store/sqlite/declaration-history.ts';
import { type Declaration, DeclarationTable } from '../store/sqlite/declaration-table.ts';
import { InventoryTable } from '../store/sqlite/inventory-table.ts';
import { PendingRestoreTable } from '../store/sqlite/pending-restore-table.ts';
import { RevisionTable } from '../store/sqlite/revision-table.ts';
import type { StateFile } from '../store/sqlite/state-file.ts';
import { StatusTable } from '../store/sqlite/status-table.ts';
import { readRevisionRecord } from './revision-record.ts';

export class LeftBehindDeclarations {
  readonly #file: StateFile;
  readonly #table: DeclarationTable;
  readonly #source: string;

  /** @param source the directory; what was declared elsewhere is none of its business. */
  constructor(file: StateFile, source: string) {
    this.#file = file;
    this.#table = new DeclarationTable(file.database);
    this.#source = source;
  }

  /** What runs have stored, and the last form of every other binding of this directory that the state still knows. */
  all(): Declaration[] {
    const stored = this.#table.all();
    const unknown = this.#known();
    for (const { binding } of stored) unknown.delete(binding);
    // Most of the time: nothing is read of the history then.
    if (unknown.size === 0) return stored;
    const revisions = this.#revisions();
    const history = new DeclarationHistory(this.#file.database);
    const leftBehind = [...unknown].flatMap((binding) => {
      const last = history
        .of(binding)
        .find(({ from, to }) => revisions.some((id) => from <= id && (to === undefined || id < to)));
      return last === undefined ? [] : { binding, file: '', body: last.body };
    });
    return [...stored, ...leftBehind];
  }

  order(): string | undefined {
    return this.#table.order();
  }

  stage(put: Iterable<Declaration>, drop: Iterable<string>): Generator<void, void> {
    return this.#table.stage(put, drop);
  }

  commit(order?: string): void {
    this.#table.commit(order);
  }

  /** Bindings that own or owe something, or are listed. */
  #known(): Set<string> {
    const { database } = this.#file;
    return new Set([
      ...new StatusTable(database).bindings(),
      ...new InventoryTable(database).bindings(),
      ...new PendingRestoreTable(database).bindings(),
    ]);
  }

  /** Ids of the revisions of this directory. */
  #revisions(): number[] {
    return new RevisionTable(this.#file.database)
      .recent(-1)
      .filter((row) => readRevisionRecord(row)?.source === this.#source)
      .map(({ id }) => id);
  }
}
