/** The digest over everything that is read of a tree: which files there are, and what each of them says. */
import { createHash, hash as digestOf, type Hash } from 'node:crypto';
import { sep } from 'node:path';
import { MAX_FILE_BYTES } from '../documents/file-text.ts';
import type { FileTree } from './file-tree.ts';
import { walk } from './tree-walk.ts';

/** Adds the next file, in the order of their paths. @param digest of what is read of it. */
export function addFile(hash: Hash, path: string, digest: string): void {
  hash.update(`${path}\0${digest}\n`);
}

/** What is read of a file: one byte more than is allowed is enough to refuse it for its size. */
export function readBounded(tree: FileTree, path: string): Uint8Array {
  return tree.read(path, MAX_FILE_BYTES + 1);
}

/** The digest of a whole tree, without parsing it. @throws as `walk`. */
export function treeDigest(tree: FileTree, root: string): string {
  const hash = createHash('sha256');
  for (const { path } of walk(tree, root).files)
    addFile(hash, path, digestOf('sha256', readBounded(tree, root + sep + path), 'hex'));
  return hash.digest('hex');
}
