import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { draftFile, findBelow, UnsafePathError, writeFileBelow } from './file-draft.ts';

let home = '';
let root = '';
let outside = '';

beforeEach(() => {
  home = realpathSync(mkdtempSync(join(tmpdir(), 'cvmsg-draft-')));
  root = join(home, 'root');
  outside = join(home, 'outside');
  mkdirSync(root);
  mkdirSync(outside);
  writeFileSync(join(outside, 'theirs.yaml'), 'theirs');
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const modeOf = (path: string) => statSync(path).mode & 0o777;

describe('a file below a folder', () => {
  it.each([
    { reason: 'a folder that is a link', link: 'team', to: '../outside', name: 'team/new.yaml' },
    { reason: 'a folder below a link', link: 'team', to: '../outside', name: 'team/deep/new.yaml' },
    { reason: 'a link by its whole path', link: 'team', to: '/tmp', name: 'team/new.yaml' },
    { reason: 'the file itself', link: 'web.yaml', to: '../outside/theirs.yaml', name: 'web.yaml' },
    { reason: 'a file that is not there', link: 'web.yaml', to: '../outside/new.yaml', name: 'web.yaml' },
    { reason: 'a folder that is not there', link: 'team', to: '../outside/none', name: 'team/new.yaml' },
    { reason: 'a folder whose name begins like it', link: 'team', to: '../root-too', name: 'team/new.yaml' },
  ])('is never written through a link out of it: $reason', ({ link, to, name }) => {
    mkdirSync(join(home, 'root-too'));
    symlinkSync(to, join(root, link));
    expect(() => writeFileBelow(root, name, 'mine')).toThrow(UnsafePathError);
    expect(() => writeFileBelow(root, name, 'mine')).toThrow('nothing was written there');
    expect(readdirSync(outside)).toEqual(['theirs.yaml']);
    expect(readFileSync(join(outside, 'theirs.yaml'), 'utf8')).toBe('theirs');
    expect(readdirSync(root)).toEqual([link]);
    expect(readdirSync(join(home, 'root-too'))).toEqual([]);
  });

  it.each(['../x', '/x', 'a/../../x', '.', '', 'a/'])(
    'is never written by a name that leaves it: "%s"',
    (name) => {
      expect(() => writeFileBelow(root, name, 'mine')).toThrow('would leave');
      expect(readdirSync(root)).toEqual([]);
    },
  );

  it('is written where a link stays inside, and the link remains', () => {
    mkdirSync(join(root, 'real'));
    writeFileSync(join(root, 'real/web.yaml'), 'old');
    symlinkSync('real', join(root, 'alias'));
    symlinkSync('real/web.yaml', join(root, 'web.yaml'));
    writeFileBelow(root, 'alias/new.yaml', 'new');
    writeFileBelow(root, 'web.yaml', 'changed');
    expect(readFileSync(join(root, 'real/new.yaml'), 'utf8')).toBe('new');
    expect(readFileSync(join(root, 'real/web.yaml'), 'utf8')).toBe('changed');
    expect(readdirSync(root).sort()).toEqual(['alias', 'real', 'web.yaml']);
  });

  it('may lie below a folder that is itself reached by a link', () => {
    symlinkSync('root', join(home, 'current'));
    writeFileBelow(join(home, 'current'), 'a/b.yaml', 'new');
    expect(readFileSync(join(root, 'a/b.yaml'), 'utf8')).toBe('new');
  });

  it('keeps the mode of the file before, and gets the one that is asked for', () => {
    writeFileSync(join(root, 'a.yaml'), 'old');
    chmodSync(join(root, 'a.yaml'), 0o640);
    writeFileBelow(root, 'a.yaml', 'new');
    writeFileBelow(root, 'box/b.json', '{}', { mode: 0o600, folderMode: 0o700 });
    expect([
      modeOf(join(root, 'a.yaml')),
      modeOf(join(root, 'box')),
      modeOf(join(root, 'box/b.json')),
    ]).toEqual([0o640, 0o700, 0o600]);
  });

  it('is not there, and the one before stays, until it is committed', () => {
    writeFileSync(join(root, 'a.yaml'), 'old');
    const draft = draftFile(root, 'a.yaml', 'new');
    expect(readFileSync(join(root, 'a.yaml'), 'utf8')).toBe('old');
    draft.commit();
    expect(readFileSync(join(root, 'a.yaml'), 'utf8')).toBe('new');
    draftFile(root, 'b.yaml', 'new').discard();
    expect(readdirSync(root)).toEqual(['a.yaml']);
  });

  it('is not put in place when its folder became a link meanwhile', () => {
    mkdirSync(join(root, 'team'));
    const draft = draftFile(root, 'team/a.yaml', 'new');
    rmSync(join(root, 'team'), { recursive: true });
    symlinkSync('../outside', join(root, 'team'));
    expect(() => draft.commit()).toThrow('became a symbolic link');
    expect(readdirSync(outside)).toEqual(['theirs.yaml']);
  });

  it('does not take the place of what is no file', () => {
    mkdirSync(join(root, 'a.yaml'));
    expect(() => writeFileBelow(root, 'a.yaml', 'new')).toThrow('is no regular file');
  });

  it('is found inside only', () => {
    writeFileSync(join(root, 'a.yaml'), '');
    symlinkSync('../outside', join(root, 'team'));
    expect(findBelow(root, 'a.yaml')).toBe(join(root, 'a.yaml'));
    expect(findBelow(root, 'none/b.yaml')).toBeUndefined();
    expect(() => findBelow(root, 'team/theirs.yaml')).toThrow(UnsafePathError);
    expect(existsSync(join(root, 'none'))).toBe(false);
  });
});
