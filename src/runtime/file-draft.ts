/**
 * Writes files below a folder that others may write too. A file comes into being whole or not at all, and no symbolic
 * link leads a write out of the folder: what is found on the way is resolved, and has to lie inside.
 */
import {
  closeSync,
  constants,
  fchmodSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, isAbsolute, join, normalize, sep } from 'node:path';

/** What stands at a place, or on the way to it, does not let a file be written there. */
export class UnsafePathError extends Error {
  override readonly name = 'UnsafePathError';
}

export interface DraftOptions {
  /** Mode of the file. Absent: that of the file before, or what the umask leaves for a new one. */
  readonly mode?: number;
  /** Mode of folders that are made on the way. */
  readonly folderMode?: number;
  /** Whether the text has to be on the disk before the file takes its place. */
  readonly durable?: boolean;
}

/** A file that is written, and not yet in its place. */
export interface FileDraft {
  /** Puts it in its place, over the file before it. @throws UnsafePathError when the folder moved meanwhile. */
  commit(): void;
  /** Takes away what is not committed. */
  discard(): void;
}

/**
 * Writes `text` beside the place `name` below `root`, making the folders between them.
 * @param root a folder that exists; it may itself be reached by a link.
 * @throws UnsafePathError when the place lies outside of `root` or is no regular file; the file system's error otherwise.
 */
export function draftFile(root: string, name: string, text: string, options: DraftOptions = {}): FileDraft {
  const { path, before } = placeBelow(root, name, options.folderMode);
  const folder = dirname(path);
  // Random, and for its owner alone; readers of a folder of bindings pass over names that start with a dot.
  const aside = mkdtempSync(join(folder, '.cvmsg-'));
  const draft = join(aside, 'draft');
  const discard = () => rmSync(aside, { recursive: true, force: true });
  try {
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | NO_FOLLOW;
    const file = openSync(draft, flags, options.mode ?? 0o666);
    try {
      const mode = options.mode ?? (before === undefined ? undefined : before.mode & 0o777);
      if (mode !== undefined) fchmodSync(file, mode);
      writeFileSync(file, text);
      if (options.durable === true) fsyncSync(file);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    discard();
    throw error;
  }
  return {
    commit() {
      try {
        if (realpathSync(folder) !== folder) {
          throw new UnsafePathError(`"${folder}" became a symbolic link while "${name}" was being written`);
        }
        renameSync(draft, path);
      } finally {
        discard();
      }
    },
    discard,
  };
}

/** {@link draftFile}, put in its place at once. */
export function writeFileBelow(root: string, name: string, text: string, options: DraftOptions = {}): void {
  draftFile(root, name, text, options).commit();
}

/**
 * The real path of `name` below `root`; undefined when nothing is there.
 * @throws UnsafePathError when it lies outside of `root`.
 */
export function findBelow(root: string, name: string): string | undefined {
  const inside = realpathSync(root);
  const path = join(inside, partsOf(root, name).join(sep));
  try {
    return checkedInside(root, inside, path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Absent where the system has no such thing as a symbolic link that is opened. */
const NO_FOLLOW = constants.O_NOFOLLOW ?? 0;

interface Place {
  readonly path: string;
  /** The file that is there now. */
  readonly before: Stats | undefined;
}

function placeBelow(root: string, name: string, folderMode: number | undefined): Place {
  const inside = realpathSync(root);
  const parts = partsOf(root, name);
  let folder = inside;
  for (const part of parts.slice(0, -1)) folder = enter(root, inside, join(folder, part), folderMode);
  const path = join(folder, parts.at(-1) ?? '');
  if (stateOf(path) === undefined) return { path, before: undefined };
  const real = checkedInside(root, inside, path);
  const before = lstatSync(real);
  if (!before.isFile()) throw new UnsafePathError(`"${path}" is no regular file; move it away`);
  return { path: real, before };
}

function partsOf(root: string, name: string): readonly string[] {
  const parts = normalize(name).split(sep);
  if (isAbsolute(name) || name.endsWith(sep) || parts.some((part) => part === '..' || part === '.')) {
    throw new UnsafePathError(`"${name}" would leave "${root}"`);
  }
  return parts;
}

/** The real path of a folder, which is made where nothing is. */
function enter(root: string, inside: string, path: string, mode: number | undefined): string {
  if (stateOf(path) === undefined) mkdirSync(path, { recursive: true, ...(mode !== undefined && { mode }) });
  return checkedInside(root, inside, path);
}

function checkedInside(root: string, inside: string, path: string): string {
  let real: string;
  try {
    real = realpathSync(path);
  } catch (error) {
    if (isMissing(error) && stateOf(path) !== undefined) throw leadsOut(root, path, 'nowhere');
    throw error;
  }
  if (!real.startsWith(inside.endsWith(sep) ? inside : inside + sep)) {
    throw leadsOut(root, path, `to "${real}"`);
  }
  return real;
}

function leadsOut(root: string, path: string, where: string): UnsafePathError {
  return new UnsafePathError(
    `"${basename(path)}" in "${dirname(path)}" is a symbolic link, or below one, that leads ${where}, out of "${root}"; ` +
      'nothing was written there. Put a folder or file in its place, or name the folder that it leads to',
  );
}

function stateOf(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}
