/** A real repository, published as git-sync publishes it, converging a fleet. */
import { execFileSync } from 'node:child_process';
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
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { diskTree } from '../../src/directory/file-tree.ts';
import type { RevisionReport, SourceProblem } from '../../src/ports/source.ts';
import type { BindingStatus } from '../../src/ports/status.ts';
import { seededRandom } from '../../src/runtime/random.ts';
import { VirtualClock } from '../../src/runtime/virtual-clock.ts';
import { createSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import { EngineProcess } from '../simulation/engine-process.ts';

const REGION = 'ap-guangzhou';
const GROUPS = ['sg-aaaaaaaa', 'sg-bbbbbbbb', 'sg-cccccccc'];
const document = (
  name: string,
  instance: number,
  groups: string,
  more = '',
) => `apiVersion: cvmsg.dev/v1alpha1
kind: CvmSecurityGroupBinding
metadata: { name: ${name}, namespace: shop }
spec:
  region: ${REGION}
  instanceIds: [ins-0000000${instance}]
  sgIds: [${groups}]
${more}`;

class PublishedRepository {
  readonly top = realpathSync(mkdtempSync(join(tmpdir(), 'cvmsg-published-')));
  readonly #repository = join(this.top, 'repository');
  #published = '';

  constructor() {
    mkdirSync(this.#repository);
    this.#git('init', '-q', '-b', 'main');
  }

  get link(): string {
    return join(this.top, 'link');
  }

  /** Commits these files and publishes the commit; the old worktree is removed at once. Returns the commit. */
  publish(files: Readonly<Record<string, string | undefined>>): string {
    for (const [name, text] of Object.entries(files)) {
      if (text === undefined) rmSync(join(this.#repository, name));
      else writeFileSync(join(this.#repository, name), text);
    }
    this.#git('add', '-A');
    this.#git('commit', '-q', '-m', 'change');
    const commit = this.#git('rev-parse', 'HEAD');
    this.publishAgain(commit);
    return commit;
  }

  /** Publishes a commit once more; these files are deleted from its worktree first, as by a hand that slipped. */
  publishAgain(commit: string, deleted: readonly string[] = []): void {
    const worktree = join(this.top, '.worktrees', commit);
    if (this.#published !== worktree) this.#git('worktree', 'add', '-q', '--detach', worktree, commit);
    for (const name of deleted) rmSync(join(worktree, name));
    symlinkSync(join('.worktrees', commit), `${this.link}.tmp`);
    renameSync(`${this.link}.tmp`, this.link);
    if (this.#published !== '' && this.#published !== worktree) {
      this.#git('worktree', 'remove', '--force', this.#published);
    }
    this.#published = worktree;
  }

  #git(...args: string[]): string {
    const identity = ['-c', 'user.name=t', '-c', 'user.email=t@example.com'];
    return execFileSync('git', ['-C', this.#repository, ...identity, ...args], {
      encoding: 'utf8',
      env: { PATH: process.env.PATH, HOME: this.top, GIT_CONFIG_NOSYSTEM: '1' },
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  }
}

let repository: PublishedRepository;
let clock: VirtualClock;
let simulator: Simulator;
let engine: EngineProcess;
let database: DatabaseSync;
const revisions: RevisionReport[] = [];
const problems: (SourceProblem | undefined)[] = [];
const statuses = new Map<string, BindingStatus>();
const list = (n: number) => simulator.state.list(`ins-0000000${n}`).join(', ');
const ready = (name: string) => statuses.get(`shop/${name}`)?.conditions.find((one) => one.type === 'Ready');

beforeEach(() => {
  repository = new PublishedRepository();
  clock = new VirtualClock();
  database = new DatabaseSync(':memory:');
  revisions.length = 0;
  problems.length = 0;
  statuses.clear();
  simulator = createSimulator({
    clock,
    random: seededRandom(1),
    latencyMs: 20,
    fleet: {
      accounts: ['default'],
      regions: {
        [REGION]: {
          securityGroups: GROUPS.map((securityGroupId) => ({ securityGroupId })),
          instances: [1, 2, 3].map((n) => ({
            instanceId: `ins-0000000${n}`,
            securityGroupIds: ['sg-aaaaaaaa', 'sg-bbbbbbbb'],
          })),
        },
      },
    },
  });
});

function start(): void {
  engine = new EngineProcess({
    clock,
    random: seededRandom(2),
    simulator,
    tree: diskTree,
    root: repository.link,
    database,
    api: 'v2',
    onStatuses: (reported) => {
      for (const status of reported) statuses.set(status.key, status);
    },
    onRevision: (report) => revisions.push(report),
    onProblem: (problem) => problems.push(problem),
  });
}

afterEach(() => {
  engine.kill();
  rmSync(repository.top, { recursive: true, force: true });
});

describe('a published repository', () => {
  it('converges a fleet from commit to commit, and names each commit', async () => {
    const first = repository.publish({
      'a.yaml': document('a', 1, 'sg-bbbbbbbb, sg-aaaaaaaa'),
      'b.yaml': document('b', 2, 'sg-cccccccc'),
    });
    start();
    await clock.advance(10_000);
    expect([list(1), list(2), list(3)]).toEqual([
      'sg-bbbbbbbb, sg-aaaaaaaa',
      'sg-cccccccc',
      'sg-aaaaaaaa, sg-bbbbbbbb',
    ]);
    const second = repository.publish({ 'b.yaml': document('b', 2, 'sg-cccccccc, sg-aaaaaaaa') });
    await clock.advance(5_000);
    expect(list(2)).toBe('sg-cccccccc, sg-aaaaaaaa');
    expect(revisions.map((report) => report.revision)).toEqual([first, second]);
    expect(statuses.get('shop/b')?.origin).toMatchObject({ file: 'b.yaml', revision: second });
    expect(statuses.get('shop/a')?.origin).toMatchObject({ file: 'a.yaml', revision: first });
    expect(ready('b')).toMatchObject({ status: 'True' });
  });

  it('names a broken document at its place, and disturbs nothing else', async () => {
    repository.publish({
      'a.yaml': document('a', 1, 'sg-cccccccc'),
      'b.yaml': document('b', 2, 'sg-cccccccc'),
    });
    start();
    await clock.advance(10_000);
    repository.publish({
      'a.yaml': document('a', 1, 'sg-wrong!'),
      'b.yaml': document('b', 2, 'sg-bbbbbbbb'),
      'c.yaml': document('c', 3, 'sg-cccccccc'),
    });
    simulator.state.setList('ins-00000001', []);
    await clock.advance(80_000);
    expect([list(1), list(2), list(3)]).toEqual(['sg-cccccccc', 'sg-bbbbbbbb', 'sg-cccccccc']);
    expect(revisions[1]?.diagnostics).toMatchObject([{ file: 'a.yaml', line: 7, path: 'spec.sgIds[0]' }]);
    expect(ready('a')).toMatchObject({ status: 'False', reason: 'InvalidDocument' });
    expect(ready('a')?.message).toContain('a.yaml:7:');
    repository.publish({ 'a.yaml': document('a', 1, 'sg-bbbbbbbb') });
    await clock.advance(10_000);
    expect(list(1)).toBe('sg-bbbbbbbb');
    expect(ready('a')).toMatchObject({ status: 'True' });
  });

  it('lets go of what a commit removes, and leaves its list', async () => {
    repository.publish({
      'a.yaml': document('a', 1, 'sg-cccccccc'),
      'b.yaml': document('b', 2, 'sg-cccccccc'),
    });
    start();
    await clock.advance(10_000);
    repository.publish({ 'a.yaml': undefined });
    await clock.advance(5_000);
    simulator.state.setList('ins-00000001', ['sg-aaaaaaaa']);
    await clock.advance(120_000);
    expect([list(1), list(2)]).toEqual(['sg-aaaaaaaa', 'sg-cccccccc']);
    expect(revisions[1]).toMatchObject({ removed: ['shop/a'] });
  });

  it('goes on with what was declared when the directory is deleted, and says so', async () => {
    repository.publish({ 'a.yaml': document('a', 1, 'sg-cccccccc') });
    start();
    await clock.advance(10_000);
    rmSync(repository.link);
    simulator.state.setList('ins-00000001', ['sg-aaaaaaaa']);
    await clock.advance(120_000);
    expect(list(1)).toBe('sg-cccccccc');
    expect(problems.map((problem) => problem?.code)).toEqual(['missing']);
  });

  it.each([
    { reason: 'while no process ran', restart: true },
    { reason: 'while another commit was published', restart: false },
  ])(
    'does not obey a commit that lost a file $reason, and obeys it when it is whole again',
    async ({ reason, restart }) => {
      const restoring = '  deletionPolicy: Restore\n';
      const first = repository.publish({
        'a.yaml': document('a', 1, 'sg-cccccccc', restoring),
        'b.yaml': document('b', 2, 'sg-cccccccc', restoring),
      });
      start();
      await clock.advance(10_000);
      if (restart) {
        await engine.stop();
        repository.publishAgain(first, ['b.yaml']);
        start();
      } else {
        repository.publish({ 'a.yaml': document('a', 1, 'sg-bbbbbbbb', restoring) });
        await clock.advance(5_000);
        repository.publishAgain(first, ['b.yaml']);
      }
      await clock.advance(60_000);
      expect(list(2), reason).toBe('sg-cccccccc');
      expect(problems).toMatchObject([{ code: 'altered', message: expect.stringContaining(first) }]);
      repository.publish({ 'c.yaml': document('c', 3, 'sg-cccccccc') });
      repository.publishAgain(first);
      await clock.advance(10_000);
      expect([list(1), list(2)]).toEqual(['sg-cccccccc', 'sg-cccccccc']);
      expect(problems.at(-1)).toBeUndefined();
      expect(revisions.at(-1)).toMatchObject({ revision: first, bindings: 2 });
    },
  );
});
