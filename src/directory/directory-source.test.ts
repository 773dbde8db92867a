import {
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentListener } from '../../test/faults/silent-listener.ts';
import type { BindingKey } from '../api/ids.ts';
import type { RevisionReport } from '../ports/source.ts';
import { silentLog } from '../runtime/log.ts';
import { VirtualClock } from '../runtime/virtual-clock.ts';
import { CommitTable } from '../store/sqlite/commit-table.ts';
import { DeclarationTable } from '../store/sqlite/declaration-table.ts';
import { openInMemory } from '../store/sqlite/state-file.ts';
import type { DeclarationStore } from './directory-source.ts';
import { DirectorySource } from './directory-source.ts';
import { diskTree, type FileTree } from './file-tree.ts';
import { noWatch } from './watcher.ts';

const C1 = '1'.repeat(40);
const C2 = '2'.repeat(40);
const C3 = '3'.repeat(40);
let top = '';
const at = (...parts: string[]) => join(top, ...parts);

beforeEach(() => {
  top = realpathSync(mkdtempSync(join(tmpdir(), 'cvmsg-source-')));
});
afterEach(() => rmSync(top, { recursive: true, force: true }));

const text = (name: string, groups = 'sg-aaaaaaaa', instance = `ins-${name.padEnd(8, '0')}`) =>
  [
    'apiVersion: cvmsg.dev/v1alpha1',
    'kind: CvmSecurityGroupBinding',
    `metadata: { name: ${name}, namespace: shop }`,
    `spec: { region: ap-guangzhou, instanceIds: [${instance}], sgIds: [${groups}] }`,
    '',
  ].join('\n');

function write(path: string, files: Readonly<Record<string, string>>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), content);
  }
}

/** Swaps a link as git-sync and the kubelet do: a new link is renamed over the old one. */
function swap(link: string, target: string): void {
  symlinkSync(target, `${link}.tmp`);
  renameSync(`${link}.tmp`, link);
}

/** Publishes a worktree as git-sync does, and deletes the one before. */
function gitSync(commit: string, files: Readonly<Record<string, string>>, old?: string): void {
  write(at('.worktrees', commit), files);
  swap(at('link'), join('.worktrees', commit));
  if (old !== undefined) rmSync(at('.worktrees', old), { recursive: true });
}

const openStore = () => new DeclarationTable(openInMemory().database);
const openCommits = () => new CommitTable(openInMemory().database);

class Observer {
  readonly clock = new VirtualClock();
  readonly source: DirectorySource;
  readonly revisions: RevisionReport[] = [];
  readonly problems: string[] = [];
  readonly changed: string[][] = [];
  readonly #abort = new AbortController();
  readonly #run: Promise<void>;

  constructor(
    root: string,
    options: { store?: DeclarationStore; commits?: CommitTable; tree?: FileTree } = {},
  ) {
    const { store = openStore(), commits = openCommits(), tree = diskTree } = options;
    this.source = new DirectorySource({
      root,
      tree,
      clock: this.clock,
      log: silentLog,
      store,
      commits,
      watch: noWatch,
    });
    this.#run = this.source.run(
      {
        ...silentListener,
        changed: (keys) => void this.changed.push([...keys].sort()),
        revision: (report) => void this.revisions.push(report),
        problem: (problem) => this.problems.push(problem?.code ?? 'none'),
      },
      this.#abort.signal,
    );
  }

  async look(ms = 5_000): Promise<this> {
    await this.clock.advance(ms);
    return this;
  }

  /** What is in force: `name: groups`. */
  get declared(): string[] {
    return [...this.source.keys()].sort().map((key) => {
      const binding = this.source.get(key);
      return `${binding?.name}: ${binding?.sgIds.join(' ')}`;
    });
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#run;
  }
}

