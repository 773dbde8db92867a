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
  const { files, refused } = walk(diskTree, at('root'));
  return {
    files: files.map((file) => file.path),
    refused: refused.map(({ path, why }) => `${path}: ${why}`),
  };
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
      files: ['real/a.yaml'],
      refused: ['absolute.yaml', 'beside', 'dangling.yaml', 'out.yaml', 'parent', 'self.yaml'].map(
        (path) => `${path}: outside`,
      ),
    });
  });

  it('passes over pipes, also behind a link: reading one would never end', () => {
    touch('a.yaml');
    execFileSync('mkfifo', [at('root', 'pipe.yaml'), at('root', 'pipe')]);
    symlinkSync('pipe', at('root', 'link.yaml'));
    expect(found().files).toEqual(['a.yaml']);
  });

  it('reads what only links lead to, once and by the first of them', () => {
    touch('.store/x/a.yaml', '.store/b.yaml');
    symlinkSync('.store', at('root', 'z'));
    symlinkSync(join('.store', 'x'), at('root', 'y'));
    symlinkSync(join('.store', 'x', 'a.yaml'), at('root', 'c.yaml'));
    expect(found()).toEqual({ files: ['c.yaml', 'z/b.yaml'], refused: [] });
  });

  it('names a link to a folder that it stands in, and reads everything else', () => {
    touch('a.yaml', 'x/y/b.yaml');
    symlinkSync('.', at('root', 'again'));
    symlinkSync('..', at('root', 'x', 'up'));
    symlinkSync(join('..', '..'), at('root', 'x', 'y', 'top'));
    expect(found()).toEqual({
      files: ['a.yaml', 'x/y/b.yaml'],
      refused: ['again: loop', 'x/up: loop', 'x/y/top: loop'],
    });
  });

  it('names what has a name that is no text, and reads everything else', () => {
    touch('a.yaml');
    const named = (name: string) =>
      Buffer.concat([Buffer.from(at('root', '')), Buffer.from([0x2f, 0xff]), Buffer.from(name)]);
    writeFileSync(named('.yaml'), '');
    mkdirSync(named('folder'));
    writeFileSync(named('.png'), '');
    writeFileSync(at('root', 'b\u0007.yaml'), '');
    expect(found()).toEqual({
      files: ['a.yaml'],
      refused: ['\\ufffd.yaml: name', '\\ufffdfolder: name', 'b\\u0007.yaml: name'],
    });
  });

  it('gives up on folders without end', () => {
    const endless: FileTree = {
      ...diskTree,
      list: () => [{ name: 'again', kind: 'directory' as const }],
    };
    expect(() => walk(endless, '/')).toThrow(TreeTooLargeError);
  });

  it('passes over what .cvmsgignore names', () => {
    touch('a.yaml', 'charts/b.yaml', 'x/charts/c.yaml', 'x/d.tpl.yaml', 'x/e.yaml', 'y/overlays/p/f.yaml');
    touch('only/charts.yaml', 'y/x/g.yaml', 'x/deep/er/h.yaml');
    const ignored = (...lines: string[]) => {
      writeFileSync(at('root', '.cvmsgignore'), `\ufeff# others\r\n\r\n${lines.join('\r\n')}`);
      const { files } = found();
      return ['a.yaml', ...ALL].filter((path) => !files.includes(path));
    };
    const ALL = [
      'charts/b.yaml',
      'only/charts.yaml',
      'x/charts/c.yaml',
      'x/d.tpl.yaml',
      'x/deep/er/h.yaml',
      'x/e.yaml',
      'y/overlays/p/f.yaml',
      'y/x/g.yaml',
    ];
    expect(ignored()).toEqual([]);
    expect(ignored('charts/')).toEqual(['charts/b.yaml', 'x/charts/c.yaml']);
    expect(ignored('/charts')).toEqual(['charts/b.yaml']);
    expect(ignored('x/charts')).toEqual(['x/charts/c.yaml']);
    expect(ignored('*.tpl.yaml')).toEqual(['x/d.tpl.yaml']);
    expect(ignored('x/*.yaml')).toEqual(['x/d.tpl.yaml', 'x/e.yaml']);
    expect(ignored('x/**/h.yaml')).toEqual(['x/deep/er/h.yaml']);
    expect(ignored('**/p/**')).toEqual(['y/overlays/p/f.yaml']);
    expect(ignored('?.yaml')).toEqual(['a.yaml', ...ALL.filter((path) => /(?:^|\/).\.yaml$/.test(path))]);
    expect(ignored('*')).toEqual(['a.yaml', ...ALL]);
    expect(ignored('charts.yaml/')).toEqual([]);
  });

  it.each([
    { text: 'a\n!b', says: 'line 2 of .cvmsgignore has "!", which is not understood here' },
    { text: 'a[bc]', says: 'line 1 of .cvmsgignore has "[", which is not understood here' },
    { text: '../other', says: 'line 1 of .cvmsgignore names nothing below this directory' },
    { text: '/', says: 'line 1 of .cvmsgignore names nothing below this directory' },
    { text: 'x'.repeat(300), says: 'line 1 of .cvmsgignore is longer than 256 characters' },
    { text: 'x\n'.repeat(300), says: '.cvmsgignore has more than 200 patterns' },
  ])('does not guess what a .cvmsgignore means: $says', ({ text, says }) => {
    touch('a.yaml');
    writeFileSync(at('root', '.cvmsgignore'), text);
    expect(() => found()).toThrow(says);
  });

  it('does not read a .cvmsgignore that leads out, and takes no time for one that is written to take it', () => {
    touch('a.yaml', `${'a'.repeat(200)}b.yaml`);
    writeFileSync(at('root', '.cvmsgignore'), `${'*a'.repeat(100)}c\n${'**/'.repeat(80)}c\n`.repeat(90));
    expect(found().files).toHaveLength(2);
    rmSync(at('root', '.cvmsgignore'));
    symlinkSync('/etc/hostname', at('root', '.cvmsgignore'));
    expect(() => found()).toThrow('leads out of the directory');
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
