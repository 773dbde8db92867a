/**
 * How a directory is published, and under which name its content is known.
 *
 * | layout                                  | resolved under          | revision                    | immutable |
 * |-----------------------------------------|-------------------------|-----------------------------|-----------|
 * | git-sync: a link to `…/<commit>`        | the worktree            | the commit                  | yes       |
 * | ConfigMap volume: a `..data` link       | the `..data` target     | `sha256:…` of the content   | yes       |
 * | any other link                          | its target              | `sha256:…` of the content   | no        |
 * | a git checkout, clean                   | itself                  | the commit                  | no        |
 * | a git checkout, edited                  | itself                  | `<commit>+<digest>`         | no        |
 * | a plain directory                       | itself                  | `sha256:…` of the content   | no        |
 */
import { basename, dirname, join } from 'node:path';
import { errorCode, type FileTree } from './file-tree.ts';
import { checkedOutCommit } from './git-commit.ts';

export interface Publication {
  /** The folder to read, with every link resolved. */
  readonly path: string;
  /** The commit, where the layout tells it. */
  readonly commit?: string;
  /** Where {@link path} stands in the worktree of {@link commit}; '' for the worktree itself, absent where the layout does not tell. */
  readonly folder?: string;
  /** True when the content under {@link path} never changes: a new content comes as a new path. */
  readonly immutable: boolean;
}

const COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/** Resolves a source directory as it is published now. @throws the file system's error when it cannot be resolved. */
export function resolvePublication(tree: FileTree, root: string): Publication {
  const volume = configMapTarget(tree, root);
  if (volume !== undefined) return { path: volume, immutable: true };
  const path = tree.realpath(root);
  const parts = path.split('/');
  const at = parts.findLastIndex((part) => COMMIT.test(part));
  // A worktree counts as published only when a link led there; somebody may also keep a checkout under such a name.
  if (at !== -1 && path !== root) {
    return { path, commit: parts[at] as string, folder: parts.slice(at + 1).join('/'), immutable: true };
  }
  const commit = checkedOutCommit(tree, path);
  return { path, immutable: false, ...(commit === undefined ? {} : { commit }) };
}

/** The folder in which a new publication shows: the one that holds the outermost link on the way, or the directory itself. */
export function watchedFolder(tree: FileTree, root: string): string {
  const parent = dirname(root);
  if (parent === root) return root;
  const above = watchedFolder(tree, parent);
  if (above !== parent) return above;
  try {
    return tree.realpath(root) === join(tree.realpath(parent), basename(root)) ? root : parent;
  } catch {
    return parent;
  }
}

function configMapTarget(tree: FileTree, root: string): string | undefined {
  try {
    return tree.realpath(join(root, '..data'));
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}
