import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { diskTree } from './file-tree.ts';
import { checkedOutCommit } from './git-commit.ts';
import { resolvePublication } from './publication.ts';

let top = '';
const repository = () => join(top, 'repository');
const git = (folder: string, ...args: string[]): string =>
  execFileSync('git', ['-C', folder, '-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, HOME: top, GIT_CONFIG_NOSYSTEM: '1' },
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();
const commit = (folder: string, text: string): string => {
  writeFileSync(join(folder, 'a.yaml'), text);
  git(folder, 'add', '.');
  git(folder, 'commit', '-q', '-m', text);
  return git(folder, 'rev-parse', 'HEAD');
};

beforeEach(() => {
  top = realpathSync(mkdtempSync(join(tmpdir(), 'cvmsg-git-')));
  mkdirSync(repository());
  git(repository(), 'init', '-q', '-b', 'main');
});
afterEach(() => rmSync(top, { recursive: true, force: true }));

describe('checkedOutCommit', () => {
  it('follows a branch, also when its name is packed away and moves on', () => {
    const first = commit(repository(), '1');
    expect(checkedOutCommit(diskTree, repository())).toBe(first);
    git(repository(), 'pack-refs', '--all');
    expect(checkedOutCommit(diskTree, repository())).toBe(first);
    const second = commit(repository(), '2');
    expect(checkedOutCommit(diskTree, repository())).toBe(second);
  });

  it('knows a detached head, and a branch with slashes', () => {
    const first = commit(repository(), '1');
    const second = commit(repository(), '2');
    git(repository(), 'checkout', '-q', first);
    expect(checkedOutCommit(diskTree, repository())).toBe(first);
    git(repository(), 'checkout', '-q', '-b', 'team/feature', second);
    expect(checkedOutCommit(diskTree, repository())).toBe(second);
  });

  it('knows a worktree, whose branches stand in the repository', () => {
    const first = commit(repository(), '1');
    const tree = join(top, 'tree');
    git(repository(), 'worktree', 'add', '-q', '-b', 'side', tree);
    expect(checkedOutCommit(diskTree, tree)).toBe(first);
    const second = commit(tree, '2');
    expect(checkedOutCommit(diskTree, tree)).toBe(second);
    expect(checkedOutCommit(diskTree, repository())).toBe(first);
    git(repository(), 'pack-refs', '--all');
    expect(checkedOutCommit(diskTree, tree)).toBe(second);
    git(tree, 'checkout', '-q', '--detach');
    expect(checkedOutCommit(diskTree, tree)).toBe(second);
  });

  it('looks above the folder, and finds nothing where there is no repository or no commit', () => {
    expect(checkedOutCommit(diskTree, repository())).toBeUndefined();
    const first = commit(repository(), '1');
    mkdirSync(join(repository(), 'env', 'prod'), { recursive: true });
    expect(checkedOutCommit(diskTree, join(repository(), 'env', 'prod'))).toBe(first);
    expect(checkedOutCommit(diskTree, top)).toBeUndefined();
  });

  it('takes nothing from a head that it does not understand', () => {
    commit(repository(), '1');
    writeFileSync(join(repository(), '.git', 'HEAD'), 'ref: ../../../etc/passwd\n');
    expect(checkedOutCommit(diskTree, repository())).toBeUndefined();
    rmSync(join(repository(), '.git'), { recursive: true });
    writeFileSync(join(repository(), '.git'), 'nothing of use');
    expect(checkedOutCommit(diskTree, repository())).toBeUndefined();
  });
});

describe('resolvePublication', () => {
  it('takes a checkout as it stands, with its commit, as something that can change', () => {
    const first = commit(repository(), '1');
    expect(resolvePublication(diskTree, repository())).toEqual({
      path: repository(),
      commit: first,
      immutable: false,
    });
  });
});
