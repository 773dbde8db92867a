/** Lists the YAML files under a folder: no dotfiles, nothing that `.cvmsgignore` names, no links that lead out of it, a bounded number. */

import { createHash, hash as digestOf, type Hash } from 'node:crypto';
import { sep } from 'node:path';
import { allAtOnce } from '../api/steps.ts';
import { MAX_FILE_BYTES } from '../documents/file-text.ts';
import { errorCode, type FileStamp, type FileTree } from './file-tree.ts';
import { IGNORE_FILE, IgnoreFileError, IgnoreRules, MAX_IGNORE_FILE_BYTES } from './ignore-file.ts';

export interface WalkedFile {
  /** Relative to the root, with `/`. */
  readonly path: string;
  readonly stamp: FileStamp;
}

/** An entry that is not read, and why. */
export interface RefusedEntry {
  /** Relative to the root; what cannot be shown is escaped: whoever pushes a file must not steer the terminal of the one who reads of it. */
  readonly path: string;
  /** `outside`: a link out of the root or to nowhere. `loop`: a link to a folder that it stands in. `name`: no text. */
  readonly why: 'outside' | 'loop' | 'name';
}

export interface Walk {
  /** Sorted by path; each file once, by its own path where links lead to it too. */
  readonly files: readonly WalkedFile[];
  /** Sorted by path. */
  readonly refused: readonly RefusedEntry[];
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
/** Control characters, and what stands for bytes that are no UTF-8. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
const NO_TEXT = /[\u0000-\u001f\u007f-\u009f\ufffd]/;
const YAML_FILE = /\.(?:ya?ml|json)$/i;

/** The tree is larger than is read. */
export class TreeTooLargeError extends Error {
  override readonly name = 'TreeTooLargeError';
}

/** @throws the file system's error when a folder or file vanishes on the way; TreeTooLargeError; IgnoreFileError. */
export function walk(tree: FileTree, root: string, options: WalkOptions = {}): Walk {
  return allAtOnce(walkInSteps(tree, root, options));
}

/** As {@link walk}, and yields each time when other work may go on. */
export function* walkInSteps(
  tree: FileTree,
  root: string,
  { maxBytes = Number.POSITIVE_INFINITY }: WalkOptions = {},
): Generator<void, Walk> {
  const { files, refused } = yield* new Walker(tree, root).run();
  refuseTooMuch(files, maxBytes);
  const byPath = (a: { readonly path: string }, b: { readonly path: string }) => (a.path < b.path ? -1 : 1);
  return { files: files.sort(byPath), refused: refused.sort(byPath) };
}

/** A folder or a link in it, as it is reached. */
interface Place {
  /** Relative to the root; '' for the root itself. */
  readonly path: string;
  /** The folder that this is or stands in, with every link resolved; relative as well. Where no link led here it is the same text. */
  readonly real: string;
  readonly depth: number;
}

class Walker {
  readonly files: WalkedFile[] = [];
  readonly refused: RefusedEntry[] = [];
  readonly #tree: FileTree;
  readonly #root: string;
  readonly #ignore: IgnoreRules;
  /** Files and folders that were found, with every link resolved, relative to the root. */
  readonly #found = new Set<string>();
  #links: Place[] = [];
  #entries = 0;

  constructor(tree: FileTree, root: string) {
    this.#tree = tree;
    this.#root = root;
    this.#ignore = readIgnoreFile(tree, root);
  }

  /** Links last, so that what they lead to is known by its own path. */
  *run(): Generator<void, this> {
    yield* this.#visit({ path: '', real: '', depth: 0 });
    while (this.#links.length > 0) {
      const links = this.#links.sort((a, b) => (a.path < b.path ? -1 : 1));
      this.#links = [];
      for (const link of links) yield* this.#follow(link);
    }
    return this;
  }

