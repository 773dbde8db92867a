/** The commit that a git checkout or worktree stands at, read from its files; no git is needed. */
import { dirname, isAbsolute, join } from 'node:path';
import type { FileTree } from './file-tree.ts';

const COMMIT = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/;
const LONGEST_REF_FILE = 4 * 1024 * 1024;

/** The commit checked out at or above `path`; undefined when there is no repository or its state cannot be told. */
export function checkedOutCommit(tree: FileTree, path: string): string | undefined {
  const gitDirectory = gitDirectoryAbove(tree, path);
  return gitDirectory === undefined ? undefined : headCommit(tree, gitDirectory);
}

/** Where git keeps what it knows of the checkout or worktree at or above `path`; undefined when there is none. */
export function gitDirectoryAbove(tree: FileTree, path: string): string | undefined {
  for (let folder = path; ; folder = dirname(folder)) {
    const gitDirectory = gitDirectoryOf(tree, folder);
    if (gitDirectory !== undefined) return gitDirectory;
    if (dirname(folder) === folder) return undefined;
  }
}

/** `.git` is a folder in a checkout and a file that names the folder in a worktree. */
function gitDirectoryOf(tree: FileTree, folder: string): string | undefined {
  const dotGit = join(folder, '.git');
  try {
    if (tree.stamp(dotGit).kind === 'directory') return dotGit;
    const pointer = /^gitdir: (.+)$/m.exec(text(tree, dotGit) ?? '')?.[1];
    if (pointer === undefined) return undefined;
    return isAbsolute(pointer) ? pointer : join(folder, pointer);
  } catch {
    return undefined;
  }
}

function headCommit(tree: FileTree, gitDirectory: string): string | undefined {
  const head = text(tree, join(gitDirectory, 'HEAD'))?.trim() ?? '';
  if (COMMIT.test(head)) return head;
  const ref = /^ref: (refs\/.+)$/.exec(head)?.[1];
  if (ref === undefined) return undefined;
  // The branches of a worktree stand in the repository's own folder.
  const common = text(tree, join(gitDirectory, 'commondir'))?.trim();
  const folders = common === undefined ? [gitDirectory] : [gitDirectory, join(gitDirectory, common)];
  for (const folder of folders) {
    const loose = text(tree, join(folder, ref))?.trim();
    if (loose !== undefined && COMMIT.test(loose)) return loose;
    const packed = text(tree, join(folder, 'packed-refs')) ?? '';
    const line = packed.split('\n').find((one) => one.endsWith(` ${ref}`));
    if (line !== undefined) return line.split(' ')[0];
  }
  return undefined;
}

function text(tree: FileTree, path: string): string | undefined {
  try {
    return Buffer.from(tree.read(path, LONGEST_REF_FILE)).toString('utf8');
  } catch {
    return undefined;
  }
}
