/**
 * One writer at a time. The lock is SQLite's own lock on a file beside the state, which the operating system drops
 * when its holder dies, so a killed process never leaves a stale lock. Who holds it stands in a text file.
 */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { messageOf } from '../../api/message-of.ts';
import type { Clock } from '../../runtime/clock.ts';
import { writeFileBelow } from '../../runtime/file-draft.ts';
import { ensurePrivateFile } from './private-folder.ts';
import { StateError } from './state-error.ts';

export interface WriterLock {
  release(): void;
}

const HOLDER = 'writer.txt';

/** A command that asks who writes holds the lock file for an instant, which a writer that starts waits for. */
const ASKING_TIMEOUT_MS = 500;

/** A lock whose object nobody refers to any more would be collected, and let go. */
const held = new Set<DatabaseSync>();

/** @throws StateError `held`, naming the holder; `unusable` when the folder cannot be written. */
export function acquireWriterLock(
  directory: string,
  options: { readonly owner: string; readonly clock: Clock },
): WriterLock {
  const holderPath = join(directory, HOLDER);
  const lockPath = join(directory, 'writer.lock.db');
  let database: DatabaseSync | undefined;
  try {
    ensurePrivateFile(lockPath);
    database = new DatabaseSync(lockPath, { timeout: ASKING_TIMEOUT_MS });
    database.exec('PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE;');
    const text = `${options.owner} since ${new Date(options.clock.wall()).toISOString()}\n`;
    writeFileBelow(directory, HOLDER, text, { mode: 0o600 });
  } catch (error) {
    database?.close();
    if (!isBusy(error)) {
      const detail = messageOf(error);
      throw new StateError('unusable', `the state folder "${directory}" cannot be locked: ${detail}`, {
        cause: error,
      });
    }
    throw new StateError(
      'held',
      `the state in "${directory}" is being written by ${holder(holderPath)}; stop that process, or use another --state-dir`,
    );
  }
  held.add(database);
  return {
    release() {
      held.delete(database);
      if (database.isOpen) database.close();
    },
  };
}

/**
 * Who writes the state of a directory at present; undefined when nobody does. It takes nothing: a shared lock on the
 * lock file is refused while a writer lives.
 */
export function currentWriter(directory: string): string | undefined {
  const path = join(directory, 'writer.lock.db');
  if (!existsSync(path)) return undefined;
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { readOnly: true });
    database.prepare('SELECT count(*) FROM sqlite_schema').get();
    return undefined;
  } catch (error) {
    return isBusy(error) ? holder(join(directory, HOLDER)) : undefined;
  } finally {
    database?.close();
  }
}

function holder(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim() || 'another process';
  } catch {
    return 'another process';
  }
}

function isBusy(error: unknown): boolean {
  const code = (error as { errcode?: number }).errcode;
  return code !== undefined && (code & 0xff) === 5;
}
