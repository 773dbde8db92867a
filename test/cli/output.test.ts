import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { Program } from './program.ts';
import { until } from './until.ts';
import { A, B, bindingText, instanceId, REGION, Workspace } from './workspace.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

const all = (count: number) => Array.from({ length: count }, (_, index) => instanceId(index));

/** Runs a line of the shell in which `cvmsg` is the program; what it prints is what the line prints. */
function shell(workspace: Workspace, line: string): Program {
  const cvmsg = `cvmsg() { '${process.execPath}' '${MAIN}' "$@"; }`;
  return new Program(['-c', `${cvmsg}\n${line}`], { command: 'bash', env: workspace.env });
}

/** Resolves when the controller has written once, and once more after a change by hand. */
async function repairs(workspace: Workspace): Promise<void> {
  const holds = () => workspace.list(0).join() === [A, B].join();
  await until('the first write', holds);
  await until('the read back', () => workspace.journal().every(({ observed }) => observed !== undefined));
  workspace.simulator.state.setList(instanceId(0), [B, A]);
  await until('the repair', holds);
}

describe.concurrent('output that nobody reads any more', () => {
  it('does not keep apply from writing everything and telling how it ended', async () => {
    await using workspace = await Workspace.open(all(3).map(() => [B, A]));
    workspace.write('web.yaml', bindingText({ instances: all(3), groups: [A, B] }));
    const line = `cvmsg apply '${workspace.bindings}' --yes 2>&1 | true; echo "codes \${PIPESTATUS[*]}"`;
    const { stdout } = await shell(workspace, line).ended;
    expect(stdout).toBe('codes 0 0\n');
    expect([0, 1, 2].map((index) => workspace.list(index))).toEqual([
      [A, B],
      [A, B],
      [A, B],
    ]);
    expect(workspace.journal().map(({ outcome }) => outcome)).toEqual(['accepted', 'accepted', 'accepted']);
  });

  it('does not stop a controller, which repairs drift as before', async () => {
    await using workspace = await Workspace.open([[B, A]]);
    workspace.write('web.yaml', bindingText({ instances: all(1), groups: [A, B] }));
    const pidFile = join(workspace.folder, 'pid');
    const run = `echo $BASHPID > '${pidFile}'; exec '${process.execPath}' '${MAIN}' run --source '${workspace.bindings}' --interval 300ms`;
    const program = shell(workspace, `( ${run} ) 2>&1 | head -1 >/dev/null; echo "codes \${PIPESTATUS[*]}"`);
    await repairs(workspace);
    process.kill(Number(readFileSync(pidFile, 'utf8')), 'SIGTERM');
    expect((await program.ended).stdout).toBe('codes 0 0\n');
  });

  it.each(['validate', 'plan'])('leaves %s its exit code and not a word on stderr', async (command) => {
    await using workspace = await Workspace.open([[B, A]]);
    const instances = command === 'validate' ? ['no-instance'] : all(1);
    workspace.write('web.yaml', bindingText({ instances, groups: [A, B] }));
    const line = `cvmsg ${command} '${workspace.bindings}' | true; echo "codes \${PIPESTATUS[*]}"`;
    const { stdout, stderr } = await shell(workspace, line).ended;
    expect({ stdout, stderr }).toEqual({
      stdout: command === 'validate' ? 'codes 1 0\n' : 'codes 2 0\n',
      stderr: '',
    });
  });
});

/** A device that is always full; Linux has one. */
const FULL = '/dev/full';

describe.skipIf(!existsSync(FULL)).concurrent('output that cannot be written', () => {
  it.each(['plan bindings', `export --region ${REGION} --all`, 'history'])(
    'is told by `%s` in one sentence and an exit code',
    async (words) => {
      await using workspace = await Workspace.open([[B, A]]);
      workspace.write('web.yaml', bindingText({ instances: all(1), groups: [A, B] }));
      if (words === 'history') await workspace.run(['apply', workspace.bindings, '--yes']);
      const line = `cd '${workspace.folder}'; cvmsg ${words} --log-level error > ${FULL}`;
      const { code, stderr } = await shell(workspace, line).ended;
      expect(stderr).toMatch(/(?:^|\n)error: the output cannot be written: no space left on device\n$/);
      expect(stderr).not.toContain('    at ');
      expect(code).toBe(1);
    },
  );

  it('does not keep apply from writing everything, and its exit code tells', async () => {
    await using workspace = await Workspace.open([[B, A]]);
    workspace.write('web.yaml', bindingText({ instances: all(1), groups: [A, B] }));
    const { code, stderr } = await shell(workspace, `cvmsg apply '${workspace.bindings}' --yes > ${FULL}`)
      .ended;
    expect(stderr).toMatch(/\nerror: the output cannot be written: no space left on device\n$/);
    expect([code, workspace.list(0)]).toEqual([1, [A, B]]);
    expect(workspace.journal().map(({ outcome }) => outcome)).toEqual(['accepted']);
  });

  it('does not stop a controller whose log it was, which repairs drift as before', async () => {
    await using workspace = await Workspace.open([[B, A]]);
    workspace.write('web.yaml', bindingText({ instances: all(1), groups: [A, B] }));
    const run = `run --source '${workspace.bindings}' --interval 300ms --log-level debug`;
    const program = shell(workspace, `exec '${process.execPath}' '${MAIN}' ${run} 2> ${FULL}`);
    await repairs(workspace);
    expect((await program.stop()).code).toBe(0);
  });
});
