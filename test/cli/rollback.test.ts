import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { openForReading } from '../../src/store/sqlite/state-file.ts';
import { A, B, bindingText, C, D, instanceId, Workspace } from './workspace.ts';

const ids = (...indexes: number[]) => indexes.map(instanceId);
const rollback = (workspace: Workspace, ...args: string[]) => workspace.run(['rollback', ...args]);
const lists = (workspace: Workspace, count = 3) =>
  Array.from({ length: count }, (_, index) => workspace.list(index).join(' '));

/** What the state remembers beside history. */
function remembered({ stateDir }: Workspace): unknown {
  using file = openForReading(stateDir);
  return ['inventory', 'pending_restores', 'declarations'].map((name) =>
    file.database.prepare(`SELECT * FROM ${name}`).all(),
  );
}

/** Entries 1 to 3 bring `A B` (two instances) and `D`; entry 4 brings `B A`, entry 5 `C`. */
async function twoRevisions(): Promise<Workspace> {
  const workspace = await Workspace.open([[B, A], [A], [A]]);
  const apply = () => workspace.run(['apply', workspace.bindings, '--yes']);
  const other = bindingText({ name: 'other', instances: ids(2), groups: [D] });
  workspace.write('web.yaml', bindingText({ instances: ids(0, 1), groups: [A, B] }));
  workspace.write('deep/other.yaml', `${other}  deletionPolicy: Restore\n`);
  await apply();
  workspace.write('web.yaml', bindingText({ instances: ids(0), groups: [C] }));
  workspace.write('deep/other.yaml', bindingText({ name: 'other', instances: ids(1), groups: [B, A] }));
  workspace.write('new.yaml', bindingText({ name: 'new', instances: ids(2), groups: [D] }));
  await apply();
  return workspace;
}

const FIRST = [`${A} ${B}`, `${A} ${B}`, D];
const SECOND = [C, `${B} ${A}`, D];