describe('the layout of git-sync', () => {
  it('gives one revision for each commit and says what changed in it', async () => {
    gitSync(C1, { 'a.yaml': text('a'), 'b.yaml': text('b') });
    const seen = await new Observer(at('link')).look();
    gitSync(C2, { 'a.yaml': text('a', 'sg-bbbbbbbb'), 'c.yaml': text('c') }, C1);
    await seen.look();
    await seen.look(60_000);
    expect(seen.revisions.map((report) => report.revision)).toEqual([C1, C2]);
    expect(seen.revisions[1]).toMatchObject({
      added: ['shop/c'],
      changed: ['shop/a'],
      removed: ['shop/b'],
      files: 2,
    });
    expect(seen.changed).toEqual([
      ['shop/a', 'shop/b'],
      ['shop/a', 'shop/b', 'shop/c'],
    ]);
    expect(seen.declared).toEqual(['a: sg-bbbbbbbb', 'c: sg-aaaaaaaa']);
    expect(seen.problems).toEqual([]);
    await seen.stop();
  });

  it('reads a subdirectory below the link', async () => {
    gitSync(C1, { 'env/prod/a.yaml': text('a'), 'env/test/b.yaml': text('b') });
    const seen = await new Observer(at('link', 'env', 'prod')).look();
    expect(seen.declared).toEqual(['a: sg-aaaaaaaa']);
    gitSync(C2, { 'env/prod/a.yaml': text('a', 'sg-bbbbbbbb') }, C1);
    await seen.look();
    expect(seen.revisions.map((report) => report.revision)).toEqual([C1, C2]);
    await seen.stop();
  });

  it('discards a reading whose worktree is deleted in the middle of it, and reads the new one', async () => {
    gitSync(C1, { 'a.yaml': text('a'), 'b.yaml': text('b'), 'c.yaml': text('c') });
    let reads = 0;
    const tree: FileTree = {
      ...diskTree,
      read(path, maxBytes) {
        if (++reads === 2) gitSync(C2, { 'a.yaml': text('a', 'sg-bbbbbbbb'), 'b.yaml': text('b') }, C1);
        return diskTree.read(path, maxBytes);
      },
    };
    const seen = await new Observer(at('link'), { tree }).look();
    expect(seen.revisions.map((report) => report.revision)).toEqual([C2]);
    expect(seen.declared).toEqual(['a: sg-bbbbbbbb', 'b: sg-aaaaaaaa']);
    expect(seen.problems).toEqual([]);
    await seen.stop();
  });

  it('discards a whole reading when the link was swapped before it ended', async () => {
    gitSync(C1, { 'a.yaml': text('a'), 'b.yaml': text('b') });
    let reads = 0;
    const tree: FileTree = {
      ...diskTree,
      read(path, maxBytes) {
        if (++reads === 2) gitSync(C2, { 'a.yaml': text('a') });
        return diskTree.read(path, maxBytes);
      },
    };
    const seen = await new Observer(at('link'), { tree }).look();
    expect(seen.revisions.map((report) => report.revision)).toEqual([C2]);
    await seen.stop();
  });

  it('does not obey a commit that reads differently than before, and says so until it is well again', async () => {
    gitSync(C1, { 'a.yaml': text('a'), 'b.yaml': text('b') });
    const seen = await new Observer(at('link')).look();
    write(at('copies', C1), { 'a.yaml': text('a') });
    swap(at('link'), join('copies', C1));
    await seen.look(30_000);
    expect(seen.problems).toEqual(['altered']);
    expect(seen.source.problem?.message).toContain('reads differently than before');
    expect(seen.declared).toHaveLength(2);
    swap(at('link'), join('.worktrees', C1));
    await seen.look();
    expect(seen.problems).toEqual(['altered', 'none']);
    expect(seen.source.problem).toBeUndefined();
    expect(seen.revisions).toHaveLength(1);
    await seen.stop();
  });
});

