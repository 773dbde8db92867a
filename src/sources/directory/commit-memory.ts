/** Remembers what commits read like; the state file's table of commits is one. */
export interface CommitMemory {
  /** Digest of a folder's content at a commit; undefined when it is not known. */
  digestOf(commit: string, folder: string): string | undefined;
  /** @throws when it cannot be stored. */
  remember(commit: string, folder: string, digest: string): void;
}

/** Knows no commit: for a single look, before which nothing was obeyed. */
export const noCommits: CommitMemory = { digestOf: () => undefined, remember: () => {} };
