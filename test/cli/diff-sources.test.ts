import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { A, B, bindingText, C, instanceId, Workspace } from './workspace.ts';

describe('diff without a state and without a cloud', () => {
  let workspace: Workspace;
  let repository: string;
  let bindings: string;

  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=x', '-c', 'user.email=x@example.com', ...args], {
      cwd: repository,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim();
  const diff = (...args: string[]) => workspace.run(['diff', ...args], { cwd: repository });
  const write = (name: string, text: string) => writeFileSync(join(bindings, name), text);
  const web = (...groups: string[]) => bindingText({ instances: [instanceId(0)], groups });
  const isCalled = async () =>
    JSON.parse((await workspace.run(['plan', bindings, '-o', 'json'])).stdout).revision;
  let first: string;
  let second: string;

  beforeAll(async () => {
    workspace = await Workspace.open([[A]]);
    repository = join(workspace.folder, 'repository');
    bindings = join(repository, 'envs', 'bindings');
    mkdirSync(bindings, { recursive: true });
    git('init', '-q', '-b', 'main');
    write('web.yaml', web(A, B));
    git('add', '.');
    git('commit', '-q', '-m', 'one');
    first = git('rev-parse', 'HEAD');
    write('web.yaml', web(B, A));
    write('again.yaml', web(B, A));
    write('note.txt', 'not read');
    git('add', '.');
    git('commit', '-q', '-m', 'two');
    second = git('rev-parse', 'HEAD');
    rmSync(join(bindings, 'again.yaml'));
    git('commit', '-q', '-a', '-m', 'three');
  });

  afterAll(() => workspace[Symbol.asyncDispose]());

  it('compares two git revisions of the directory that --source names', async () => {
    const { stdout, code } = await diff('main~2', 'main', '--source', bindings);
    expect(stdout).toContain(`~ shop/web\n    move ${B} 2nd -> 1st\n`);
    expect(stdout).toContain(`main~2 (${first.slice(0, 12)}) -> main (`);
    expect(code).toBe(2);
    const json = JSON.parse((await diff(first, 'HEAD', '--source', 'envs/bindings', '-o', 'json')).stdout);
    expect(json).toMatchObject({ from: { revision: first }, bindings: [{ binding: 'shop/web' }] });
  });

  it('refuses a git revision whose documents are not valid, with the place', async () => {
    git('branch', '-f', 'broken', second);
    const { stderr, code } = await diff(second, 'main', '--source', bindings);
    expect(stderr).toContain('again.yaml:');
    expect(stderr).toContain('nothing was compared');
    expect(code).toBe(1);
  });

  it.each(['plan', 'apply'])('%s suggests the directory that was probably meant', async (command) => {
    const { stderr, code } = await workspace.run([command, 'envs/bindnigs'], { cwd: repository });
    expect(stderr).toBe('error: there is no directory "envs/bindnigs"; did you mean "envs/bindings/"?\n');
    expect(code).toBe(1);
  });

  it('compares two directories', async () => {
    const other = join(workspace.folder, 'other');
    mkdirSync(other, { recursive: true });
    writeFileSync(join(other, 'web.yaml'), web(A, C));
    const { stdout, code } = await diff(other, first, '--source', bindings);
    expect(stdout).toContain(`remove ${C} (was 2nd)`);
    expect(code).toBe(2);
    const same = await diff(other, other);
    expect(same.stdout).toMatch(/both declare the same\.\n$/);
    expect(same.code).toBe(0);
  });

  it('says what can be compared where a name is none of these', async () => {
    const { stderr, code } = await diff('no-such', 'HEAD', '--source', bindings);
    expect(stderr).toContain('"no-such" is no directory, no git revision');
    expect(stderr).toContain('--kubernetes');
    expect(code).toBe(1);
    expect((await diff('HEAD')).stderr).toContain("missing required argument 'TO'");
  });

  it('a checkout is called by its commit while its YAML reads as the commit holds it, else by its content too', async () => {
    const head = git('rev-parse', 'main');
    expect(await isCalled()).toBe(head);
    write('notes.md', 'nobody reads this');
    expect(await isCalled()).toBe(head);
    write('web.yaml', web(A, B));
    expect(await isCalled()).toMatch(new RegExp(`^${head}\\+[0-9a-f]{8}$`));
    git('checkout', '-q', '--', '.');
    write('.gitignore', 'ignored.yaml\n');
    write('ignored.yaml', '# not in the commit, and read all the same\n');
    expect(await isCalled()).toMatch(/\+[0-9a-f]{8}$/);
    rmSync(join(bindings, 'ignored.yaml'));
    rmSync(join(bindings, '.gitignore'));
    expect(await isCalled()).toBe(head);
  });

  it('runs nothing that a repository names', async () => {
    const hook = join(workspace.folder, 'ran');
    const script = join(workspace.folder, 'hook.sh');
    writeFileSync(script, `#!/bin/sh\ntouch ${hook}\n`, { mode: 0o755 });
    for (const name of ['core.fsmonitor', 'core.pager', 'filter.x.clean', 'filter.x.smudge'])
      git('config', name, script);
    mkdirSync(join(repository, '.git', 'info'), { recursive: true });
    writeFileSync(join(repository, '.git', 'info', 'attributes'), '*.yaml filter=x\n');
    rmSync(hook, { force: true });
    await diff('main~2', 'main', '--source', bindings);
    await workspace.run(['plan', bindings]);
    expect(() => execFileSync('test', ['-e', hook])).toThrow();
    for (const name of ['core.fsmonitor', 'core.pager', 'filter.x.clean', 'filter.x.smudge'])
      git('config', '--unset', name);
    rmSync(join(repository, '.git', 'info', 'attributes'));
  });
});
