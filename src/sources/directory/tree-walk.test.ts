import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { diskTree, type FileTree } from './file-tree.ts';
import { MAX_FILES, TreeTooLargeError, walk } from './tree-walk.ts';

let top = '';
const at = (...parts: string[]) => join(top, ...parts);
const touch = (...paths: string[]) => {
  for (const path of paths) {
    mkdirSync(dirname(at('root', path)), { recursive: true });
    writeFileSync(at('root', path), '');
  }
};
const found = () => {
  const { files, refusedLinks } = walk(diskTree, at('root'));
  return { files: files.map((file) => file.path), refusedLinks };
};
beforeEach(() => {
  top = realpathSync(mkdtempSync(join(tmpdir(), 'cvmsg-walk-')));
  mkdirSync(at('root'));
});
afterEach(() => rmSync(top, { recursive: true, force: true }));

describe('walk', () => {
  it('lists YAML and JSON files of every folder, sorted, and no others', () => {
    touch('b.yaml', 'a.YML', 'x/y/z.json', 'README.md', 'x/yaml', 'x/a.yaml');
    expect(found().files).toEqual(['a.YML', 'b.yaml', 'x/a.yaml', 'x/y/z.json']);
  });

  it('passes over everything whose name starts with a dot', () => {
    touch('.hidden.yaml', '.git/config.yaml', '..data/a.yaml', 'seen.yaml');
    expect(found().files).toEqual(['seen.yaml']);
  });

  it('follows links that stay inside, and refuses those that lead out or nowhere', () => {
    touch('real/a.yaml');
    writeFileSync(at('secret.yaml'), '');
    mkdirSync(at('root-beside'));
    symlinkSync('real', at('root', 'inside'));
    symlinkSync(join('real', 'a.yaml'), at('root', 'link.yaml'));
    symlinkSync(join('..', 'secret.yaml'), at('root', 'out.yaml'));
    symlinkSync(at('secret.yaml'), at('root', 'absolute.yaml'));
    symlinkSync('..', at('root', 'parent'));
    symlinkSync(at('root-beside'), at('root', 'beside'));
    symlinkSync('nowhere.yaml', at('root', 'dangling.yaml'));
    symlinkSync('self.yaml', at('root', 'self.yaml'));
    symlinkSync('/etc/hostname', at('root', 'no-yaml'));
    expect(found()).toEqual({
      files: ['inside/a.yaml', 'link.yaml', 'real/a.yaml'],
      refusedLinks: ['absolute.yaml', 'beside', 'dangling.yaml', 'out.yaml', 'parent', 'self.yaml'],
    });
  });

  it('passes over pipes, also behind a link: reading one would never end', () => {
    touch('a.yaml');
    execFileSync('mkfifo', [at('root', 'pipe.yaml'), at('root', 'pipe')]);
    symlinkSync('pipe', at('root', 'link.yaml'));
    expect(found().files).toEqual(['a.yaml']);
  });

  it('gives up on a tree that never ends', () => {
    touch('a.yaml');
    symlinkSync('.', at('root', 'again'));
    expect(() => found()).toThrow(TreeTooLargeError);
  });

  it('gives up on more files than are ever read', () => {
    const many: FileTree = {
      ...diskTree,
      list: () =>
        Array.from({ length: MAX_FILES + 1 }, (_, n) => ({ name: `${n}.yaml`, kind: 'file' as const })),
      stamp: () => ({ kind: 'file', size: 0, mtimeMs: 0, inode: 0 }),
    };
    expect(() => walk(many, '/')).toThrow(TreeTooLargeError);
  });

  it('throws what the file system says of a folder that vanishes', () => {
    rmSync(at('root'), { recursive: true });
    expect(() => found()).toThrow(/ENOENT/);
  });
});
