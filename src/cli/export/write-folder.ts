/**
 * Brings a folder to hold exactly the given files of one export, and touches nothing else in it. The first line of a
 * file tells whose it is: only files that start with the marker of the same export are replaced or removed.
 *
 * Everything is written beside its place first, so a failure leaves the folder as it was.
 */
import {
  closeSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../../api/message-of.ts';
import { someOf } from '../../core/text/words.ts';
import { draftFile, type FileDraft } from '../../runtime/file-draft.ts';
import { CliError } from '../cli-error.ts';

export interface FolderContents {
  /** First line of every file of this export, without its newline. */
  readonly marker: string;
  /** What the first line of the files of every export starts with. */
  readonly family: string;
  /** File name to text; every text starts with the marker. */
  readonly files: ReadonlyMap<string, string>;
}

/** Names of files, sorted. */
export interface FolderChange {
  readonly written: readonly string[];
  readonly unchanged: readonly string[];
  readonly removed: readonly string[];
  /** Of other exports; they stay. */
  readonly others: readonly string[];
}

/** @throws CliError when a file of another origin has the name of one of ours, or the folder cannot be written; nothing has changed then. */
export function writeFolder(folder: string, contents: FolderContents): FolderChange {
  const { marker, family, files } = contents;
  try {
    mkdirSync(folder, { recursive: true });
    const present = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
    refuseForeign(folder, contents, present);
    const further = present
      .filter((name) => !files.has(name))
      .map((name) => ({ name, line: firstLine(join(folder, name)) }));
    const stale = further.filter(({ line }) => line === marker).map(({ name }) => name);
    const others = further
      .filter(({ line }) => line !== marker && line?.startsWith(family) === true)
      .map(({ name }) => name);
    if (files.size === 0 && stale.length > 0) {
      throw new CliError(
        `nothing was found to declare, and "${folder}" holds ${stale.length} files of an earlier run; ` +
          'nothing was removed. Check the region, the filter and the credentials; if it is true, delete the files',
      );
    }
    const here = new Set(present);
    const isSame = (name: string, text: string) =>
      here.has(name) && readFileSync(join(folder, name), 'utf8') === text;
    const written = [...files].filter(([name, text]) => !isSame(name, text));
    replace(folder, written);
    for (const name of stale) rmSync(join(folder, name));
    const names = new Set(written.map(([name]) => name));
    return {
      written: [...names].sort(),
      unchanged: [...files.keys()].filter((name) => !names.has(name)).sort(),
      removed: stale.sort(),
      others: others.sort(),
    };
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw new CliError(`"${folder}" cannot be written: ${messageOf(error)}`);
  }
}

function refuseForeign(folder: string, contents: FolderContents, present: readonly string[]): void {
  const { marker, family, files } = contents;
  const foreign = present
    .filter((name) => files.has(name))
    .map((name) => ({ name, line: firstLine(join(folder, name)) }))
    .filter(({ line }) => line !== marker);
  if (foreign.length === 0) return;
  const names = someOf(foreign.map(({ name }) => name));
  const other = foreign.every(({ line }) => line?.startsWith(family) === true);
  const why = other ? 'belongs to another export or import' : 'was not written by this command';
  throw new CliError(
    `"${folder}" already holds ${names}, which ${why}; nothing was written. ` +
      'Name another folder by --out, or move the file away',
  );
}

/** Renames happen one after another without a pause, so nobody waits for the second half. */
function replace(folder: string, files: readonly (readonly [name: string, text: string])[]): void {
  const drafts: FileDraft[] = [];
  try {
    for (const [name, text] of files) drafts.push(draftFile(folder, name, text));
    for (const draft of drafts) draft.commit();
  } finally {
    for (const draft of drafts) draft.discard();
  }
}

const LONGEST_LINE_BYTES = 4_096;

/** Undefined for what is no regular file. */
function firstLine(path: string): string | undefined {
  if (!lstatSync(path).isFile()) return undefined;
  const bytes = Buffer.alloc(LONGEST_LINE_BYTES);
  const file = openSync(path, 'r');
  try {
    const length = readSync(file, bytes, 0, bytes.length, 0);
    return bytes.toString('utf8', 0, length).split('\n', 1)[0];
  } finally {
    closeSync(file);
  }
}