describe.concurrent('rollback', () => {
  it('gives back what a revision declared, and says that git stays the truth', async () => {
    await using workspace = await twoRevisions();
    expect(lists(workspace)).toEqual(SECOND);
    const before = remembered(workspace);
    const { code, stdout, stderr } = await rollback(workspace, '--to', 'latest~1', '--yes');
    expect(stderr).toContain('Git stays the truth');
    expect(stdout).toContain(`~ ${instanceId(1)}\n      move ${A} 2nd -> 1st`);
    expect(stdout).toContain('All in sync. 3/3 in sync; 2 instances written');
    expect([code, lists(workspace)]).toEqual([0, FIRST]);
    const rows = workspace.journal().slice(-2);
    expect(rows.map(({ cause, binding }) => [cause, binding])).toEqual([
      ['rolled-back', 'shop/web'],
      ['rolled-back', 'shop/other'],
    ]);
    expect(JSON.parse(rows[0]?.origin ?? '')).toMatchObject({ file: 'web.yaml', revision: /^sha256:/ });
    expect(remembered(workspace), 'nobody owns or owes anything else').toEqual(before);
    const why = await workspace.run(['why', instanceId(0)]);
    expect(why.stdout).toContain(`observed    [${A}, ${B}]`);
    expect(why.stdout).toContain(`Drifted: the groups differ: `);
    expect(why.stdout).toContain('earlier list to be put back for shop/web, web.yaml:1');
    const get = await workspace.run(['get', 'web', '-o', 'json']);
    expect(JSON.parse(get.stdout)).toMatchObject({
      status: {
        inSyncCount: 0,
        conditions: [{ type: 'Ready', status: 'False' }, { type: 'Reconciling' }, {}],
      },
    });
    await workspace.run(['apply', workspace.bindings, '--yes']);
    expect(lists(workspace), 'what is declared comes back').toEqual(SECOND);
  });

  it.each([
    { to: '0', args: [], after: [`${B} ${A}`, A, A], reason: 'before the first write' },
    { to: '3', args: [], after: FIRST, reason: 'after the first apply' },
    { to: '4', args: [], after: [`${A} ${B}`, `${B} ${A}`, D], reason: 'without the last write' },
    { to: '5', args: [], after: SECOND, reason: 'after the last write' },
    {
      to: '0',
      args: ['--instance', instanceId(0)],
      after: [`${B} ${A}`, ...SECOND.slice(1)],
      reason: 'one of them',
    },
  ])('gives back the lists of journal entry $to: $reason', async ({ to, args, after }) => {
    await using workspace = await twoRevisions();
    const before = remembered(workspace);
    const { code, stdout } = await rollback(workspace, '--to', to, '--yes', ...args);
    expect([code, lists(workspace)]).toEqual([0, after]);
    expect(stdout).toContain(`at revision journal entry ${to}: `);
    expect(remembered(workspace)).toEqual(before);
    expect(
      new Set(
        workspace
          .journal()
          .slice(5)
          .map(({ cause }) => cause),
      ).size,
    ).toBeLessThan(2);
  });

  it('goes back from a rollback as from anything else', async () => {
    await using workspace = await twoRevisions();
    await rollback(workspace, '--to', '0', '--yes');
    await rollback(workspace, '--to', '5', '--yes');
    expect(lists(workspace)).toEqual(SECOND);
  });

  it('does not count writes that the cloud rejected', async () => {
    await using workspace = await Workspace.open([[A]]);
    workspace.write('web.yaml', bindingText({ instances: ids(0), groups: [B] }));
    const code = 'InvalidSecurityGroupId.NotFound';
    workspace.simulator.faults.add({ kind: 'error', action: 'ModifyInstancesAttribute', code });
    await workspace.run(['apply', workspace.bindings, '--yes', '--api', 'v3']);
    expect(workspace.journal().map(({ outcome }) => outcome)).toEqual(['rejected']);
    const { stdout } = await rollback(workspace, '--to', '0', '--yes', '-o', 'json');
    expect(JSON.parse(stdout)).toMatchObject({ rollback: { journalId: 0 }, plan: { rows: [] } });
  });

  it('asks, refuses by guards, and leaves alone what is suspended now', async () => {
    await using workspace = await twoRevisions();
    const asked = await rollback(workspace, '--to', '#1');
    expect([asked.code, asked.stderr]).toEqual([1, expect.stringContaining('no terminal to ask on')]);
    const refused = await rollback(workspace, '--to', '#1', '--yes', '--max-groups', '1');
    expect([refused.code, refused.stderr]).toEqual([3, expect.stringContaining('a guard refused')]);
    workspace.write('web.yaml', bindingText({ instances: ids(0), groups: [C], more: '  suspend: true\n' }));
    await workspace.run(['apply', workspace.bindings, '--yes']);
    const held = await rollback(workspace, '--to', '#1', '--yes');
    expect(held.stdout).toContain('held, not counted: spec.suspend is true');
    expect([held.code, lists(workspace)]).toEqual([0, SECOND]);
  });

  it('does the plan with the given digest and no other', async () => {
    await using workspace = await twoRevisions();
    const asked = await rollback(workspace, '--to', '0', '-o', 'json');
    const { digest } = (JSON.parse(asked.stdout) as { plan: { digest: string } }).plan;
    workspace.simulator.state.setList(instanceId(0), [D]);
    const other = await rollback(workspace, '--to', '0', '--plan', digest);
    expect([other.code, workspace.list(0)]).toEqual([3, [D]]);
    workspace.simulator.state.setList(instanceId(0), [C]);
    expect((await rollback(workspace, '--to', '0', '--plan', digest)).code).toBe(0);
    expect(lists(workspace)).toEqual([`${B} ${A}`, A, A]);
    expect(workspace.journal().at(-1)).toMatchObject({
      cause: 'rolled-back',
      authority: expect.stringContaining(digest),
    });
  });

  it('writes the documents of a revision and nothing to the cloud, also beside a controller', async () => {
    await using workspace = await twoRevisions();
    const controller = workspace.start(['run', '--source', workspace.bindings]);
    await controller.says('revision sha256:');
    const refused = await rollback(workspace, '--to', '#1', '--yes');
    expect(refused.stderr).toMatch(/is being written by cvmsg .*--write DIR writes the documents/);
    expect(refused.code).toBe(1);
    const out = join(workspace.folder, 'out');
    const { code, stdout, stderr } = await rollback(workspace, '--to', '#1', '--write', out);
    expect(stdout).toBe(`created ${out}/deep/other.yaml (1 binding)\ncreated ${out}/web.yaml (1 binding)\n`);
    expect(stderr).toContain('shop/new (new.yaml:1) is declared now and was not then');
    expect(stderr).toContain('Nothing was written to the cloud.');
    expect([code, lists(workspace)]).toEqual([0, SECOND]);
    const plan = await workspace.run(['plan', out, '-o', 'json']);
    const rows = (JSON.parse(plan.stdout) as { rows: { after: string[] }[] }).rows;
    expect(rows.map(({ after }) => after.join(' ')).sort()).toEqual([...FIRST].sort());
    expect(readFileSync(join(out, 'deep/other.yaml'), 'utf8')).toContain('deletionPolicy: Restore');
    writeFileSync(join(out, 'web.yaml'), 'mine: true\n');
    const again = await rollback(workspace, '--to', '#1', '--write', out);
    expect(again.stdout).toMatch(/^unchanged .*other\.yaml.*\nreplaced .*web\.yaml/);
    await controller.stop();
  });

  it('edits only the lists that differ: comments, labels and layout of the file stay', async () => {
    await using workspace = await Workspace.open([[A], [A]]);
    const text = (sgIds: string) =>
      `# the web servers\n${bindingText({ name: 'a', instances: ids(0), groups: [B] })
        .replace('name: a,', 'name: a, labels: {team: x},')
        .replace(`[${B}]`, sgIds)}  # kept\n`;
    const path = workspace.write('a.yaml', text(`[${B}]`));
    const other = workspace.write(
      'b.yaml',
      `# b\n${bindingText({ name: 'b', instances: ids(1), groups: [C] })}`,
    );
    await workspace.run(['apply', workspace.bindings, '--yes']);
    const before = readFileSync(other, 'utf8');
    workspace.write('a.yaml', text(`[${C}, ${B}]`));
    await workspace.run(['apply', workspace.bindings, '--yes']);
    const { stdout } = await rollback(workspace, '--to', '#1', '--write', workspace.bindings);
    expect(stdout).toMatch(/^replaced .*a\.yaml.*\nunchanged .*b\.yaml/);
    expect([readFileSync(path, 'utf8'), readFileSync(other, 'utf8')]).toEqual([text(`[${B}]`), before]);
  });

  it('leaves in a file that it replaces what is declared now and was not then', async () => {
    await using workspace = await Workspace.open([[A], [A]]);
    const apply = () => workspace.run(['apply', workspace.bindings, '--yes']);
    const path = workspace.write('a.yaml', bindingText({ name: 'a', instances: ids(0), groups: [B] }));
    await apply();
    workspace.write('a.yaml', bindingText({ name: 'b', instances: ids(1), groups: [C] }));
    await apply();
    const { stdout, stderr } = await rollback(workspace, '--to', '#1', '--write', workspace.bindings);
    const names = parseAllDocuments(readFileSync(path, 'utf8')).map(
      (document) => (document.toJS() as { metadata: { name: string } }).metadata.name,
    );
    expect(names.sort()).toEqual(['a', 'b']);
    expect(stdout).toContain('a.yaml (2 bindings)');
    expect(stderr).toContain('shop/b (a.yaml:1) is declared now and was not then');
  });

  it('writes edited documents for a journal entry, such that they declare the lists of then', async () => {
    await using workspace = await Workspace.open([[A], [B], [C]]);
    const more = bindingText({ name: 'more', instances: ids(2), groups: [D] });
    workspace.write('all.yaml', `${bindingText({ instances: ids(0, 1), groups: [A, D] })}---\n${more}`);
    await workspace.run(['apply', workspace.bindings, '--yes']);
    const args = ['--to', '0', '--write', workspace.bindings];
    const one = await rollback(workspace, ...args, '--instance', instanceId(1));
    expect(one.stdout).toContain(`replaced ${workspace.bindings}/all.yaml (3 bindings)`);
    const documents = () =>
      parseAllDocuments(readFileSync(join(workspace.bindings, 'all.yaml'), 'utf8')).map(
        (document) => document.toJS() as { metadata: { name: string }; spec: { sgIds: string[] } },
      );
    expect(documents().map(({ metadata, spec }) => [metadata.name, spec.sgIds.join(' ')])).toEqual([
      ['web', `${A} ${D}`],
      ['more', D],
      ['web-back', B],
    ]);
    await rollback(workspace, ...args);
    expect(documents().map(({ metadata, spec }) => [metadata.name, spec.sgIds.join(' ')])).toEqual([
      ['web', A],
      ['more', C],
      ['web-back', B],
    ]);
    await workspace.run(['apply', workspace.bindings, '--yes']);
    expect(lists(workspace)).toEqual([A, B, C]);
  });

  it.each([
    { args: [], words: '--to: name a revision', reason: 'no target' },
    { args: ['--to', '99'], words: 'no entry 99, its newest is 5', reason: 'an entry that is not there' },
    { args: ['--to', 'zzz'], words: '"zzz" names no recorded revision', reason: 'an unknown revision' },
    { args: ['--to', '0', '--instance', 'i-1'], words: 'Expected an instance id', reason: 'no instance id' },
    {
      args: ['--to', '4', '--instance', instanceId(1)],
      words: `--instance: ${instanceId(1)}: not written after entry 4`,
      reason: 'an instance that was not written since',
    },
    {
      args: ['--to', '#1', '--instance', 'ins-zzzzzzzz'],
      words: 'ins-zzzzzzzz: not declared by revision #1',
      reason: 'an instance that was not declared',
    },
  ])('refuses $reason with exit code 1', async ({ args, words }) => {
    await using workspace = await twoRevisions();
    const { code, stderr, stdout } = await rollback(workspace, ...args);
    expect(stderr).toContain(words);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  });
});
