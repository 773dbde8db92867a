import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { A, B, bindingText, instanceId, REGION, Workspace } from './workspace.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const WEB = bindingText({ instances: [instanceId(0)], groups: [A] });

describe.concurrent('a directory of bindings', () => {
  it.each([
    { args: (file: string) => ['plan', file], flag: '' },
    { args: (file: string) => ['apply', file, '--yes'], flag: '' },
    { args: (file: string) => ['run', '--source', file], flag: '--source: ' },
    { args: (file: string) => ['approve', DIGEST, '--source', file], flag: '--source: ' },
    { args: (file: string) => ['rollback', '--to', 'latest', '--write', file], flag: '--write: ' },
    {
      args: (file: string) => ['export', '--region', REGION, '--all', '--out', file],
      flag: '--out: ',
    },
  ])('is demanded where a file is named: $flag', async ({ args, flag }) => {
    await using workspace = await Workspace.open([[A]]);
    const file = workspace.write('web.yaml', WEB);
    await workspace.run(['apply', workspace.bindings, '--yes']);
    const { code, stdout, stderr } = await workspace.run(args(file));
    expect(stderr).toBe(
      `error: ${flag}"${file}" is a file; name a directory, such as "${workspace.bindings}"\n`,
    );
    expect([code, stdout]).toEqual([1, '']);
  });

  it('that declares no binding is told to hold none, by plan and by apply', async () => {
    await using workspace = await Workspace.open([[A]]);
    workspace.write('chart/values.yaml', 'replicas: 2\n');
    workspace.write('other.yaml', 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: other}\n');
    const warning = `warning: "${workspace.bindings}" declares no binding: 2 YAML files, 2 documents of other kinds; name the directory of the bindings\n`;
    const plan = await workspace.run(['plan', workspace.bindings]);
    expect(plan.stdout).toMatch(/^Plan for 0 bindings at revision \S+: no binding, so nothing to change/);
    expect([plan.stderr, plan.code]).toEqual([warning, 0]);
    const markdown = await workspace.run(['plan', workspace.bindings, '-o', 'markdown']);
    expect(markdown.stdout).toContain('### cvmsg plan: no bindings\n');
    const apply = await workspace.run(['apply', workspace.bindings, '--yes']);
    expect([apply.stderr.split('\n')[0], apply.code]).toEqual([warning.trimEnd(), 0]);
  });

  it('is named once for an approval', async () => {
    await using workspace = await Workspace.open([[A]]);
    const { bindings, folder } = workspace;
    const args = ['approve', DIGEST, '--source', bindings, '--source', folder];
    const { code, stderr } = await workspace.run(args);
    expect(stderr).toBe('error: --source: Expected one, got 2; give an approval for each\n');
    expect(code).toBe(1);
    expect([existsSync(join(bindings, 'approvals')), existsSync(join(folder, 'approvals'))]).toEqual([
      false,
      false,
    ]);
  });

  it('keeps the files of another export, which are named', async () => {
    await using workspace = await Workspace.open([[A], [B]]);
    const out = join(workspace.folder, 'out');
    mkdirSync(out);
    const into = (...args: string[]) =>
      workspace.run(['export', '--region', REGION, '--out', out, ...args, '--log-level', 'error']);
    await into('--all');
    const [first = '', second = ''] = readdirSync(out);
    expect(second).not.toBe('');
    // Its own files that are no longer produced go.
    workspace.simulator.state.setList(instanceId(1), [A]);
    expect((await into('--all')).stdout).toContain('1 removed');
    const [kept = ''] = readdirSync(out);
    expect([first, second]).toContain(kept);
    workspace.simulator.state.setList(instanceId(1), [B]);
    workspace.simulator.state.setList(instanceId(0), [B]);
    const { stderr, code } = await into('--vpc', 'vpc-00000001');
    expect(stderr).toContain(
      `note: "${out}" also holds ${kept}, of another export or import, which stays; remove it where this run replaces that one`,
    );
    expect(code).toBe(0);
  });
});

describe.concurrent('validate', () => {
  it.each(['pipe', 'device'])('refuses a %s, whose reading might never end', async (kind) => {
    await using workspace = await Workspace.open([[A]]);
    const path = kind === 'pipe' ? join(workspace.folder, 'pipe') : '/dev/zero';
    if (kind === 'pipe') execFileSync('mkfifo', [path]);
    const { code, stderr } = await workspace.run(['validate', path]);
    expect(stderr).toBe(
      `error: "${path}" is neither a file nor a directory; name one of these, or - for standard input\n`,
    );
    expect(code).toBe(1);
  });

  it('reads what a shell hands over as an open pipe', async () => {
    await using workspace = await Workspace.open([[A]]);
    const file = workspace.write('web.yaml', WEB);
    const main = join(import.meta.dirname, '../../src/main.ts');
    const { code, stdout } = await workspace.run(
      ['-c', `"${process.execPath}" "${main}" validate <(cat "${file}")`],
      { command: 'bash' },
    );
    expect(stdout).toContain('1 valid binding');
    expect(code).toBe(0);
  });
});
