/**
 * The state file: one SQLite database in WAL mode. One writer at a time, any number of readers beside it.
 * It owns opening, migration and refusal; the tables are owned by the files beside it.
 */
import { existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type Approval, readApproval } from '../../api/approval.ts';
import { messageOf } from '../../api/message-of.ts';
import type { Permit } from '../../api/permit.ts';
import type { Clock } from '../../runtime/clock.ts';
import { ensurePrivateFile, openPrivateFolder } from './private-folder.ts';
import { MIGRATIONS, SCHEMA_VERSION } from './schema.ts';
import { StateError } from './state-error.ts';
import { acquireWriterLock, type WriterLock } from './writer-lock.ts';

export const STATE_FILE_NAME = 'state.db';

/** Who opens the file waits this long for the other side: a reader for a writer that starts, a writer for a reader of a file that is new. */
const BUSY_TIMEOUT_MS = 5_000;

/** An open state file. Close it to let the next writer in. */
export interface StateFile extends Disposable {
  readonly database: DatabaseSync;
  /** A damaged file that was set aside when this one was opened. */
  readonly setAside?: string;
  close(): void;
}

/**
 * Opens the state of a directory for writing, creating what is missing; folder and files are for their owner alone.
 * @param owner who holds it, for the message that a second writer gets.
 * @throws StateError `held` when another process writes it, `newer` when a newer program wrote it, `unusable` when the folder cannot be written.
 */
