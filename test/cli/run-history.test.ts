import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/runtime/clock.ts';
import { VirtualClock } from '../../src/runtime/virtual-clock.ts';
import { JournalTable } from '../../src/store/sqlite/journal-table.ts';
import { openForWriting, STATE_FILE_NAME } from '../../src/store/sqlite/state-file.ts';
import { until } from './until.ts';
import { A, B, bindingText, C, instanceId, Workspace } from './workspace.ts';

const DAY_MS = 86_400_000;

/** A journal that an earlier run left: one write that was seen through, and one whose end nobody knows. */
function leaveOldJournal({ stateDir }: Workspace, ageMs: number): void {
  const clock = new VirtualClock(systemClock.now() - ageMs);
  using file = openForWriting(stateDir, { owner: 'test', clock });
  const journal = new JournalTable(file.database, { clock, actor: 'test' });
  const row = {
    account: 'default',
    region: 'ap-guangzhou',
    binding: 'shop/web',
    origin: '{}',
    cause: 'drift',
    api: 'v2',
    before: [A],
    after: [A, B],
    attempt: 1,
  };
  const [done = 0] = journal.append([{ ...row, instanceId: instanceId(0) }]);
  journal.conclude([done], { outcome: 'accepted', requestId: 'r', code: '', message: '' });
  journal.verify(done, [A, B]);
  journal.append([{ ...row, instanceId: instanceId(1) }]);
}

/** Lets neither revisions nor declarations be stored, as when only the small rows of the journal find room. Returns the end of it. */
function fill({ stateDir }: Workspace): () => void {
  const change = (sql: (table: string) => string) => {
    using database = new DatabaseSync(join(stateDir, STATE_FILE_NAME), { timeout: 5_000 });
    for (const table of ['revisions', 'declarations']) database.exec(sql(table));
  };
  change(
    (table) => `CREATE TRIGGER full_${table} BEFORE INSERT ON ${table}
      BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END`,
  );
  return () => change((table) => `DROP TRIGGER full_${table}`);
}

describe.concurrent('the history of a running controller', () => {
  it('is whole until somebody changes it, and tells where it was changed', async () => {
    await using workspace = await Workspace.open([[A], [A]]);
    workspace.write('web.yaml', bindingText({ instances: [instanceId(0), instanceId(1)], groups: [A, B] }));
    await workspace.run(['apply', workspace.bindings, '--yes']);
    const whole = await workspace.run(['history', '--verify']);
    expect(whole).toMatchObject({ code: 0, stderr: '' });
    expect(whole.stdout).toMatch(/^whole: 2 writes\nnewest {2}sha256:[0-9a-f]{64}\n$/);
    using database = new DatabaseSync(join(workspace.stateDir, STATE_FILE_NAME));
    database.exec(`UPDATE journal SET before = '${B}' WHERE id = 1`);
    const broken = await workspace.run(['history', '--verify']);
    expect(broken.code).toBe(1);
    expect(broken.stdout).toContain('broken at write 1: it is not as it was written');
    const data = await workspace.run(['history', '--verify', '-o', 'json']);
    expect(JSON.parse(data.stdout)).toMatchObject({ whole: false, id: 1 });
  });

  it('is verified as a whole, and which flags would narrow it is said', async () => {
    await using workspace = await Workspace.open([]);
    const { code, stderr } = await workspace.run([
      ...['history', '--verify', '--since', '2h', '--limit', '0', '--context', 'prod'],
    ]);
    expect([code, stderr]).toEqual([
      1,
      'error: --verify looks at the whole journal of the state: leave out --since, --limit, --context\n',
    ]);
  });

  it('keeps what every revision declared', async () => {
    await using workspace = await Workspace.open([[A], [A]]);
    const declare = (...groups: string[]) =>
      workspace.write('web.yaml', bindingText({ instances: [instanceId(0)], groups }));
    declare(A, B);
    const controller = workspace.start(['run', '--source', workspace.bindings]);
    await until('the first list', () => workspace.list(0).join() === [A, B].join());
    declare(B, A);
    await until('the second list', () => workspace.list(0).join() === [B, A].join());
    const diff = await workspace.run(['diff', 'latest~1', 'latest']);
    expect(diff.stdout).toContain(`~ shop/web\n    move ${B} 2nd -> 1st\n`);
    const revisions = await workspace.run(['history', '--revisions']);
    expect(revisions.stdout).toMatch(/cvmsg \S+ run, /);
    await controller.stop();
    const again = workspace.start(['run', '--source', workspace.bindings]);
    await again.says('revision sha256:');
    await again.stop();
    const later = await workspace.run(['history', '--revisions']);
    expect(later.stdout, 'a restart is no revision').toBe(revisions.stdout);
  });

  it('writes nothing for a revision before a full disk has taken it, and restarts with it afterwards', async () => {
    await using workspace = await Workspace.open([[A], [A]]);
    const declare = (...groups: string[]) =>
      workspace.write('web.yaml', bindingText({ instances: [instanceId(0)], groups }));
    declare(A, B);
    const run = ['run', '--source', workspace.bindings];
    const controller = workspace.start(run);
    await until('the first list', () => workspace.list(0).join() === [A, B].join());
    const makeRoom = fill(workspace);
    declare(B, A);
    await controller.says('nothing is written to the cloud');
    expect(workspace.list(0)).toEqual([A, B]);
    makeRoom();
    await until('the second list', () => workspace.list(0).join() === [B, A].join());
    const { stdout } = await workspace.run(['history', '--revisions', '-o', 'json']);
    expect(JSON.parse(stdout)).toHaveLength(2);
    await controller.stop('SIGKILL');
    workspace.write('web.yaml', 'x: [');
    const again = workspace.start([...run, '--interval', '300ms']);
    await again.says('what was last validly said stays in force');
    workspace.simulator.state.setList(instanceId(0), [C]);
    await until('the repair', () => workspace.list(0).join() !== C);
    expect(workspace.list(0), 'what was declared last').toEqual([B, A]);
    await again.stop();
  });

  it.each([
    { keep: '30d', isKept: false, reason: 'older than it has to be kept, and seen through' },
    { keep: '90d', isKept: true, reason: 'nothing is that old' },
  ])('removes at start what is older than $keep: $reason', async ({ keep, isKept }) => {
    await using workspace = await Workspace.open([[A], [A]]);
    leaveOldJournal(workspace, 40 * DAY_MS);
    workspace.write('web.yaml', bindingText({ instances: [instanceId(0)], groups: [A] }));
    const controller = workspace.start(['run', '--source', workspace.bindings, '--keep-history', keep]);
    await controller.says('1 write of an earlier run settled by reading back');
    // By a time that a call has confirmed.
    if (!isKept) await controller.says('the oldest history was removed');
    await controller.stop();
    // The other entry is as old, and goes when it is settled in time.
    expect(workspace.journal().some(({ id }) => id === 1)).toBe(isKept);
  });
});
