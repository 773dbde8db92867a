/** Whether a git command is changing the files of a checkout at this moment: it holds `index.lock` as long as it does. */
import { join } from 'node:path';
import type { Clock } from '../runtime/clock.ts';
import type { FileStamp, FileTree } from './file-tree.ts';
import { gitDirectoryAbove } from './git-commit.ts';

/** No checkout takes as long; a lock that is older was left behind by a command that was killed. */
const LONGEST_WORK_MS = 5 * 60_000;

export type GitWork =
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
