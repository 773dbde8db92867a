/** Lists the YAML files under a folder: no dotfiles, no links that lead out of it, a bounded number. */
import { sep } from 'node:path';
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
const MAX_DEPTH = 32;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
const CONTROL_CHARACTER = /[\u0000-\u001f\u007f-\u009f]/;
const YAML_FILE = /\.(?:ya?ml|json)$/i;

/** The tree is larger than is ever read. */
export class TreeTooLargeError extends Error {
  override readonly name = 'TreeTooLargeError';
}

/** @throws the file system's error when a folder or file vanishes on the way; TreeTooLargeError. */
export function walk(tree: FileTree, root: string): Walk {
  const files: WalkedFile[] = [];
  const refusedLinks: string[] = [];
  const refusedNames: string[] = [];

  const visit = (folder: string, relative: string, depth: number): void => {
    if (depth > MAX_DEPTH)
      throw new TreeTooLargeError(`"${relative}" is nested more than ${MAX_DEPTH} folders deep`);
    for (const entry of tree.list(folder)) {
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
        visit(path, name, depth + 1);
      else if (entry.kind !== 'other' && YAML_FILE.test(entry.name)) {
        const stamp = tree.stamp(path);
        // A link may lead to a pipe, whose reading would never end.
        if (stamp.kind === 'file') files.push({ path: name, stamp });
      }
      if (files.length > MAX_FILES) throw new TreeTooLargeError(`more than ${MAX_FILES} YAML files`);
    }
  };

  visit(root, '', 0);
  files.sort((a, b) => (a.path < b.path ? -1 : 1));
  return { files, refusedLinks: refusedLinks.sort(), refusedNames: refusedNames.sort() };
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
