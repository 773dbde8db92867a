import { describe, expect, it } from 'vitest';
import { logged } from './program.ts';
import { A, B, bindingText, instanceId, Workspace } from './workspace.ts';

/** A program in the middle of a write that takes a second. */
async function inAWrite(workspace: Workspace, ...args: string[]) {
  workspace.write('web.yaml', bindingText({ instances: [instanceId(0)], groups: [A, B] }));
  workspace.simulator.faults.add({ kind: 'latency', ms: 1_000, action: 'ModifySecurityGroupsOfInstance' });
  const program = workspace.start([...args, '--log-level', 'info']);
  await program.says('difference found');
  return program;
}

describe.concurrent('a terminal that hangs up', () => {
  it.each([
    { args: ['apply', '--yes'], code: 130 },
    { args: ['run', '--source'], code: 0 },
  ])('lets the calls of $args.0 finish, however often it says so', async ({ args, code }) => {
    await using workspace = await Workspace.open([[B, A]]);
    const program = await inAWrite(workspace, ...args, workspace.bindings);
    // The terminal, the shell and its end each send one.
    program.child.kill('SIGHUP');
    program.child.kill('SIGHUP');
    program.child.stderr?.destroy();
    program.child.stdout?.destroy();
    await new Promise((resolve) => setImmediate(resolve));
    const ended = await program.stop('SIGHUP');
    expect(ended).toMatchObject({ code, signal: null });
    expect(workspace.journal().map(({ outcome }) => outcome)).toEqual(['accepted']);
    expect(workspace.list(0)).toEqual([A, B]);
  });

  it('is no reason to end at once when the process is asked to stop by another', async () => {
    await using workspace = await Workspace.open([[B, A]]);
    const program = await inAWrite(workspace, 'run', '--source', workspace.bindings);
    program.child.kill('SIGHUP');
    await program.says('stopping: no new calls');
    const { code, stderr } = await program.stop('SIGTERM');
    expect(code).toBe(0);
    expect(logged(stderr)).not.toContainEqual(expect.stringContaining('ending at once'));
    expect(workspace.journal().map(({ outcome }) => outcome)).toEqual(['accepted']);
  });
});