describe('other layouts', () => {
  it('reads a ConfigMap volume by its ..data link, without the links beside it', async () => {
    const publish = (stamp: string, files: Record<string, string>) => {
      write(at('vol', stamp), files);
      swap(at('vol', '..data'), stamp);
    };
    publish('..2026_01', { 'a.yaml': text('a') });
    symlinkSync(join('..data', 'a.yaml'), at('vol', 'a.yaml'));
    const seen = await new Observer(at('vol')).look();
    expect(seen.declared).toEqual(['a: sg-aaaaaaaa']);
    publish('..2026_02', { 'a.yaml': text('a', 'sg-bbbbbbbb') });
    rmSync(at('vol', '..2026_01'), { recursive: true });
    await seen.look();
    expect(seen.declared).toEqual(['a: sg-bbbbbbbb']);
    expect(seen.revisions.every((report) => /^sha256:[0-9a-f]{64}$/.test(report.revision))).toBe(true);
    expect(seen.revisions).toHaveLength(2);
    expect(seen.problems).toEqual([]);
    await seen.stop();
  });

  it('calls a checkout by its commit and by what its files say, also in a new process: they may differ from the commit', async () => {
    write(at('checkout', '.git', 'refs', 'heads'), { main: `${C1}\n` });
    write(at('checkout', '.git'), { HEAD: 'ref: refs/heads/main\n' });
    write(at('checkout'), { 'a.yaml': text('a') });
    const seen = await new Observer(at('checkout')).look();
    write(at('checkout'), { 'a.yaml': text('a', 'sg-bbbbbbbb') });
    await seen.look();
    write(at('checkout', '.git', 'refs', 'heads'), { main: `${C2}\n` });
    await seen.look();
    await seen.stop();
    const names = seen.revisions.map(({ revision }) => revision);
    const [clean, edited, committed] = names.map((name) => name.split('+'));
    expect([clean?.[0], edited?.[0], committed?.[0]]).toEqual([C1, C1, C2]);
    expect(clean?.[1]).toMatch(/^[0-9a-f]{8}$/);
    expect(edited?.[1]).not.toBe(clean?.[1]);
    expect(committed?.[1]).toBe(edited?.[1]);
    // Nothing of the name depends on what this process happened to read before.
    const again = await new Observer(at('checkout')).look();
    expect(again.revisions.map(({ revision }) => revision)).toEqual(names.slice(-1));
    await again.stop();
  });

  it('waits for a plain directory to keep still', async () => {
    write(at('plain'), { 'a.yaml': text('a') });
    const seen = new Observer(at('plain'));
    await seen.look(150);
    write(at('plain'), { 'b.yaml': text('b') });
    await seen.look(160);
    expect(seen.revisions).toEqual([]);
    await seen.look();
    expect(seen.revisions).toHaveLength(1);
    expect(seen.declared).toHaveLength(2);
    await seen.stop();
  });

  it('says that a plain directory does not keep still, and reads it when it does', async () => {
    write(at('plain'), { 'a.yaml': text('a') });
    const seen = new Observer(at('plain'));
    for (let n = 0; n < 30; n++) {
      write(at('plain'), { [`b${n}.yaml`]: text(`b${n}`) });
      await seen.look(200);
    }
    expect(seen.problems).toContain('unsettled');
    expect(seen.revisions).toEqual([]);
    await seen.look(10_000);
    expect(seen.problems.at(-1)).toBe('none');
    expect(seen.declared).toHaveLength(31);
    await seen.stop();
  });

  it('gives no new revision for a file that is touched and reads the same', async () => {
    write(at('plain'), { 'a.yaml': text('a') });
    const seen = await new Observer(at('plain')).look();
    write(at('plain'), { 'a.yaml': text('a') });
    await seen.look();
    expect(seen.revisions).toHaveLength(1);
    await seen.stop();
  });
});

