/**
 * One look at a directory: is there a new revision, and was it read whole?
 *
 * resolve -> (same as before: done) -> read all -> settle -> resolve again -> revision
 *                                          any change or ENOENT on the way: discard, look again
 */
import type { Clock } from '../../runtime/clock.ts';
import type { SourceProblem } from '../port.ts';
import type { CommitMemory } from './commit-memory.ts';
import { errorCode, type FileTree } from './file-tree.ts';
import { type Publication, resolvePublication } from './publication.ts';
import { type Snapshot, SnapshotReader, type SnapshotReaderOptions } from './snapshot-reader.ts';
import { TreeTooLargeError } from './tree-walk.ts';

export type Reading =
  | { readonly kind: 'same' }
  | { readonly kind: 'problem'; readonly problem: SourceProblem }
  | { readonly kind: 'revision'; readonly revision: string; readonly snapshot: Snapshot };

export interface RevisionPollerOptions extends SnapshotReaderOptions {
  readonly root: string;
  /** What commits read like that were obeyed. */
  readonly commits: CommitMemory;
}

/** How long a plain directory must keep still before it counts as a revision. */
const SETTLE_MS = 300;
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
  readonly #reader: SnapshotReader;
  #last:
    | { readonly publication: Publication; readonly digest: string; readonly revision: string }
    | undefined;
  /** Digest of what was read last, whether it became a revision or not. */
  #readDigest = '';

  constructor(options: RevisionPollerOptions) {
    this.#root = options.root;
    this.#tree = options.tree;
    this.#clock = options.clock;
    this.#commits = options.commits;
    this.#reader = new SnapshotReader(options);
  }

  /**
   * Looks once. Rejects only when the signal aborts.
   * @param held the files that hold bindings by what is known.
   */
  async look(signal: AbortSignal, held: ReadonlySet<string> = new Set()): Promise<Reading> {
    let detail = '';
    for (let discarded = 0; discarded < DISCARDS; discarded++) {
      if (discarded > 0) await this.#clock.sleep(DISCARD_PAUSE_MS, signal);
      try {
        const reading = await this.#try(signal, held);
        if (reading !== undefined) return reading;
        detail = 'it changed while it was read';
      } catch (error) {
        if (signal.aborted) throw error;
        if (error instanceof TreeTooLargeError)
          return problem('unreadable', `"${this.#root}": ${error.message}; nothing is changed for it`);
        if (errorCode(error) === '') throw error;
        if (errorCode(error) !== 'ENOENT')
          return problem('unreadable', `${this.#root}: ${(error as Error).message}`);
        detail = (error as Error).message;
      }
    }
    const gone = detail.includes('ENOENT');
    return gone
      ? problem('missing', `"${this.#root}" is missing or incomplete (${detail}); nothing is changed for it`)
      : problem('unsettled', `"${this.#root}" does not keep still: ${detail}; nothing is changed for it`);
  }

  async #try(signal: AbortSignal, held: ReadonlySet<string>): Promise<Reading | undefined> {
    const publication = resolvePublication(this.#tree, this.#root);
    const last = this.#last;
    if (last !== undefined && samePublication(publication, last.publication)) {
      if (publication.immutable) return { kind: 'same' };
      if (this.#readDigest === last.digest && (await this.#reader.isUnchanged(publication, signal)))
        return { kind: 'same' };
    }
    const snapshot = await this.#reader.read(publication, { signal, held });
    this.#readDigest = snapshot.digest;
    if (!publication.immutable) {
      await this.#clock.sleep(SETTLE_MS, signal);
      if (!(await this.#reader.isUnchanged(publication, signal))) return undefined;
    }
    if (!samePublication(resolvePublication(this.#tree, this.#root), publication)) return undefined;
    return this.#judge(snapshot);
  }

  #judge(snapshot: Snapshot): Reading {
    const { publication, digest } = snapshot;
    if (snapshot.readings.length === 0) {
      return problem('empty', `"${this.#root}" holds no YAML file; nothing is changed for it`);
    }
    const last = this.#last;
    const { commit, immutable } = publication;
    if (last !== undefined && last.digest === digest && last.publication.commit === commit) {
      this.#last = { publication, digest, revision: last.revision };
      return { kind: 'same' };
    }
    const altered = commit !== undefined && commit === last?.publication.commit;
    if (immutable && (altered || this.#readOtherwise(snapshot))) {
      return problem(
        'altered',
        `commit ${commit} reads differently than before; a half-deleted worktree is not obeyed`,
      );
    }
    const revision = revisionName(snapshot);
    this.#last = { publication, digest, revision };
    return { kind: 'revision', revision, snapshot };
  }

  /** Whether this very commit was obeyed before and read differently then, be it in an earlier run. */
  #readOtherwise({ publication: { commit, folder }, digest }: Snapshot): boolean {
    if (commit === undefined || folder === undefined) return false;
    const known = this.#commits.digestOf(commit, folder);
    return known !== undefined && known !== digest;
  }
}

/** A commit names what was read only where its files cannot be edited: nobody here compares a checkout with its commit. */
function revisionName({ publication: { commit, immutable }, digest }: Snapshot): string {
  if (commit === undefined) return `sha256:${digest}`;
  return immutable ? commit : `${commit}+${digest.slice(0, CHECKOUT_DIGITS)}`;
}

function problem(code: string, message: string): Reading {
  return { kind: 'problem', problem: { code, message } };
}

function samePublication(a: Publication, b: Publication): boolean {
  return a.path === b.path && a.commit === b.commit;
}
