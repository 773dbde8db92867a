import { describe, expect, it } from 'vitest';
import { until } from './until.ts';
import { A, B, bindingText, instanceId, Workspace } from './workspace.ts';

const holds = (workspace: Workspace, list: readonly string[]) =>
  until(`the list ${list.join(', ')}`, () => workspace.list(0).join() === list.join());

describe.concurrent('reconcile', () => {
  it('has an instance read and repaired at once, and waits until it was', async () => {
    await using workspace = await Workspace.open([[B, A]]);
    workspace.write('web.yaml', bindingText({ instances: [instanceId(0)], groups: [A, B] }));
    const program = workspace.start(['run', '--source', workspace.bindings, '--interval', '1h']);
    await holds(workspace, [A, B]);
    await until('the status', async () => (await workspace.run(['get'])).stdout.includes('True'));
    workspace.simulator.state.setList(instanceId(0), [B]);
    const { code, stdout, stderr } = await workspace.run(['reconcile', 'shop/web', '--wait']);
    expect(stderr).toBe('');
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^shop\/web: asked at 2\S+Z\nshop\/web: handled\n$/),
    });
    expect(workspace.list(0)).toEqual([A, B]);
    const get = await workspace.run(['get', 'bindings', 'shop/web', '-o', 'yaml']);
    expect(get.stdout).toMatch(/lastHandledReconcileAt: "?2/);
    expect((await program.stop()).code).toBe(0);
  });

  it.each([
    { args: ['web'], words: 'no controller keeps', reason: 'nobody would read the request' },
    { args: ['shop/'], words: 'Expected the name of a binding', reason: 'no name' },
    { args: ['shop/web', '-n', 'other'], words: 'Expected one namespace', reason: 'two namespaces' },
  ])('is refused: $reason', async ({ args, words }) => {
    await using workspace = await Workspace.open([[A]]);
    const { code, stderr } = await workspace.run(['reconcile', ...args]);
    expect(code).toBe(1);
    expect(stderr).toContain(words);
  });

  it('says which bindings there are when it is asked for another one', async () => {
    await using workspace = await Workspace.open([[A, B]]);
    workspace.write('web.yaml', bindingText({ instances: [instanceId(0)], groups: [A, B] }));
    const program = workspace.start(['run', '--source', workspace.bindings]);
    await until('the status', async () => (await workspace.run(['get'])).stdout.includes('True'));
    const { code, stderr } = await workspace.run(['reconcile', 'shop/api']);
    expect(code).toBe(1);
    expect(stderr).toContain('`cvmsg get` lists the bindings');
    await program.stop();
  });
});
