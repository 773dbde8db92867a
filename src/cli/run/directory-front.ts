/** What `cvmsg run` needs to follow a directory. */
import { resolve } from 'node:path';
import type { PermissionRules } from '../../core/permission.ts';
import { systemClock } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import { DirectorySource } from '../../sources/directory/directory-source.ts';
import { diskTree } from '../../sources/directory/file-tree.ts';
import { ReadingThread } from '../../sources/directory/reading-thread.ts';
import { chokidarWatch } from '../../sources/directory/watcher.ts';
import { CommitTable } from '../../state/commit-table.ts';
import { DeclarationTable } from '../../state/declaration-table.ts';
import type { StateFile } from '../../state/state-file.ts';
import { LeftBehindDeclarations } from './left-behind.ts';
import { SourceNarrator } from './source-narrator.ts';

export interface DirectoryFrontOptions {
  readonly file: StateFile;
  readonly log: Log;
  /** What approvals and emergencies have to keep to. */
  readonly rules: PermissionRules;
  readonly isBesideCluster: boolean;
  /** Who follows it, for the record of revisions. */
  readonly by: string;
  readonly checkEveryMs: number;
  /** Most bytes of one revision. */
  readonly maxBytes: number;
}

export interface DirectoryFront {
  readonly source: DirectorySource;
  readonly narrator: SourceNarrator;
}

export function directoryFront(root: string, options: DirectoryFrontOptions): DirectoryFront {
  const { file, log, rules, isBesideCluster, by, checkEveryMs, maxBytes } = options;
  const source = new DirectorySource({
    root: resolve(root),
    tree: diskTree,
    clock: systemClock,
    maxBytes,
    openReader: () => new ReadingThread(systemClock),
    log,
    rules,
    // Beside a cluster the keys are others than those of `apply`.
    store: isBesideCluster
      ? new DeclarationTable(file.database)
      : new LeftBehindDeclarations(file, resolve(root)),
    commits: new CommitTable(file.database),
    watch: chokidarWatch,
    // Beside objects of the same names, each owner has to be told apart.
    ...(isBesideCluster ? { keyPrefix: 'git:' } : {}),
  });
  const narrator = new SourceNarrator(file, { clock: systemClock, log, source, by, checkEveryMs });
  return { source, narrator };
}
