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
import { silentLog } from '../runtime/log.ts';
import { VirtualClock } from '../runtime/virtual-clock.ts';
import { CommitTable } from '../store/sqlite/commit-table.ts';
import { DeclarationTable } from '../store/sqlite/declaration-table.ts';
import { openInMemory } from '../store/sqlite/state-file.ts';
import { DirectorySource } from './directory-source.ts';
import { diskTree, type FileTree } from './file-tree.ts';
import type { CommittedContent } from './revision-poller.ts';
import { treeDigest } from './tree-walk.ts';
import { noWatch } from './watcher.ts';

const C1 = '1'.repeat(40);
const C2 = '2'.repeat(40);
let top = '';
const at = (...parts: string[]) => join(top, ...parts);

beforeEach(() => {
  top = realpathSync(mkdtempSync(join(tmpdir(), 'cvmsg-settling-')));
});
afterEach(() => rmSync(top, { recursive: true, force: true }));

const text = (name: string, groups = 'sg-aaaaaaaa') =>
  [
    'apiVersion: cvmsg.dev/v1alpha1',
    'kind: CvmSecurityGroupBinding',
    `metadata: { name: ${name}, namespace: shop }`,
    `spec: { region: ap-guangzhou, instanceIds: [ins-${name.padEnd(8, '0')}], sgIds: [${groups}] }`,
    '',
  ].join('\n');

type Files = Readonly<Record<string, string>>;

function write(folder: string, files: Files): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
}

const tree = (commit: string) => at('.worktrees', commit);

/** Sets the link before the worktree is whole, as a program does that is not git-sync. */
function publish(commit: string, files: Files): void {
  write(tree(commit), files);
  link(commit);
}

function link(commit: string): void {
  symlinkSync(join('.worktrees', commit), at('link.tmp'));
  renameSync(at('link.tmp'), at('link'));
}

const openMemory = () => {
  const { database } = openInMemory();
  return { store: new DeclarationTable(database), commits: new CommitTable(database) };
};

/** A source that tells by name what each revision says, and what was removed at any time. */
class Observer {
  readonly clock = new VirtualClock();
  readonly source: DirectorySource;
  readonly revisions: string[] = [];
  readonly removed: string[] = [];
  readonly problems: string[] = [];
  readonly warnings: string[] = [];
  readonly #abort = new AbortController();
  readonly #run: Promise<void>;

  constructor(
    options: {
      readonly root?: string;
      readonly memory?: ReturnType<typeof openMemory>;
      readonly tree?: FileTree;
      readonly committed?: CommittedContent;
    } = {},
  ) {
    const { root = at('link'), memory = openMemory(), tree = diskTree, committed } = options;
    this.source = new DirectorySource({
      root,
      tree,
      clock: this.clock,
      log: { ...silentLog, warn: (_, message) => void this.warnings.push(message) },
      watch: noWatch,
      committed,
      ...memory,
    });
    this.#run = this.source.run(
      {
        ...silentListener,
        changed: () => undefined,
        revision: ({ revision, removed }) => {
          this.revisions.push(revision);
          this.removed.push(...removed);
        },
        problem: (problem) => this.problems.push(problem?.code ?? 'none'),
      },
      this.#abort.signal,
    );
  }

  async look(ms = 5_000): Promise<this> {
    await this.clock.advance(ms);
    return this;
  }

  get declared(): string {
    return [...this.source.keys()]
      .map((key) => this.source.get(key)?.name)
      .sort()
      .join(' ');
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#run;
  }
}

