/**
 * One side of a comparison, by what a person calls it: a directory, a revision that the state keeps, or a git revision.
 * No cloud is asked for any of them.
 */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Diagnostic } from '../../api/diagnostic.ts';
import type { BindingKey } from '../../api/ids.ts';
import type { Binding } from '../../core/model.ts';
import { shortRevision } from '../../core/text/words.ts';
import { readDeclarations } from '../../directory/declarations.ts';
import { SnapshotReader } from '../../directory/snapshot-reader.ts';
import { systemClock } from '../../runtime/clock.ts';
import type { StateFile } from '../../store/sqlite/state-file.ts';
import { CliError } from '../cli-error.ts';
import type { CommandContext } from '../command.ts';
import { COMMIT_ROOT, readCommitTree } from '../git/commit-tree.ts';
import { commitOf } from '../git/git.ts';
import { declaredAt, findRevision, recordedRevisions, revisionName } from '../history/recorded-revisions.ts';
import { revisionData } from '../history/revision-table.ts';
import { readDirectory } from '../wiring/directory-reading.ts';
import { loadPolicy } from '../wiring/policy.ts';
import type { InstanceDiff } from './revision-diff.ts';

export interface DiffSide {
  /** For people: `bindings/`, `#12 1a2b3c4d5e6f`, `main (1a2b3c4d5e6f)`. */
  readonly name: string;
  /** For programs. */
  readonly data: object;
  readonly declared: ReadonlyMap<BindingKey, Binding>;
  /** What is wrong with its documents, which are not compared. */
  readonly diagnostics: readonly Diagnostic[];
  /** What the files of diagnostics are relative to. */
  readonly directory: string;
}

export interface SideOptions {
  /** The directory of bindings within the checkout, for git revisions. */
  readonly source: string;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
  /** The state that recorded revisions are looked up in; undefined when nothing was ever kept. */
  readonly state: StateFile | undefined;
}

/** @throws CliError when nothing is called that, or it cannot be read. */
export async function diffSide(
  context: CommandContext,
  text: string,
  options: SideOptions,
): Promise<DiffSide> {
  if (statSync(text, { throwIfNoEntry: false })?.isDirectory() === true) {
    return await ofDirectory(context, text, options);
  }
  const recorded = findRecorded(text, options);
  if (recorded !== undefined && !(recorded instanceof Error)) return recorded;
  const commit = await commitOf(text, resolve(options.source));
  if (commit !== undefined) return await ofCommit(context, { text, commit }, options);
  if (recorded !== undefined) throw recorded;
  throw new CliError(
    `"${text}" is no directory, no git revision in "${options.source}", and no state keeps revisions: name two directories, two git revisions (--source DIR: their bindings), or the --state-dir of a controller; a cluster keeps none, so compare with its objects by --kubernetes`,
  );
}

async function ofDirectory(
  context: CommandContext,
  text: string,
  { maxBytes, signal }: SideOptions,
): Promise<DiffSide> {
  const rules = loadPolicy(context.globals.policy);
  const { bindings, diagnostics, revision } = await readDirectory(text, { rules, maxBytes, signal });
  return {
    name: text,
    data: { directory: text, revision },
    declared: bindings,
    diagnostics,
    directory: text,
  };
}

/** An error when the state keeps revisions and this is none of them. */
function findRecorded(text: string, { state }: SideOptions): DiffSide | CliError | undefined {
  const revisions = state === undefined ? [] : recordedRevisions(state);
  if (state === undefined || revisions.length === 0) return undefined;
  try {
    const found = findRevision(revisions, text);
    const declared = declaredAt(state, found);
    return { name: revisionName(found), data: revisionData(found), declared, diagnostics: [], directory: '' };
  } catch (error) {
    if (error instanceof CliError) return error;
    throw error;
  }
}

async function ofCommit(
  context: CommandContext,
  { text, commit }: { readonly text: string; readonly commit: string },
  { source, maxBytes, signal }: SideOptions,
): Promise<DiffSide> {
  const tree = await readCommitTree(commit, resolve(source));
  if (tree === undefined) throw new CliError(`git cannot show "${text}" in "${source}": is the clone whole?`);
  const publication = { path: COMMIT_ROOT, commit, immutable: true };
  const snapshot = await new SnapshotReader({ tree, clock: systemClock, maxBytes }).read(publication, {
    signal,
  });
  const { bindings, diagnostics } = readDeclarations(snapshot, {
    revision: commit,
    previous: new Map(),
    rules: loadPolicy(context.globals.policy),
    nowMs: systemClock.wall(),
  });
  const short = shortRevision(commit);
  return {
    name: short.startsWith(text) || text.startsWith(short) ? short : `${text} (${short})`,
    data: { revision: commit, source },
    declared: bindings,
    diagnostics,
    directory: `${text}:`,
  };
}

/** Instances of which the same is told. */
export interface InstanceGroup {
  /** What is the same of all. */
  readonly sample: InstanceDiff;
  readonly instanceIds: readonly string[];
}

export function groupInstances(instances: readonly InstanceDiff[]): InstanceGroup[] {
  const groups = Map.groupBy(instances, ({ instanceId: _, ...rest }) => JSON.stringify(rest));
  return [...groups.values()].flatMap((same) => {
    const [sample] = same;
    return sample === undefined ? [] : [{ sample, instanceIds: same.map(({ instanceId }) => instanceId) }];
  });
}