describe('nothing changes and it says so', () => {
  const hurt: readonly { reason: string; code: string; hurt: () => void; heal: () => void }[] = [
    {
      reason: 'the directory is missing',
      code: 'missing',
      hurt: () => renameSync(at('plain'), at('away')),
      heal: () => renameSync(at('away'), at('plain')),
    },
    {
      reason: 'the directory holds no YAML file any more',
      code: 'empty',
      hurt: () => {
        renameSync(at('plain', 'a.yaml'), at('a.yaml'));
        write(at('plain'), { 'README.md': '' });
      },
      heal: () => renameSync(at('a.yaml'), at('plain', 'a.yaml')),
    },
    {
      reason: 'the files declare nothing any more',
      code: 'empty',
      hurt: () => write(at('plain'), { 'a.yaml': '# nothing\n' }),
      heal: () => write(at('plain'), { 'a.yaml': text('a') }),
    },
    {
      reason: 'a dangling link stands in its place',
      code: 'missing',
      hurt: () => {
        renameSync(at('plain'), at('away'));
        symlinkSync('nowhere', at('plain'));
      },
      heal: () => {
        rmSync(at('plain'));
        renameSync(at('away'), at('plain'));
      },
    },
    {
      reason: 'a link to itself stands in its place',
      code: 'unreadable',
      hurt: () => {
        renameSync(at('plain'), at('away'));
        symlinkSync('plain', at('plain'));
      },
      heal: () => {
        rmSync(at('plain'));
        renameSync(at('away'), at('plain'));
      },
    },
    {
      reason: 'a file stands in its place',
      code: 'unreadable',
      hurt: () => {
        renameSync(at('plain'), at('away'));
        writeFileSync(at('plain'), '');
      },
      heal: () => {
        rmSync(at('plain'));
        renameSync(at('away'), at('plain'));
      },
    },
  ];
  it.each(hurt)('when $reason', async ({ reason, code, hurt, heal }) => {
    write(at('plain'), { 'a.yaml': text('a') });
    const seen = await new Observer(at('plain')).look();
    hurt();
    await seen.look(60_000);
    expect(seen.problems, `${reason}: said once, and not taken back`).toEqual([code]);
    expect(seen.declared, reason).toEqual(['a: sg-aaaaaaaa']);
    expect(seen.changed, reason).toHaveLength(1);
    heal();
    await seen.look(10_000);
    expect(seen.problems, reason).toEqual([code, 'none']);
    expect(seen.declared, reason).toEqual(['a: sg-aaaaaaaa']);
    await seen.stop();
  });

  it('when a file may not be read', async () => {
    write(at('plain'), { 'a.yaml': text('a'), 'b.yaml': text('b') });
    let forbidden = false;
    const tree: FileTree = {
      ...diskTree,
      read(path, maxBytes) {
        if (forbidden && path.endsWith('b.yaml'))
          throw Object.assign(new Error('EACCES'), { code: 'EACCES' });
        return diskTree.read(path, maxBytes);
      },
    };
    const seen = await new Observer(at('plain'), { tree }).look();
    forbidden = true;
    write(at('plain'), { 'a.yaml': text('a', 'sg-bbbbbbbb'), 'b.yaml': text('b', 'sg-bbbbbbbb') });
    await seen.look(30_000);
    expect(seen.problems).toEqual(['unreadable']);
    expect(seen.declared).toEqual(['a: sg-aaaaaaaa', 'b: sg-aaaaaaaa']);
    forbidden = false;
    await seen.look(10_000);
    expect(seen.declared).toEqual(['a: sg-bbbbbbbb', 'b: sg-bbbbbbbb']);
    await seen.stop();
  });

  it('when the directory is not there at the start; it is not synced then', async () => {
    const seen = await new Observer(at('later')).look();
    expect([seen.source.synced, seen.problems, seen.changed]).toEqual([false, ['missing'], []]);
    write(at('later'), { 'a.yaml': text('a') });
    await seen.look(10_000);
    expect([seen.source.synced, seen.problems]).toEqual([true, ['missing', 'none']]);
    await seen.stop();
  });

  it('when it vanished after it was read and before that counted, and comes back as it was read', async () => {
    write(at('plain'), { 'a.yaml': text('a') });
    let gone = false;
    let reads = 0;
    const tree: FileTree = {
      ...diskTree,
      read(path, maxBytes) {
        if (++reads === 2) gone = true;
        return diskTree.read(path, maxBytes);
      },
      realpath(path) {
        if (gone) throw Object.assign(new Error('ENOENT'), { code: 'ENOENT' });
        return diskTree.realpath(path);
      },
    };
    const seen = await new Observer(at('plain'), { tree }).look();
    write(at('plain'), { 'a.yaml': text('a', 'sg-bbbbbbbb') });
    await seen.look(5_000);
    expect(seen.problems).toEqual(['missing']);
    gone = false;
    await seen.look(5_000);
    expect(seen.declared).toEqual(['a: sg-bbbbbbbb']);
    await seen.stop();
  });
});

