/**
 * One look at a directory: is there a new revision, and was it read whole?
 *
 * resolve -> (same as before: done) -> read all -> settle -> resolve again -> revision
 *                                          any change or ENOENT on the way: discard, look again
 *
 * Settling takes as long as there is something to lose:
 *
 * | what was read                                                      | keeps still for |
 * |--------------------------------------------------------------------|-----------------|
 * | a publication that lacks no binding that was declared              | 50 ms           |
 * | a directory whose files are edited                                 | 300 ms          |
 * | a publication that lacks one, or that was obeyed and changed since | 3 s             |
 *
 * A publication should never change. It is looked at again all the same, 1 s after it was obeyed and then ever more seldom,
 * up to each 30 s, by size, time and inode. When it has more than it had, it was seen half and is obeyed anew; when it has
 * less, it is half-deleted and is not obeyed.
 */

import type { BindingKey } from '../api/ids.ts';
import type { Binding } from '../core/model.ts';
import type { SourceProblem } from '../ports/source.ts';
import type { Clock } from '../runtime/clock.ts';
import { errorCode, type FileTree } from './file-tree.ts';
import type { CommitContent, CommitMemory } from './git-commit.ts';
import { GitWorkWatch } from './git-commit.ts';
import { IgnoreFileError } from './ignore-file.ts';
import { type Publication, resolvePublication } from './publication.ts';
import { type Snapshot, SnapshotReader, type SnapshotReaderOptions } from './snapshot-reader.ts';
import { TreeTooLargeError } from './tree-walk.ts';

export type Reading =
  | { readonly kind: 'same' }
  | { readonly kind: 'problem'; readonly problem: SourceProblem }
  | {
      readonly kind: 'revision';
      readonly revision: string;
      readonly snapshot: Snapshot;
      /** The content of the commit, where its layout tells one. */
      readonly content: CommitContent;
      /** What was obeyed already and had less then. */
      readonly healed: boolean;
    };

/** What folders of a checkout read like at commits. */
export interface CommittedContent {
  /** Digest of a folder as its commit holds it; undefined where nobody can tell. Never rejects. */
  digestAt(commit: string, folder: string): Promise<string | undefined>;
}

export interface RevisionPollerOptions extends SnapshotReaderOptions {
  readonly root: string;
  /** What commits read like that were obeyed. */
  readonly commits: CommitMemory;
  /** Absent: nobody compares a checkout with its commit. */
  readonly committed?: CommittedContent | undefined;
}

/** How long a plain directory must keep still before it counts as a revision. */
const SETTLE_MS = 300;
/** The same of a publication: its link is set when it is whole, so one more look is enough. */
const GLANCE_MS = 50;
/** The same where bindings would leave. */
const LOSS_MS = 3_000;
/** Between two looks while something keeps still. */
const STEP_MS = 500;
/** Pauses between looks at a publication that was obeyed. */
const FIRST_CHECK_MS = 1_000;
const LAST_CHECK_MS = 30_000;
/** Readings that may be discarded in one look before the source says that it does not settle. */
const DISCARDS = 5;
const DISCARD_PAUSE_MS = 100;
/** Of the content's digest, in the name of what a checkout held. */
const CHECKOUT_DIGITS = 8;

export class RevisionPoller {
  readonly #root: string;
  readonly #tree: FileTree;
  readonly #clock: Clock;
  readonly #commits: CommitMemory;
  readonly #committed: CommittedContent | undefined;
  readonly #reader: SnapshotReader;
  readonly #gitWork: GitWorkWatch;
  #last:
    | { readonly publication: Publication; readonly content: CommitContent; readonly revision: string }
    | undefined;
  /** Digest of what was read last, whether it became a revision or not. */
  #readDigest = '';
  /** When a publication that was obeyed is looked at again. */
  #nextCheckMs = 0;
  #checkPauseMs = FIRST_CHECK_MS;
  #leftLock: string | undefined;

  constructor(options: RevisionPollerOptions) {
    this.#root = options.root;
    this.#tree = options.tree;
    this.#clock = options.clock;
    this.#commits = options.commits;
    this.#committed = options.committed;
    this.#reader = new SnapshotReader(options);
    this.#gitWork = new GitWorkWatch(options.tree, options.clock);
  }

  /** The lock that a git command has left behind in the checkout; undefined when there is none. */
  get leftLock(): string | undefined {
    return this.#leftLock;
  }

