/** What `cvmsg run` needs to follow a directory. */
import { resolve } from 'node:path';
import { BESIDE_CLUSTER } from '../api/ids.ts';
import type { PermissionRules } from '../core/permission.ts';
import { DirectorySource } from '../directory/directory-source.ts';
import { diskTree } from '../directory/file-tree.ts';
import type { StatusMemory } from '../directory/last-status.ts';
import { ReadingThread } from '../directory/reading-thread.ts';
import type { CommittedContent } from '../directory/revision-poller.ts';
import { chokidarWatch } from '../directory/watcher.ts';
import { systemClock } from '../runtime/clock.ts';
import type { Log } from '../runtime/log.ts';
import { CommitTable } from '../store/sqlite/commit-table.ts';
import { DeclarationTable } from '../store/sqlite/declaration-table.ts';
import type { StateFile } from '../store/sqlite/state-file.ts';
import { type CommitWordsOf, SourceRecorder } from './source-recorder.ts';
import { LeftBehindDeclarations } from './unpruned-declarations.ts';

export interface DirectorySetupOptions {
  readonly file: StateFile;
  /** What an earlier process has published. */
  readonly statuses: StatusMemory | undefined;
  readonly log: Log;
  /** What approvals and emergencies have to keep to. */
  readonly rules: PermissionRules;
  readonly isBesideCluster: boolean;
  /** Who follows it, for the record of revisions. */
  readonly by: string;
  readonly checkEveryMs: number;
  /** What the folders of a checkout read like at its commit. */
  readonly committed: CommittedContent;
  /** Who made the commit of a revision. */
  readonly commitWords: CommitWordsOf;
  /** Most bytes of one revision. */
  readonly maxBytes: number;
}

export interface DirectorySetup {
  readonly source: DirectorySource;
  readonly recorder: SourceRecorder;
}

export function setUpDirectory(root: string, options: DirectorySetupOptions): DirectorySetup {
  const { file, statuses, log, rules, isBesideCluster, by, checkEveryMs, committed, commitWords, maxBytes } =
    options;
  const source = new DirectorySource({
    root: resolve(root),
    tree: diskTree,
    clock: systemClock,
    maxBytes,
    openReader: () => new ReadingThread(systemClock),
    log,
    ...(statuses === undefined ? {} : { statuses }),
    rules,
    // Beside a cluster the keys are others than those of `apply`.
    store: isBesideCluster
      ? new DeclarationTable(file.database)
      : new LeftBehindDeclarations(file, resolve(root)),
    commits: new CommitTable(file.database),
    committed,
    watch: chokidarWatch,
    // Beside objects of the same names, each owner has to be told apart.
    ...(isBesideCluster ? { keyPrefix: BESIDE_CLUSTER } : {}),
  });
  const parts = { clock: systemClock, log, source, by, checkEveryMs, commitWords };
  const recorder = new SourceRecorder(file, parts);
  return { source, recorder };
}