  *#visit({ path, real, depth }: Place): Generator<void, void> {
    if (this.#found.has(real)) return;
    this.#found.add(real);
    if (depth > MAX_DEPTH)
      throw new TreeTooLargeError(`"${path}" is nested more than ${MAX_DEPTH} folders deep`);
    for (const { name, kind } of this.#tree.list(this.#absolute(path))) {
      if (++this.#entries % ENTRIES_AT_ONCE === 0) yield;
      if (this.#entries > MAX_ENTRIES)
        throw new TreeTooLargeError(`more than ${MAX_ENTRIES} files and folders`);
      if (name.startsWith('.')) continue;
      const entry = below(path, name);
      const isFolder =
        kind === 'directory' || (kind === 'link' && leadsToFolder(this.#tree, this.#absolute(entry)));
      if (this.#ignore.ignores(entry, isFolder)) continue;
      if (NO_TEXT.test(name)) {
        if (isFolder || kind === 'link' || YAML_FILE.test(name)) this.#refuse(escaped(entry), 'name');
      } else if (kind === 'link') {
        if (isFolder || YAML_FILE.test(name)) this.#links.push({ path: entry, real, depth: depth + 1 });
      } else if (isFolder) {
        yield* this.#visit({
          path: entry,
          real: real === path ? entry : below(real, name),
          depth: depth + 1,
        });
      } else if (kind === 'file' && YAML_FILE.test(name)) {
        this.#take(entry, real === path ? entry : below(real, name));
      }
    }
  }

  *#follow({ path, real: folder, depth }: Place): Generator<void, void> {
    const target = targetInside(this.#tree, this.#root, this.#absolute(path));
    const real = target?.slice(this.#root.length + sep.length);
    if (real === undefined) this.#refuse(path, 'outside');
    else if (real === '' || `${folder}/`.startsWith(`${real}/`)) this.#refuse(path, 'loop');
    else if (leadsToFolder(this.#tree, this.#absolute(real))) yield* this.#visit({ path, real, depth });
    else this.#take(path, real);
  }

  #take(path: string, real: string): void {
    if (this.#found.has(real)) return;
    this.#found.add(real);
    const stamp = this.#tree.stamp(this.#absolute(path));
    // A link may lead to a pipe, whose reading would never end.
    if (stamp.kind === 'file') this.files.push({ path, stamp });
    if (this.files.length > MAX_FILES) throw new TreeTooLargeError(`more than ${MAX_FILES} YAML files`);
  }

  #refuse(path: string, why: RefusedEntry['why']): void {
    this.refused.push({ path, why });
  }

  #absolute(path: string): string {
    return path === '' ? this.#root : this.#root + sep + path;
  }
}

function below(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
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
  return name.replaceAll(new RegExp(NO_TEXT, 'g'), code);
}

/** What a link leads to, with every link resolved; undefined when that is outside of the root or nowhere. */
function targetInside(tree: FileTree, root: string, link: string): string | undefined {
  try {
    const target = tree.realpath(link);
    return `${target}${sep}`.startsWith(root + sep) ? target : undefined;
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ELOOP') return undefined;
    throw error;
  }
}

function leadsToFolder(tree: FileTree, path: string): boolean {
  try {
    return tree.stamp(path).kind === 'directory';
  } catch {
    return false;
  }
}

/** @throws IgnoreFileError. */
function readIgnoreFile(tree: FileTree, root: string): IgnoreRules {
  const path = root + sep + IGNORE_FILE;
  try {
    const { kind } = tree.stamp(path);
    tree.realpath(path);
    if (kind !== 'file') throw new IgnoreFileError(`${IGNORE_FILE} is no file`);
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return IgnoreRules.none;
    if (errorCode(error) !== 'ELOOP') throw error;
  }
  const target = targetInside(tree, root, path);
  if (target === undefined)
    throw new IgnoreFileError(`${IGNORE_FILE} is a link that leads out of the directory`);
  return IgnoreRules.parse(tree.read(target, MAX_IGNORE_FILE_BYTES + 1));
}

// The digest over everything that is read of a tree: which files there are, and what each of them says.

/** Adds the next file, in the order of their paths. @param digest of what is read of it. */
export function addFile(hash: Hash, path: string, digest: string): void {
  hash.update(`${path}\0${digest}\n`);
}

/** What is read of a file: one byte more than is allowed is enough to refuse it for its size. */
export function readBounded(tree: FileTree, path: string): Uint8Array {
  return tree.read(path, MAX_FILE_BYTES + 1);
}

/** The digest of a whole tree, without parsing it. @throws as `walk`. */
export function treeDigest(tree: FileTree, root: string): string {
  const hash = createHash('sha256');
  for (const { path } of walk(tree, root).files)
    addFile(hash, path, digestOf('sha256', readBounded(tree, root + sep + path), 'hex'));
  return hash.digest('hex');
}
