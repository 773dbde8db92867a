/**
 * A file system in memory, published as git-sync does it (a link that is swapped to a worktree named by its commit), as a
 * ConfigMap volume is (its `..data` link is swapped), or as a plain folder whose files change where they stand.
 */
import type { FileStamp, FileTree, TreeEntry } from '../../src/directory/file-tree.ts';

export const LINK = '/git/link';
const DATA = `${LINK}/..data`;
const WORKTREES = '/git/.worktrees';

function fsError(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code });
}

/** How a directory is published. */
export type Layout = 'git-sync' | 'config-map' | 'plain';

interface StoredFile {
  readonly text: string;
  readonly stamp: FileStamp;
}

export class MemoryTree implements FileTree {
  readonly #layout: Layout;
  #read: string | undefined;
  #published: string | undefined;
  #inode = 1;
  /** Contents by relative path, by commit. */
  readonly #worktrees = new Map<string, Map<string, StoredFile>>();

  constructor(layout: Layout = 'git-sync') {
    this.#layout = layout;
  }

  /** The publication that was looked into last. */
  get lastRead(): string | undefined {
    return this.#read;
  }

  /** Makes a worktree and swaps the link to it; the old worktree is removed at once, as git-sync does by default. */
  publish(commit: string, files: ReadonlyMap<string, string>): void {
    const worktree = new Map<string, StoredFile>();
    for (const [path, text] of files) {
      const size = Buffer.byteLength(text);
      worktree.set(path, { text, stamp: { kind: 'file', size, mtimeMs: 0, inode: this.#inode++ } });
    }
    this.#worktrees.clear();
    this.#worktrees.set(commit, worktree);
    this.#published = commit;
  }

  /** Takes the link away, or puts it back. */
  hide(hidden: boolean): void {
    if (hidden) this.#published = undefined;
    else this.#published = [...this.#worktrees.keys()].at(-1);
  }

  realpath(path: string): string {
    const published = this.#published;
    if (published !== undefined) {
      if (path === LINK && this.#layout !== 'git-sync') return LINK;
      if (path === LINK || (path === DATA && this.#layout === 'config-map'))
        return `${WORKTREES}/${published}`;
    }
    if (path.startsWith(WORKTREES)) return path;
    throw fsError('ENOENT', path);
  }

  list(path: string): readonly TreeEntry[] {
    const { files, inside } = this.#locate(path);
    const folder = inside === '' ? '' : `${inside}/`;
    const entries = new Map<string, TreeEntry>();
    for (const file of files.keys()) {
      if (!file.startsWith(folder)) continue;
      const [name = '', ...rest] = file.slice(folder.length).split('/');
      entries.set(name, { name, kind: rest.length === 0 ? 'file' : 'directory' });
    }
    return [...entries.values()];
  }

  stamp(path: string): FileStamp {
    return this.#file(path).stamp;
  }

  read(path: string): Uint8Array {
    return Buffer.from(this.#file(path).text);
  }

  #file(path: string): StoredFile {
    const { files, inside } = this.#locate(path);
    const file = files.get(inside);
    if (file === undefined) throw fsError('ENOENT', path);
    return file;
  }

  /** The worktree of a path, and the path in it. */
  #locate(path: string): { files: ReadonlyMap<string, StoredFile>; inside: string } {
    const isPlain = this.#layout === 'plain' && (path === LINK || path.startsWith(`${LINK}/`));
    const below = path.startsWith(`${WORKTREES}/`) ? path.slice(WORKTREES.length + 1).split('/') : [];
    const [commit = '', ...inside] = isPlain
      ? [this.#published, ...path.split('/').slice(LINK.split('/').length)]
      : below;
    const files = this.#worktrees.get(commit);
    if (files === undefined) throw fsError('ENOENT', path);
    this.#read = commit;
    return { files, inside: inside.join('/') };
  }
}