  /**
   * Looks once. Rejects only when the signal aborts.
   * @param declared what was declared before.
   */
  async look(signal: AbortSignal, declared: ReadonlyMap<BindingKey, Binding> = new Map()): Promise<Reading> {
    let detail = '';
    let gone = false;
    for (let discarded = 0; discarded < DISCARDS; discarded++) {
      if (discarded > 0) await this.#clock.sleep(DISCARD_PAUSE_MS, signal);
      try {
        const reading = await this.#try(signal, declared);
        if (typeof reading !== 'string') return reading;
        detail = reading;
        gone = false;
      } catch (error) {
        if (signal.aborted) throw error;
        if (error instanceof TreeTooLargeError || error instanceof IgnoreFileError)
          return problem('unreadable', `"${this.#root}": ${error.message}; nothing is changed for it`);
        if (errorCode(error) === '') throw error;
        if (errorCode(error) !== 'ENOENT')
          return problem('unreadable', `${this.#root}: ${(error as Error).message}`);
        detail = (error as Error).message;
        gone = true;
      }
    }
    return gone
      ? problem('missing', `"${this.#root}" is missing or incomplete (${detail}); nothing is changed for it`)
      : problem('unsettled', `"${this.#root}" does not keep still: ${detail}; nothing is changed for it`);
  }

