import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { diskTree } from './file-tree.ts';
import { resolvePublication, watchedFolder } from './publication.ts';

const COMMIT = 'a'.repeat(40);
let top = '';
const at = (...parts: string[]) => join(top, ...parts);
beforeEach(() => {
  top = realpathSync(mkdtempSync(join(tmpdir(), 'cvmsg-publication-')));
});
afterEach(() => rmSync(top, { recursive: true, force: true }));

describe('resolvePublication', () => {
  it('knows a worktree by the link that leads to it', () => {
    mkdirSync(at('trees', COMMIT, 'env'), { recursive: true });
    symlinkSync(join('trees', COMMIT), at('link'));
    expect(resolvePublication(diskTree, at('link'))).toEqual({
      path: at('trees', COMMIT),
      commit: COMMIT,
      folder: '',
      immutable: true,
    });
    expect(resolvePublication(diskTree, at('link', 'env'))).toEqual({
      path: at('trees', COMMIT, 'env'),
      commit: COMMIT,
      folder: 'env',
      immutable: true,
    });
  });

  it('does not trust a folder that only bears the name of a commit', () => {
    mkdirSync(at(COMMIT));
    expect(resolvePublication(diskTree, at(COMMIT))).toEqual({ path: at(COMMIT), immutable: false });
  });

  it('takes any other link for a place that can change', () => {
    mkdirSync(at('real'));
    symlinkSync('real', at('link'));
    expect(resolvePublication(diskTree, at('link'))).toEqual({ path: at('real'), immutable: false });
  });

  it('reads a volume at the target of its ..data link', () => {
    mkdirSync(at('vol', '..1'), { recursive: true });
    symlinkSync('..1', at('vol', '..data'));
    expect(resolvePublication(diskTree, at('vol'))).toEqual({ path: at('vol', '..1'), immutable: true });
  });

  it('throws what the file system says of a path that is not there', () => {
    expect(() => resolvePublication(diskTree, at('nowhere'))).toThrow(/ENOENT/);
  });
});

describe('watchedFolder', () => {
  it.each([
    { root: ['plain'], want: ['plain'], reason: 'a plain directory shows its own changes' },
    { root: ['link'], want: [], reason: 'a link changes in its parent' },
    { root: ['link', 'env'], want: [], reason: 'so does a folder below a link' },
    { root: ['not', 'there'], want: ['not'], reason: 'what is not there yet will appear in its parent' },
  ])('$reason', ({ root, want, reason }) => {
    mkdirSync(at('plain'));
    mkdirSync(at('trees', COMMIT, 'env'), { recursive: true });
    symlinkSync(join('trees', COMMIT), at('link'));
    const watched = watchedFolder(diskTree, at(...root));
    if (reason.startsWith('what is not')) expect(at(...root).startsWith(watched), reason).toBe(true);
    else expect(watched, reason).toBe(at(...want));
  });
});
