/** Whether the state file still stands where it was opened. */
import { type BigIntStats, statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { StateError } from './state-error.ts';

export class StatePlace {
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