export function openForWriting(
  directory: string,
  options: { readonly owner: string; readonly clock: Clock },
): StateFile {
  const folder = openPrivateFolder(directory);
  const lock = acquireWriterLock(folder, options);
  try {
    const path = join(folder, STATE_FILE_NAME);
    const setAside = setDamagedFileAside(path, options.clock);
    ensurePrivateFile(path);
    const database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
    prepare(database, path);
    return stateFile(database, { lock, ...(setAside === undefined ? {} : { setAside }) });
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** A state that lives in memory only; the same tables. */
export function openInMemory(database = new DatabaseSync(':memory:')): StateFile {
  migrate(database, ':memory:');
  return stateFile(database, {});
}

/**
 * Opens the state of a directory for reading, beside a writer if there is one.
 * @throws StateError `absent` when there is none or it is just being made, `older`, `newer` or `damaged` when it cannot be read.
 */
export function openForReading(directory: string): StateFile {
  const path = join(directory, STATE_FILE_NAME);
  if (!existsSync(path)) {
    throw new StateError(
      'absent',
      `no state in "${directory}": run the controller or \`cvmsg apply\` with this --state-dir first`,
    );
  }
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { readOnly: true, timeout: BUSY_TIMEOUT_MS });
    refuseUnfinished(refuseNewer(database, path), path);
    return stateFile(database, {});
  } catch (error) {
    database?.close();
    if (error instanceof StateError) throw error;
    throw new StateError('damaged', `the state file "${path}" cannot be read: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

function stateFile(
  database: DatabaseSync,
  parts: { readonly lock?: WriterLock; readonly setAside?: string },
): StateFile {
  let open = true;
  const close = () => {
    if (!open) return;
    open = false;
    database.close();
    parts.lock?.release();
  };
  return {
    database,
    close,
    [Symbol.dispose]: close,
    ...(parts.setAside === undefined ? {} : { setAside: parts.setAside }),
  };
}

/** Moves a file that SQLite cannot read out of the way, never deleting it. */
function setDamagedFileAside(path: string, clock: Clock): string | undefined {
  if (!existsSync(path) || isSound(path)) return undefined;
  const stamp = new Date(clock.wall()).toISOString().replace(/[:.]/g, '-');
  const aside = `${path}.damaged-${stamp}`;
  for (const suffix of ['', '-wal', '-shm']) {
    if (existsSync(path + suffix)) renameSync(path + suffix, aside + suffix);
  }
  return aside;
}

function isSound(path: string): boolean {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
    const row = database.prepare('PRAGMA quick_check(1)').get();
    return row !== undefined && Object.values(row)[0] === 'ok';
  } catch (error) {
    // Only what SQLite says of the content counts as damage; a file that cannot be opened is not touched.
    if (isDamage(error)) return false;
    throw new StateError('unusable', `the state file "${path}" cannot be opened: ${messageOf(error)}`, {
      cause: error,
    });
  } finally {
    database?.close();
  }
}

/** SQLITE_CORRUPT and SQLITE_NOTADB. */
function isDamage(error: unknown): boolean {
  const code = (error as { errcode?: number }).errcode;
  return code !== undefined && ((code & 0xff) === 11 || (code & 0xff) === 26);
}

function prepare(database: DatabaseSync, path: string): void {
  try {
    // What has to be on disk at once asks for it: see `durably`.
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
    migrate(database, path);
  } catch (error) {
    database.close();
    if (error instanceof StateError) throw error;
    throw new StateError('unusable', `the state file "${path}" cannot be opened: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

function migrate(database: DatabaseSync, path: string): void {
  const version = refuseNewer(database, path);
  if (version === SCHEMA_VERSION) return;
  database.function('permit_of_old_text', (text) => {
    const permit = permitOfOldText(String(text));
    return permit === undefined ? '' : JSON.stringify(permit);
  });
  // In one step: a reader beside it sees the old version or the new one, and none in between.
  const steps = MIGRATIONS.slice(version).join(';\n');
  database.exec(`BEGIN IMMEDIATE; ${steps}; PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT;`);
}

/** A reader brings no file up to date, and finds no tables in one that a writer has only just made. */
function refuseUnfinished(version: number, path: string): void {
  if (version === 0) {
    throw new StateError('absent', `the state file "${path}" is just being made: try again in a moment`);
  }
  if (version >= SCHEMA_VERSION) return;
  throw new StateError(
    'older',
    `the state file "${path}" has version ${version}, this program reads ${SCHEMA_VERSION}: start \`cvmsg run\` or \`cvmsg apply\` of this version once, which brings it up to date`,
  );
}

function refuseNewer(database: DatabaseSync, path: string): number {
  const version = Number(database.prepare('PRAGMA user_version').get()?.user_version ?? 0);
  if (version <= SCHEMA_VERSION) return version;
  throw new StateError(
    'newer',
    `the state file "${path}" has version ${version}, this program knows ${SCHEMA_VERSION}: use the newer cvmsg, or another --state-dir`,
  );
}

// What let a write pass, as versions of the state file before 10 have it: in words.

const QUOTED = String.raw`"(?:[^"\\]|\\.)*"`;
const GIVEN = String.raw`sha256:[0-9a-f]{64}(?: by [^";\p{Cc}]{1,200}?)? at \d[\dTZ:.+\-]{18,39}`;
const APPROVED = new RegExp(
  `^approved (${GIVEN})(?: \\((object|server)\\))?( because ${QUOTED})?(?: \\(([a-z-]+) --plan\\))?(?:; (.*))?$`,
  'su',
);
const EMERGENCY = /^emergency until (\S+): (.*)$/s;

/** Undefined for what nobody can read: it counts as a write without an approval. */
export function permitOfOldText(text: string): Permit | undefined {
  const [isApproved, given = '', saidBy, why = '', command, others] = APPROVED.exec(text) ?? [];
  const approval = isApproved === undefined ? undefined : readApproval(given + why);
  const [isEmergency, until = '', reason = ''] =
    EMERGENCY.exec(approval === undefined ? text : (others ?? '')) ?? [];
  const permit: Permit = {
    ...(approval === undefined ? {} : { approvedBy: withTeller(approval, saidBy) }),
    ...(command === undefined ? {} : { command }),
    ...(isEmergency === undefined ? {} : { emergency: { until, reason } }),
  };
  return Object.keys(permit).length === 0 ? undefined : permit;
}

function withTeller(approval: Approval, saidBy: string | undefined): Approval {
  return saidBy === 'object' || saidBy === 'server' ? { ...approval, saidBy } : approval;
}