describe('an invalid document', () => {
  it('keeps what it last validly said and is named, while its neighbours follow', async () => {
    gitSync(C1, { 'a.yaml': text('a'), 'b.yaml': text('b') });
    const seen = await new Observer(at('link')).look();
    gitSync(C2, { 'a.yaml': text('a', 'not-a-group'), 'b.yaml': text('b', 'sg-bbbbbbbb') }, C1);
    await seen.look();
    expect(seen.declared).toEqual(['a: sg-aaaaaaaa', 'b: sg-bbbbbbbb']);
    expect(seen.revisions[1]).toMatchObject({ retained: ['shop/a'], removed: [] });
    expect(seen.revisions[1]?.diagnostics[0]).toMatchObject({ file: 'a.yaml', line: 4, severity: 'error' });
    expect(seen.source.get('shop/a' as BindingKey)?.invalid).toContain('a.yaml:4:');
    await seen.stop();
  });

  it('keeps it across a restart as well', async () => {
    const store = openStore();
    gitSync(C1, { 'a.yaml': text('a'), 'b.yaml': text('b') });
    const first = await new Observer(at('link'), { store }).look();
    await first.stop();
    gitSync(C2, { 'a.yaml': 'apiVersion: [never, closed', 'b.yaml': text('b') }, C1);
    const second = await new Observer(at('link'), { store }).look();
    expect(second.declared).toEqual(['a: sg-aaaaaaaa', 'b: sg-aaaaaaaa']);
    expect(second.revisions[0]).toMatchObject({ retained: ['shop/a'], added: [], removed: [] });
    await second.stop();
  });

  it('makes every document keep what it said that may stand in its file, when the file is no YAML', async () => {
    gitSync(C1, { 'all.yaml': [text('a'), text('b')].join('---\n'), 'c.yaml': text('c') });
    const seen = await new Observer(at('link')).look();
    gitSync(C2, { 'all.yaml': [text('a', 'sg-bbbbbbbb'), 'oops: [', text('b')].join('---\n') }, C1);
    await seen.look();
    expect(seen.declared).toEqual(['a: sg-aaaaaaaa', 'b: sg-aaaaaaaa', 'c: sg-aaaaaaaa']);
    expect(seen.revisions[1]).toMatchObject({ retained: ['shop/a', 'shop/b', 'shop/c'], removed: [] });
    await seen.stop();
  });

  it('lets nothing be removed for it that stood in its file, and lets go when it is deleted', async () => {
    gitSync(C1, { 'a.yaml': text('a'), 'b.yaml': text('b') });
    const seen = await new Observer(at('link')).look();
    gitSync(C2, { 'a.yaml': '\tno: yaml', 'b.yaml': text('b') }, C1);
    await seen.look();
    gitSync(C3, { 'b.yaml': text('b') }, C2);
    await seen.look();
    expect(seen.declared).toEqual(['b: sg-aaaaaaaa']);
    await seen.stop();
  });
});