describe('a publication whose link was set before it was whole', () => {
  it.each([
    { reason: 'files come later', half: { 'a.yaml': text('a') }, whole: { 'b.yaml': text('b') } },
    {
      reason: 'a file was written in part',
      half: { 'a.yaml': text('a'), 'b.yaml': text('b').slice(0, 60) },
      whole: { 'b.yaml': text('b') },
    },
    {
      reason: 'the second document of a file comes later',
      half: { 'a.yaml': text('a') },
      whole: { 'a.yaml': `${text('a')}---\n${text('b')}` },
    },
  ])('removes nothing while it is filled: $reason', async ({ half, whole }) => {
    publish(C1, { 'a.yaml': text('a'), 'b.yaml': text('b') });
    const seen = await new Observer().look();
    publish(C2, half);
    await seen.look(2_000);
    write(tree(C2), whole);
    await seen.look();
    expect([seen.declared, seen.revisions, seen.removed]).toEqual(['a b', [C1, C2], []]);
    await seen.stop();
  });

  it('is obeyed at once where it removes nothing', async () => {
    publish(C1, { 'a.yaml': text('a') });
    const seen = await new Observer().look();
    publish(C2, { 'a.yaml': text('a', 'sg-bbbbbbbb'), 'b.yaml': text('b') });
    await seen.look(1_050);
    expect(seen.revisions).toEqual([C1, C2]);
    await seen.stop();
  });

  it('is obeyed at once where git tells that its commit removes so much', async () => {
    publish(C1, { 'a.yaml': text('a'), 'b.yaml': text('b') });
    write(tree(C2), { 'a.yaml': text('a') });
    const committed: CommittedContent = { digestAt: async () => treeDigest(diskTree, tree(C2)) };
    const seen = await new Observer({ committed }).look();
    link(C2);
    await seen.look(1_100);
    expect([seen.revisions, seen.removed]).toEqual([[C1, C2], ['shop/b']]);
    await seen.stop();
  });

  it('is healed and told when it is whole, although it was obeyed half', async () => {
    const memory = openMemory();
    publish(C1, { 'a.yaml': text('a'), 'b.yaml': text('b') });
    const seen = await new Observer({ memory }).look();
    publish(C2, { 'a.yaml': text('a') });
    await seen.look(20_000);
    expect(seen.declared).toBe('a');
    write(tree(C2), { 'b.yaml': text('b'), 'c.yaml': text('c') });
    await seen.look(60_000);
    expect([seen.declared, seen.revisions, seen.problems]).toEqual(['a b c', [C1, C2, C2], []]);
    expect(seen.warnings).toEqual([expect.stringContaining('was seen half then')]);
    await seen.stop();
    const later = await new Observer({ memory }).look();
    expect([later.declared, later.problems]).toEqual(['a b c', []]);
    await later.stop();
  });

  it('is obeyed by the next process when it became whole in between', async () => {
    const memory = openMemory();
    publish(C1, { 'a.yaml': text('a') });
    await (await new Observer({ memory }).look()).stop();
    write(tree(C1), { 'b.yaml': text('b') });
    const seen = await new Observer({ memory }).look();
    expect([seen.declared, seen.problems]).toEqual(['a b', []]);
    await seen.stop();
  });

  it('is looked at again in a volume of a ConfigMap too', async () => {
    write(at('vol', '..1'), { 'a.yaml': text('a') });
    symlinkSync('..1', at('vol', '..data'));
    const seen = await new Observer({ root: at('vol') }).look();
    write(at('vol', '..1'), { 'b.yaml': text('b') });
    await seen.look(60_000);
    expect(seen.declared).toBe('a b');
    rmSync(at('vol', '..1', 'b.yaml'));
    await seen.look(60_000);
    expect([seen.declared, seen.problems]).toEqual(['a b', ['altered']]);
    await seen.stop();
  });
});

