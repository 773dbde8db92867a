/** A file system in memory, published as git-sync does it: a link that is swapped to a worktree named by its commit. */
import type { FileStamp, FileTree, TreeEntry } from '../../src/sources/directory/file-tree.ts';

export const LINK = '/git/link';
const WORKTREES = '/git/.worktrees';

function fsError(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code });
}

export class MemoryTree implements FileTree {
  #published: string | undefined;
  #inode = 1;
  /** Contents by relative path, by commit. */
  readonly #worktrees = new Map<string, Map<string, { text: string; stamp: FileStamp }>>();

  /** Makes a worktree and swaps the link to it; the old worktree is removed at once, as git-sync does by default. */
  publish(commit: string, files: ReadonlyMap<string, string>): void {
    const worktree = new Map<string, { text: string; stamp: FileStamp }>();
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
    if (path === LINK && this.#published !== undefined) return `${WORKTREES}/${this.#published}`;
    if (path.startsWith(WORKTREES)) return path;
    throw fsError('ENOENT', path);
  }

  list(path: string): readonly TreeEntry[] {
    return [...this.#worktree(path).keys()].map((name) => ({ name, kind: 'file' as const }));
  }

  stamp(path: string): FileStamp {
    const [folder, name] = split(path);
    const file = this.#worktree(folder).get(name);
    if (file === undefined) throw fsError('ENOENT', path);
    return file.stamp;
  }

  read(path: string): Uint8Array {
    const [folder, name] = split(path);
    const file = this.#worktree(folder).get(name);
    if (file === undefined) throw fsError('ENOENT', path);
    return Buffer.from(file.text);
  }

  #worktree(path: string): Map<string, { text: string; stamp: FileStamp }> {
    const found = path.startsWith(`${WORKTREES}/`) && this.#worktrees.get(path.slice(WORKTREES.length + 1));
    if (!found) throw fsError('ENOENT', path);
    return found;
  }
}

function split(path: string): [folder: string, name: string] {
  const slash = path.lastIndexOf('/');
  return [path.slice(0, slash), path.slice(slash + 1)];
}
