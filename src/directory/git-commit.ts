/** The commit that a git checkout or worktree stands at, read from its files; no git is needed. */
import { dirname, isAbsolute, join } from 'node:path';
import type { Clock } from '../runtime/clock.ts';
import type { FileStamp, FileTree } from './file-tree.ts';

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

// Whether a git command is changing the files of a checkout at this moment: it holds `index.lock` as long as it does.

/** No checkout takes as long; a lock that is older was left behind by a command that was killed. */
const LONGEST_WORK_MS = 5 * 60_000;

type GitWork =
  | { readonly is: 'none' }
  | { readonly is: 'going-on'; readonly lock: string }
  /** The lock of a command that is over. */
  | { readonly is: 'left-behind'; readonly lock: string };

export class GitWorkWatch {
  readonly #tree: FileTree;
  readonly #clock: Clock;
  /** The lock that is there, and when it was seen first: the clock of the file system may be another one. */
  #seen: { readonly stamp: FileStamp; readonly atMs: number } | undefined;

  constructor(tree: FileTree, clock: Clock) {
    this.#tree = tree;
    this.#clock = clock;
  }

  /** Of the checkout that a folder is or stands in. */
  at(folder: string): GitWork {
    const gitDirectory = gitDirectoryAbove(this.#tree, folder);
    const lock = gitDirectory === undefined ? '' : join(gitDirectory, 'index.lock');
    const stamp = lock === '' ? undefined : this.#stampOf(lock);
    if (stamp === undefined) {
      this.#seen = undefined;
      return { is: 'none' };
    }
    const now = this.#clock.now();
    if (this.#seen?.stamp.inode !== stamp.inode || this.#seen.stamp.mtimeMs !== stamp.mtimeMs)
      this.#seen = { stamp, atMs: now };
    const ageMs = Math.max(now - this.#seen.atMs, this.#clock.wall() - stamp.mtimeMs);
    return { is: ageMs < LONGEST_WORK_MS ? 'going-on' : 'left-behind', lock };
  }

  #stampOf(path: string): FileStamp | undefined {
    try {
      return this.#tree.stamp(path);
    } catch {
      return undefined;
    }
  }
}

/** What a folder read like at a commit. */
export interface CommitContent {
  readonly digest: string;
  /** YAML files, and valid bindings in them; absent when an older program has stored it. */
  readonly size?: { readonly files: number; readonly bindings: number };
}

/** Remembers what commits read like; the state file's table of commits is one. */
export interface CommitMemory {
  /** Undefined when it is not known. */
  contentOf(commit: string, folder: string): CommitContent | undefined;
  /** @throws when it cannot be stored. */
  remember(commit: string, folder: string, content: CommitContent): void;
}

/** Knows no commit: for a single look, before which nothing was obeyed. */
export const noCommits: CommitMemory = { contentOf: () => undefined, remember: () => {} };