describe('a publication that loses files after it was obeyed', () => {
  it('is told and not obeyed, and well again when they are back', async () => {
    publish(C1, { 'a.yaml': text('a'), 'b.yaml': text('b') });
    const seen = await new Observer().look(600_000);
    rmSync(join(tree(C1), 'b.yaml'));
    await seen.look(60_000);
    expect([seen.declared, seen.problems]).toEqual(['a b', ['altered']]);
    expect(seen.source.problem?.message).toContain('it has 1 files and 1 valid bindings, and had 2 files');
    write(tree(C1), { 'b.yaml': text('b') });
    await seen.look();
    expect([seen.declared, seen.problems, seen.revisions]).toEqual(['a b', ['altered', 'none'], [C1]]);
    await seen.stop();
  });

  it('is not obeyed by the next process either, nor when each file is broken', async () => {
    const memory = openMemory();
    publish(C1, { 'a.yaml': text('a'), 'b.yaml': text('b') });
    await (await new Observer({ memory }).look()).stop();
    write(tree(C1), { 'a.yaml': 'x: [', 'b.yaml': 'x: [' });
    const broken = await new Observer({ memory }).look(30_000);
    expect([broken.source.synced, broken.problems]).toEqual([false, ['altered']]);
    rmSync(join(tree(C1), 'b.yaml'));
    write(tree(C1), { 'a.yaml': text('a') });
    await broken.look(30_000);
    expect([broken.source.synced, broken.problems.at(-1)]).toEqual([false, 'altered']);
    publish(C2, { 'a.yaml': text('a') });
    await broken.look();
    expect([broken.declared, broken.removed, broken.problems.at(-1)]).toEqual(['a', ['shop/b'], 'none']);
    await broken.stop();
  });

  it('is looked at seldom while nothing happens', async () => {
    publish(C1, { 'a.yaml': text('a') });
    let lists = 0;
    const counted: FileTree = {
      ...diskTree,
      list(path) {
        lists++;
        return diskTree.list(path);
      },
    };
    const seen = await new Observer({ tree: counted }).look(60_000);
    lists = 0;
    await seen.look(600_000);
    expect(lists).toBeGreaterThan(0);
    expect(lists).toBeLessThanOrEqual(21);
    await seen.stop();
  });
});

describe('a checkout in which git is at work', () => {
  const lock = () => at('checkout', '.git', 'index.lock');
  beforeEach(() => {
    write(at('checkout', '.git'), { HEAD: `${C1}\n` });
    write(at('checkout'), { 'a.yaml': text('a'), 'b.yaml': text('b') });
  });

  it('is left alone until git is done', async () => {
    const seen = await new Observer({ root: at('checkout') }).look();
    writeFileSync(lock(), '');
    rmSync(at('checkout', 'b.yaml'));
    await seen.look(60_000);
    expect([seen.declared, seen.removed, seen.problems]).toEqual(['a b', [], ['unsettled']]);
    expect(seen.source.problem?.message).toContain('git is at work in it');
    write(at('checkout'), { 'b.yaml': text('b', 'sg-bbbbbbbb') });
    rmSync(lock());
    await seen.look();
    expect([seen.declared, seen.removed, seen.problems.at(-1)]).toEqual(['a b', [], 'none']);
    await seen.stop();
  });

  it('is read although a lock was left behind, which is said once', async () => {
    writeFileSync(lock(), '');
    const seen = await new Observer({ root: at('checkout') }).look(4 * 60_000);
    expect(seen.declared).toBe('');
    await seen.look(2 * 60_000);
    expect(seen.declared).toBe('a b');
    write(at('checkout'), { 'c.yaml': text('c') });
    await seen.look();
    expect(seen.declared).toBe('a b c');
    expect(seen.warnings).toEqual([expect.stringContaining('index.lock" was left behind by a git command')]);
    await seen.stop();
  });

  it('is left alone in a worktree that has its own folder in the repository', async () => {
    write(at('repo', '.git', 'worktrees', 'w'), { HEAD: `${C1}\n`, 'index.lock': '' });
    write(tree(C2), { '.git': `gitdir: ${at('repo', '.git', 'worktrees', 'w')}\n` });
    publish(C2, { 'a.yaml': text('a') });
    const seen = await new Observer().look(10_000);
    expect(seen.declared).toBe('');
    rmSync(at('repo', '.git', 'worktrees', 'w', 'index.lock'));
    await seen.look();
    expect(seen.declared).toBe('a');
    await seen.stop();
  });
});