describe('files of others', () => {
  const OTHERS = {
    'patch.yaml': '- op: replace\n  path: /spec/sgIds/0\n  value: sg-o8sk37is\n',
    'chart/templates/web.yaml': 'metadata: { name: {{ include "web.name" . }} }\n',
    'broken.yaml': 'sgIds: [',
    'playbook.yml': '- hosts: all\n  tasks: [{ shell: cvmsg plan }]\n',
    'names.json': '["sgIds"]',
  };

  it('are skipped and counted, and hold up no removal', async () => {
    gitSync(C1, { 'a.yaml': text('a'), 'b.yaml': text('b') });
    const seen = await new Observer(at('link')).look();
    gitSync(C2, { 'b.yaml': text('b'), ...OTHERS }, C1);
    await seen.look();
    expect(seen.revisions[1]).toMatchObject({
      removed: ['shop/a'],
      retained: [],
      diagnostics: [],
      skipped: 5,
    });
    expect(seen.declared).toEqual(['b: sg-aaaaaaaa']);
    await seen.stop();
  });

  it.each([
    ['a pointer of Git LFS', 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n'],
    ['a conflict marker', '<<<<<<< ours\na: 1\n=======\na: 2\n>>>>>>> theirs\n'],
  ])('are told from one that held a binding, which stays across a restart too: %s', async (_, content) => {
    const store = openStore();
    gitSync(C1, { 'a.yaml': text('a'), 'b.yaml': text('b') });
    await (await new Observer(at('link'), { store }).look()).stop();
    gitSync(C2, { 'a.yaml': content, 'b.yaml': text('b', 'sg-bbbbbbbb') }, C1);
    const seen = await new Observer(at('link'), { store }).look();
    expect(seen.declared).toEqual(['a: sg-aaaaaaaa', 'b: sg-bbbbbbbb']);
    expect(seen.revisions[0]).toMatchObject({ retained: ['shop/a'], removed: [] });
    await seen.stop();
  });

  it('may break .cvmsgignore: then nothing changes, rather than that what it named is obeyed', async () => {
    write(at('plain'), { 'a.yaml': text('a'), 'base/b.yaml': text('b'), '.cvmsgignore': 'base/\n' });
    const seen = await new Observer(at('plain')).look();
    expect(seen.declared).toEqual(['a: sg-aaaaaaaa']);
    write(at('plain'), { 'a.yaml': text('a', 'sg-bbbbbbbb'), '.cvmsgignore': '!base/\n' });
    await seen.look();
    expect([seen.problems, seen.declared]).toEqual([['unreadable'], ['a: sg-aaaaaaaa']]);
    expect(seen.source.problem?.message).toContain('line 1 of .cvmsgignore has "!"');
    write(at('plain'), { '.cvmsgignore': '/base\n' });
    await seen.look();
    expect(seen.declared).toEqual(['a: sg-bbbbbbbb']);
    await seen.stop();
  });
});

describe('a restart', () => {
  it('tells of what was removed while it was down', async () => {
    const store = openStore();
    gitSync(C1, { 'a.yaml': text('a'), 'b.yaml': text('b') });
    const first = await new Observer(at('link'), { store }).look();
    await first.stop();
    gitSync(C2, { 'b.yaml': text('b') }, C1);
    const second = await new Observer(at('link'), { store }).look();
    expect(second.revisions[0]?.removed).toEqual(['shop/a']);
    expect(second.changed).toEqual([['shop/a', 'shop/b']]);
    expect(second.source.get('shop/a' as BindingKey)).toBeUndefined();
    await second.stop();
  });

  it('stores again and again what could not be stored, though no newer revision comes', async () => {
    const store = openStore();
    let full = false;
    let tries = 0;
    const failing: DeclarationStore = {
      all: () => store.all(),
      *stage(put, drop) {
        tries++;
        if (full) throw new Error('disk full');
        yield* store.stage(put, drop);
      },
      commit: (order) => store.commit(order),
    };
    gitSync(C1, { 'a.yaml': text('a') });
    const first = await new Observer(at('link'), { store: failing }).look();
    full = true;
    gitSync(C2, { 'a.yaml': text('a', 'sg-bbbbbbbb') }, C1);
    await first.look(600_000);
    expect(() => first.source.flush()).toThrow('disk full');
    expect(tries, 'ever more seldom').toBeLessThan(60);
    full = false;
    await first.look(60_000);
    expect(() => first.source.flush()).not.toThrow();
    await first.stop();
    write(at('.worktrees', C3), { 'a.yaml': 'x: [' });
    swap(at('link'), join('.worktrees', C3));
    const second = await new Observer(at('link'), { store }).look();
    expect(second.declared, 'what was said last, and nothing older').toEqual(['a: sg-bbbbbbbb']);
    await second.stop();
  });

  it('stores later what could not be stored at once', async () => {
    const store = openStore();
    let full = true;
    const failing: DeclarationStore = {
      all: () => store.all(),
      *stage(put, drop) {
        if (full) throw new Error('disk full');
        yield* store.stage(put, drop);
      },
      commit: (order) => store.commit(order),
    };
    gitSync(C1, { 'a.yaml': text('a'), 'b.yaml': text('b') });
    const first = await new Observer(at('link'), { store: failing }).look();
    full = false;
    gitSync(C2, { 'a.yaml': text('a'), 'b.yaml': text('b', 'sg-bbbbbbbb') }, C1);
    await first.look();
    await first.stop();
    expect(store.all().map((one) => one.binding)).toEqual(['shop/a', 'shop/b']);
  });
});
