/** The folder of the state, for its owner alone, whoever made it. */
import {
  chmodSync,
  closeSync,
  constants,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  realpathSync,
  type Stats,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../../api/message-of.ts';
import { StateError } from './state-error.ts';

/** What this program puts into the folder: the database, its companions and copies; the lock; the box of requests. */
const OWN_NAME = /^(?:state\.db|writer\.)|^requests$/;
/** What a file system puts into its own root. */
const OF_FILE_SYSTEM = 'lost+found';

/** The user of this process; undefined where the system has none. */
export interface Actor {
  readonly uid: number | undefined;
}

/**
 * Makes the folder where it is missing, with mode 0700, and brings what others may see of it down to 0700 and 0600.
 * Returns its real path.
 * @throws StateError `unusable` when it cannot be had for this user alone, with what to do.
 */
export function openPrivateFolder(directory: string, actor: Actor = { uid: process.getuid?.() }): string {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const folder = realpathSync(directory);
    narrowFolder(folder, actor);
    for (const name of ownNames(folder)) narrowEntry(join(folder, name), name);
    return folder;
  } catch (error) {
    if (error instanceof StateError) throw error;
    const fix = 'name a writable folder with --state-dir';
    throw new StateError(
      'unusable',
      `the state folder "${directory}" cannot be made or used: ${messageOf(error)}; ${fix}`,
      { cause: error },
    );
  }
}

/** Makes an empty file with mode 0600 where there is none. A file that exists is not opened: closing it would let go of SQLite's locks. */
export function ensurePrivateFile(path: string): void {
  try {
    closeSync(openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

function ownNames(folder: string): string[] {
  return readdirSync(folder).filter((name) => OWN_NAME.test(name));
}

function narrowFolder(folder: string, { uid }: Actor): void {
  const stats = statSync(folder);
  if (uid === undefined || (stats.uid === uid && !isOpen(stats))) return;
  if (stats.uid === uid) {
    const foreign = readdirSync(folder).find((name) => !OWN_NAME.test(name) && name !== OF_FILE_SYSTEM);
    if (foreign !== undefined) {
      throw refusal(
        folder,
        `is open to others (mode ${modeText(stats)}) and holds "${foreign}", which is no state`,
      );
    }
    chmodSync(folder, 0o700);
    return;
  }
  // A volume in a cluster belongs to root and is open to a group of the pod: what is put there is for its owner alone.
  const ofMachine = stats.uid === 0 && (stats.mode & 0o002) === 0;
  if (!ofMachine) {
    throw refusal(
      folder,
      `belongs to user ${stats.uid} (mode ${modeText(stats)}), who could put another state there`,
    );
  }
}

function refusal(folder: string, what: string): StateError {
  return new StateError(
    'unusable',
    `the state folder "${folder}" ${what}. Name a folder of its own, such as --state-dir ${join(folder, 'cvmsg')}, which is made for its user alone; or run: chown ${process.getuid?.() ?? 'USER'} "${folder}" && chmod 700 "${folder}"`,
  );
}

function narrowEntry(path: string, name: string): void {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return;
  const isFolder = name === 'requests';
  if (isFolder ? !stats.isDirectory() : !stats.isFile()) {
    const wanted = isFolder ? 'no folder' : 'no regular file';
    throw new StateError(
      'unusable',
      `"${path}" is ${stats.isSymbolicLink() ? 'a symbolic link' : wanted}; the state is never kept through one. Move it away`,
    );
  }
  if (isOpen(stats)) chmodSync(path, isFolder ? 0o700 : 0o600);
}

function isOpen(stats: Stats): boolean {
  return (stats.mode & 0o077) !== 0;
}

function modeText(stats: Stats): string {
  return `0${(stats.mode & 0o777).toString(8).padStart(3, '0')}`;
}
