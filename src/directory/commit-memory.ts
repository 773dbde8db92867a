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
