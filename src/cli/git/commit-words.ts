/** Who made a commit and what it is called, where the machine's git can tell: in a checkout, or a worktree of git-sync. */
import type { CommitWords } from '../../manager/revision-record.ts';
import { git } from './git.ts';

const COMMIT = /^[0-9a-f]{40}(?:[0-9a-f]{24})?/;
/** A name or a subject may be as long as somebody likes. */
const LONGEST = 200;

/** @param revision begins with a commit, or has none. @param folder of the checkout. Undefined where nobody can tell. Never rejects. */
export async function commitWords(revision: string, folder: string): Promise<CommitWords | undefined> {
  const [commit] = COMMIT.exec(revision) ?? [];
  if (commit === undefined) return undefined;
  const format = '--format=%an%x00%aI%x00%s';
  const { code, stdout } = await git(['log', '-1', format, '--end-of-options', commit], { cwd: folder });
  if (code !== 0) return undefined;
  const [author = '', authoredAt = '', subject = ''] = stdout.toString('utf8').trimEnd().split('\0');
  return { author: author.slice(0, LONGEST), authoredAt, subject: subject.slice(0, LONGEST) };
}
