/** Publishes documents as git-sync does: a new worktree named by its commit, then a link renamed over the old one. */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { momentMs } from './moment.ts';
import { type Declared, documentText } from './workload.ts';

/** Files of one folder of a worktree. */
const FILES_PER_FOLDER = 100;

export class Publisher implements Disposable {
  /** Holds the link, the worktrees and the engine's state. */
  readonly folder = mkdtempSync(join(tmpdir(), 'cvmsg-bench-'));
  readonly #documentsPerFile: number;
  #revisions = 0;
  #published = '';
  #prepared = '';

  constructor(documentsPerFile: number) {
    this.#documentsPerFile = documentsPerFile;
    mkdirSync(join(this.folder, 'git', '.worktrees'), { recursive: true });
  }

  /** The link. */
  get root(): string {
    return join(this.folder, 'git', 'current');
  }

  get stateDir(): string {
    return join(this.folder, 'state');
  }

  /** Writes a whole new worktree, every file anew. */
  prepare(documents: readonly Declared[]): void {
    this.#prepared = createHash('sha1')
      .update(`revision ${++this.#revisions}`)
      .digest('hex');
    const worktree = this.#worktree(this.#prepared);
    let folder = '';
    for (let first = 0; first < documents.length; first += this.#documentsPerFile) {
      const file = first / this.#documentsPerFile;
      if (file % FILES_PER_FOLDER === 0) {
        folder = join(worktree, `team-${String(file / FILES_PER_FOLDER).padStart(3, '0')}`);
        mkdirSync(folder, { recursive: true });
      }
      const texts = documents.slice(first, first + this.#documentsPerFile).map(documentText);
      writeFileSync(join(folder, `file-${String(file).padStart(5, '0')}.yaml`), texts.join('---\n'));
    }
  }

  /** Renames the link to what was prepared. Returns the time just before the rename. */
  publish(): number {
    const temporary = join(this.folder, 'git', 'next');
    symlinkSync(join('.worktrees', this.#prepared), temporary);
    const atMs = momentMs();
    renameSync(temporary, this.root);
    return atMs;
  }

  /** Deletes the worktree that was published before. */
  removeOld(): void {
    if (this.#published !== '') rmSync(this.#worktree(this.#published), { recursive: true });
    this.#published = this.#prepared;
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  #worktree(commit: string): string {
    return join(this.folder, 'git', '.worktrees', commit);
  }
}
