/** What the folder of a checkout reads like at its commit, so that a clean checkout can be called by the commit alone. */

import type { CommittedContent } from '../../directory/revision-poller.ts';
import { treeDigest } from '../../directory/tree-walk.ts';
import { COMMIT_ROOT, readCommitTree } from './commit-tree.ts';

export const committedContent: CommittedContent = {
  async digestAt(commit, folder) {
    const tree = await readCommitTree(commit, folder);
    try {
      return tree && treeDigest(tree, COMMIT_ROOT);
    } catch {
      // Too large, or nested too deeply: then its name tells its content.
      return undefined;
    }
  },
};
