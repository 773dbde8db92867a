import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { until } from './until.ts';
import { A, B, bindingText, C, instanceId, Workspace } from './workspace.ts';

/** Instance 0 had [B] and 1 had [C]; `apply` gave both [A], and only `other` is to stay. */
async function applied(more = '  deletionPolicy: Restore\n'): Promise<Workspace> {
  const workspace = await Workspace.open([[B], [C]]);
  workspace.write('web.yaml', bindingText({ instances: [instanceId(0)], groups: [A], more }));
  workspace.write('other.yaml', bindingText({ name: 'other', instances: [instanceId(1)], groups: [A] }));
  expect((await workspace.run(['apply', workspace.bindings, '--yes'])).code).toBe(0);
  expect([workspace.list(0), workspace.list(1)]).toEqual([[A], [A]]);
  return workspace;
}

async function bindingsIn(workspace: Workspace): Promise<string[]> {
  const { stdout } = await workspace.run(['get', '-o', 'json']);
  const { items } = JSON.parse(stdout) as { items: { metadata: { name: string } }[] };
  return items.map(({ metadata }) => metadata.name);
}

const removed = (workspace: Workspace) => rmSync(join(workspace.bindings, 'web.yaml'));

async function runUntilRead(workspace: Workspace, source = workspace.bindings): Promise<void> {
  const program = workspace.start(['run', '--source', source]);
  await program.says('whichever is more');
  await until('the status', async () => (await bindingsIn(workspace)).includes('other'));
  await program.stop();
}

describe.concurrent('a binding that only apply has seen', () => {
  it('is restored by a run on the same directory once it is removed, and is listed no more', async () => {
    await using workspace = await applied();
    removed(workspace);
    const program = workspace.start(['run', '--source', workspace.bindings]);
    await until('the list from before', () => workspace.list(0).join() === B);
    await until('the end in get', async () => (await bindingsIn(workspace)).join() === 'other');
    expect((await program.stop()).code).toBe(0);
    expect(workspace.list(1)).toEqual([A]);
    expect(workspace.journal().map(({ cause, binding }) => `${cause} ${binding}`)).toEqual([
      'first-seen shop/other',
      'first-seen shop/web',
      'restored shop/web',
    ]);
  });

  it('is restored too when a later apply was without it already', async () => {
    await using workspace = await applied();
    removed(workspace);
    expect((await workspace.run(['apply', workspace.bindings, '--yes'])).code).toBe(0);
    expect(workspace.list(0)).toEqual([A]);
    const program = workspace.start(['run', '--source', workspace.bindings]);
    await until('the list from before', () => workspace.list(0).join() === B);
    await until('the end in get', async () => (await bindingsIn(workspace)).join() === 'other');
    await program.stop();
  });

  it('keeps its groups without the policy, and is listed no more', async () => {
    await using workspace = await applied('');
    removed(workspace);
    const program = workspace.start(['run', '--source', workspace.bindings]);
    await until('the end in get', async () => (await bindingsIn(workspace)).join() === 'other');
    await program.stop();
    expect(workspace.list(0)).toEqual([A]);
  });

  it('is left alone by a run on another directory, which cannot know what that one declares', async () => {
    await using workspace = await applied();
    workspace.write(
      'below/other.yaml',
      bindingText({ name: 'other', instances: [instanceId(1)], groups: [A] }),
    );
    await runUntilRead(workspace, join(workspace.bindings, 'below'));
    expect(workspace.list(0)).toEqual([A]);
    expect((await bindingsIn(workspace)).sort()).toEqual(['other', 'web']);
  });
});