  /** Returns why the reading was discarded, when it was. */
  async #try(signal: AbortSignal, declared: ReadonlyMap<BindingKey, Binding>): Promise<Reading | string> {
    const publication = resolvePublication(this.#tree, this.#root);
    const last = this.#last;
    const wasObeyed = last !== undefined && samePublication(publication, last.publication);
    if (wasObeyed) {
      if (publication.immutable && this.#clock.now() < this.#nextCheckMs) return { kind: 'same' };
      if (this.#readDigest === last.content.digest && (await this.#reader.isUnchanged(publication, signal))) {
        this.#checkLater();
        return { kind: 'same' };
      }
    }
    if (this.#isGitAtWork(publication)) return GIT_AT_WORK;
    const beganMs = this.#clock.now();
    const snapshot = await this.#reader.read(publication, { signal, held: filesOf(declared.values()) });
    this.#readDigest = snapshot.digest;
    const stillMs = await this.#stillMs(snapshot, { wasObeyed, declared });
    // Of a glance, reading was a part.
    const waitMs = stillMs === GLANCE_MS ? Math.max(beganMs + GLANCE_MS - this.#clock.now(), 0) : stillMs;
    if (!(await this.#keepsStill(publication, waitMs, signal))) return 'it changed while it was read';
    if (this.#isGitAtWork(publication)) return GIT_AT_WORK;
    return await this.#conclude(snapshot);
  }

  #isGitAtWork({ path }: Publication): boolean {
    const work = this.#gitWork.at(path);
    this.#leftLock = work.is === 'left-behind' ? work.lock : undefined;
    return work.is === 'going-on';
  }

  async #stillMs(
    snapshot: Snapshot,
    {
      wasObeyed,
      declared,
    }: { readonly wasObeyed: boolean; readonly declared: ReadonlyMap<BindingKey, Binding> },
  ): Promise<number> {
    if (!snapshot.publication.immutable) return SETTLE_MS;
    const isDoubtful =
      (wasObeyed && this.#last?.content.digest !== snapshot.digest) || lacks(snapshot, declared);
    return isDoubtful && !(await this.#isAsCommitted(snapshot)) ? LOSS_MS : GLANCE_MS;
  }

  async #keepsStill(publication: Publication, forMs: number, signal: AbortSignal): Promise<boolean> {
    let leftMs = forMs;
    do {
      await this.#clock.sleep(Math.min(leftMs, STEP_MS), signal);
      if (!(await this.#reader.isUnchanged(publication, signal))) return false;
      if (!samePublication(resolvePublication(this.#tree, this.#root), publication)) return false;
      leftMs -= STEP_MS;
    } while (leftMs > 0);
    return true;
  }

  #checkLater(): void {
    this.#nextCheckMs = this.#clock.now() + this.#checkPauseMs;
    this.#checkPauseMs = Math.min(this.#checkPauseMs * 2, LAST_CHECK_MS);
  }

  async #conclude(snapshot: Snapshot): Promise<Reading> {
    const { publication, digest, parsedFiles } = snapshot;
    if (parsedFiles.length === 0) {
      return problem('empty', `"${this.#root}" holds no YAML file; nothing is changed for it`);
    }
    const last = this.#last;
    const content: CommitContent = { digest, size: sizeOf(snapshot) };
    const isSame =
      last !== undefined && last.content.digest === digest && last.publication.commit === publication.commit;
    const known = publication.immutable ? this.#knownOf(publication) : undefined;
    const isOther = known !== undefined && known.digest !== digest;
    if (isOther && hasLess(content, known) && !(await this.#isAsCommitted(snapshot))) {
      this.#nextCheckMs = 0;
      return problem('altered', alteredText(this.#root, publication, { content, known }));
    }
    const revision = isSame ? last.revision : await this.#nameOf(snapshot);
    this.#last = { publication, content, revision };
    this.#checkPauseMs = FIRST_CHECK_MS;
    this.#checkLater();
    return isSame ? { kind: 'same' } : { kind: 'revision', revision, snapshot, content, healed: isOther };
  }

  /** A commit names what was read only where its files cannot be edited, or read as the commit holds them. */
  async #nameOf(snapshot: Snapshot): Promise<string> {
    const { commit, immutable } = snapshot.publication;
    if (commit === undefined) return `sha256:${snapshot.digest}`;
    const isClean = immutable || (await this.#isAsCommitted(snapshot));
    return isClean ? commit : `${commit}+${snapshot.digest.slice(0, CHECKOUT_DIGITS)}`;
  }

  /** Whether git can tell that this is what the commit holds. */
  async #isAsCommitted({ publication: { commit, path }, digest }: Snapshot): Promise<boolean> {
    if (commit === undefined) return false;
    return (await this.#committed?.digestAt(commit, path)) === digest;
  }

  /** What this very publication read like when it was obeyed, be it in an earlier run. */
  #knownOf({ commit, folder, path }: Publication): CommitContent | undefined {
    const last = this.#last;
    const isLast =
      commit === undefined
        ? last?.publication.path === path
        : last?.publication.commit === commit && last.publication.folder === folder;
    if (isLast) return last?.content;
    return commit === undefined || folder === undefined ? undefined : this.#commits.contentOf(commit, folder);
  }
}

const GIT_AT_WORK = 'git is at work in it (it holds index.lock)';

function filesOf(bindings: Iterable<Binding>): Set<string> {
  const files = new Set<string>();
  for (const { origin } of bindings) if (origin.kind === 'directory') files.add(origin.file);
  return files;
}

/** Whether a binding that was declared is read nowhere. */
function lacks({ parsedFiles }: Snapshot, declared: ReadonlyMap<BindingKey, Binding>): boolean {
  if (declared.size === 0) return false;
  const read = new Map<string | undefined, Set<string>>();
  for (const { documents } of parsedFiles) {
    for (const { metadata } of documents.map(({ binding }) => binding)) {
      const names = read.get(metadata.namespace) ?? new Set();
      read.set(metadata.namespace, names.add(metadata.name));
    }
  }
  for (const { namespace, name } of declared.values()) if (!read.get(namespace)?.has(name)) return true;
  return false;
}

function sizeOf({ parsedFiles }: Snapshot): NonNullable<CommitContent['size']> {
  return {
    files: parsedFiles.length,
    bindings: parsedFiles.reduce((sum, { documents }) => sum + documents.length, 0),
  };
}

/** What an older program has stored tells no size: it is taken for whole. */
function hasLess({ size: now }: CommitContent, { size: then }: CommitContent): boolean {
  if (now === undefined || then === undefined) return true;
  return now.files < then.files || now.bindings < then.bindings;
}

function alteredText(
  root: string,
  { commit }: Publication,
  { content, known }: { readonly content: CommitContent; readonly known: CommitContent },
): string {
  const what = commit === undefined ? `what "${root}" publishes` : `commit ${commit}`;
  const text = ({ size }: CommitContent) =>
    size === undefined ? 'more' : `${size.files} files and ${size.bindings} valid bindings`;
  return `${what} reads differently than before: it has ${text(content)}, and had ${text(known)}; a half-deleted worktree is not obeyed, so nothing is changed for it until it is whole again or another revision comes`;
}

function problem(code: string, message: string): Reading {
  return { kind: 'problem', problem: { code, message } };
}

function samePublication(a: Publication, b: Publication): boolean {
  return a.path === b.path && a.commit === b.commit;
}
