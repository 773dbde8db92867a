/** One whole revision of a directory, for commands that work once. */
import { resolve } from 'node:path';
import type { Diagnostic } from '../../api/diagnostic.ts';
import type { BindingKey } from '../../api/ids.ts';
import type { Binding } from '../../core/model.ts';
import type { Permission, PermissionRules } from '../../core/permission.ts';
import { readDeclarations } from '../../directory/declarations.ts';
import { diskTree } from '../../directory/file-tree.ts';
import { noCommits } from '../../directory/git-commit.ts';
import { RevisionPoller } from '../../directory/revision-poller.ts';
import { systemClock } from '../../runtime/clock.ts';
import { CliError } from '../cli-error.ts';
import { committedContent } from '../git/committed-content.ts';
import { refuseFile, refuseMistyped } from './source-directory.ts';

export interface DirectoryReading {
  /** As the user named it. */
  readonly directory: string;
  readonly revision: string;
  readonly files: number;
  readonly documents: number;
  readonly skipped: number;
  readonly bindings: ReadonlyMap<BindingKey, Binding>;
  readonly diagnostics: readonly Diagnostic[];
  /** Every approval and emergency that it contains. */
  readonly permissions: readonly Permission[];
}

/** What shall be, and what it is called: all that a plan needs of a reading. */
export type DesiredState = Pick<DirectoryReading, 'directory' | 'revision' | 'bindings'> &
  Partial<Pick<DirectoryReading, 'permissions'>>;

export interface ReadDirectoryOptions {
  /** What approvals, emergencies and contending claims have to keep to. */
  readonly rules: PermissionRules;
  readonly signal: AbortSignal;
  readonly maxBytes: number;
}

/**
 * A command that works once has seen no earlier revision, so nothing counts that has to come later than what it approves.
 * @throws CliError when it is a file, or a directory that is missing, empty, too large or does not keep still.
 */
export async function readDirectory(
  directory: string,
  { rules, signal, maxBytes }: ReadDirectoryOptions,
): Promise<DirectoryReading> {
  refuseFile(directory);
  refuseMistyped(directory);
  const poller = new RevisionPoller({
    root: resolve(directory),
    tree: diskTree,
    clock: systemClock,
    commits: noCommits,
    committed: committedContent,
    maxBytes,
  });
  const reading = await poller.look(signal);
  if (reading.kind === 'problem') throw new CliError(reading.problem.message);
  if (reading.kind === 'same') throw new CliError(`"${directory}" could not be read`);
  const { snapshot, revision } = reading;
  const declared = readDeclarations(snapshot, {
    revision,
    previous: new Map(),
    rules,
    nowMs: systemClock.wall(),
  });
  return {
    directory,
    revision,
    files: snapshot.parsedFiles.length,
    documents: snapshot.parsedFiles.reduce((sum, one) => sum + one.documents.length, 0),
    skipped: snapshot.parsedFiles.reduce((sum, one) => sum + one.skipped, 0),
    bindings: declared.bindings,
    diagnostics: declared.diagnostics,
    permissions: declared.permissions,
  };
}
