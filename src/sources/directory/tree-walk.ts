/** Lists the YAML files under a folder: no dotfiles, no links that lead out of it, a bounded number. */
import { sep } from 'node:path';
import { MAX_FILE_BYTES } from '../../api/file-text.ts';
import { allAtOnce } from '../../api/steps.ts';
import { errorCode, type FileStamp, type FileTree } from './file-tree.ts';

export interface WalkedFile {
  /** Relative to the root, with `/`. */
  readonly path: string;
  readonly stamp: FileStamp;
}

export interface Walk {
  /** Sorted by path. */
  readonly files: readonly WalkedFile[];
  /** Relative paths of links that lead out of the root or nowhere; they were not followed. */
  readonly refusedLinks: readonly string[];
  /** Names with control characters, escaped: whoever pushes a file must not steer the terminal of the one who reads of it. */
  readonly refusedNames: readonly string[];
}

/** Most files that one revision may hold. */
export const MAX_FILES = 50_000;
/** Most entries of all kinds: an unlimited number of files that nobody reads would take for ever as well. */
const MAX_ENTRIES = 500_000;
/** Entries looked at before other work may go on. */
const ENTRIES_AT_ONCE = 500;
/** Files that are named when all together are too large. */
const MAX_NAMED = 5;
const MIB = 1024 * 1024;

export interface WalkOptions {
  /** Most bytes that all files together may have; each counts with what is read of it. */
  readonly maxBytes?: number;
}
const MAX_DEPTH = 32;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
const CONTROL_CHARACTER = /[\u0000-\u001f\u007f-\u009f]/;
const YAML_FILE = /\.(?:ya?ml|json)$/i;

/** The tree is larger than is read. */
export class TreeTooLargeError extends Error {
  override readonly name = 'TreeTooLargeError';
}

/** @throws the file system's error when a folder or file vanishes on the way; TreeTooLargeError. */
export function walk(tree: FileTree, root: string, options: WalkOptions = {}): Walk {
  return allAtOnce(walkInSteps(tree, root, options));
}

/** As {@link walk}, and yields each time when other work may go on. */
export function* walkInSteps(
  tree: FileTree,
  root: string,
  { maxBytes = Number.POSITIVE_INFINITY }: WalkOptions = {},
): Generator<void, Walk> {
  const files: WalkedFile[] = [];
  const refusedLinks: string[] = [];
  const refusedNames: string[] = [];

  let entries = 0;

  function* visit(folder: string, relative: string, depth: number): Generator<void, void> {
    if (depth > MAX_DEPTH)
      throw new TreeTooLargeError(`"${relative}" is nested more than ${MAX_DEPTH} folders deep`);
    for (const entry of tree.list(folder)) {
      if (++entries % ENTRIES_AT_ONCE === 0) yield;
      if (entries > MAX_ENTRIES) throw new TreeTooLargeError(`more than ${MAX_ENTRIES} files and folders`);
      if (entry.name.startsWith('.')) continue;
      if (CONTROL_CHARACTER.test(entry.name)) {
        refusedNames.push(escaped(relative === '' ? entry.name : `${relative}/${entry.name}`));
        continue;
      }
      const path = folder + sep + entry.name;
      const name = relative === '' ? entry.name : `${relative}/${entry.name}`;
      if (entry.kind === 'link' && !staysInside(tree, root, path)) {
        if (YAML_FILE.test(entry.name) || isFolder(tree, path)) refusedLinks.push(name);
        continue;
      }
      if (entry.kind === 'directory' || (entry.kind === 'link' && isFolder(tree, path)))
        yield* visit(path, name, depth + 1);
      else if (entry.kind !== 'other' && YAML_FILE.test(entry.name)) {
        const stamp = tree.stamp(path);
        // A link may lead to a pipe, whose reading would never end.
        if (stamp.kind === 'file') files.push({ path: name, stamp });
      }
      if (files.length > MAX_FILES) throw new TreeTooLargeError(`more than ${MAX_FILES} YAML files`);
    }
  }

  yield* visit(root, '', 0);
  refuseTooMuch(files, maxBytes);
  files.sort((a, b) => (a.path < b.path ? -1 : 1));
  return { files, refusedLinks: refusedLinks.sort(), refusedNames: refusedNames.sort() };
}

function refuseTooMuch(files: readonly WalkedFile[], maxBytes: number): void {
  const bytes = files.reduce((sum, { stamp }) => sum + Math.min(stamp.size, MAX_FILE_BYTES), 0);
  if (bytes <= maxBytes) return;
  const largest = files.toSorted((a, b) => b.stamp.size - a.stamp.size).slice(0, MAX_NAMED);
  const named = largest.map(({ path, stamp }) => `"${path}" (${mib(stamp.size)})`).join(', ');
  throw new TreeTooLargeError(
    `its YAML files have ${mib(bytes)} together, and at most ${mib(maxBytes)} are read (--max-revision-mib); the largest are ${named}`,
  );
}

function mib(bytes: number): string {
  return `${(bytes / MIB).toFixed(1)} MiB`;
}

function escaped(name: string): string {
  const code = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return name.replaceAll(new RegExp(CONTROL_CHARACTER, 'g'), code);
}

function staysInside(tree: FileTree, root: string, link: string): boolean {
  try {
    return `${tree.realpath(link)}${sep}`.startsWith(root + sep);
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ELOOP') return false;
    throw error;
  }
}

function isFolder(tree: FileTree, path: string): boolean {
  try {
    return tree.stamp(path).kind === 'directory';
  } catch {
    return false;
  }
}
