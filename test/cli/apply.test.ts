import { describe, expect, it } from 'vitest';
import { A, B, bindingText, C, D, GROUPS, instanceId, Workspace } from './workspace.ts';

const apply = (workspace: Workspace, ...args: string[]) =>
  workspace.run(['apply', workspace.bindings, ...args]);
const all = (count: number) => Array.from({ length: count }, (_, index) => instanceId(index));

describe.concurrent('apply', () => {
  it('writes the declared order, reads it back, and leaves a complete journal', async () => {
    await using workspace = await Workspace.open([[B, A], [A], [A, B]]);
    workspace.write('web.yaml', bindingText({ instances: all(3), groups: [A, B] }));
    const { code, stdout } = await apply(workspace, '--yes');
    expect(stdout).toContain(`move ${A} 2nd -> 1st`);
    expect(stdout).toMatch(/All in sync\. 3\/3 in sync; 2 instances written, \d+ calls, \d+s\.\n$/);
    expect(code).toBe(0);
    expect([0, 1, 2].map((index) => workspace.list(index))).toEqual([
      [A, B],
      [A, B],
      [A, B],
    ]);
    const rows = workspace.journal();
    expect(
      rows.map(({ instanceId: id, before, after, outcome, observed }) => ({
        id,
        before,
        after,
        outcome,
        observed,
      })),
    ).toEqual([
      { id: instanceId(0), before: [B, A], after: [A, B], outcome: 'accepted', observed: [A, B] },
      { id: instanceId(1), before: [A], after: [A, B], outcome: 'accepted', observed: [A, B] },
    ]);
    expect(rows[0]?.actor).toMatch(/^cvmsg \S+ apply, \S+@\S+, process \d+$/);
    expect(rows[0]?.requestId).not.toBe('');
    const again = await apply(workspace, '--yes');
    expect(again.stdout).toContain('nothing to change, 3 in sync');
    expect([again.code, workspace.journal().length]).toEqual([0, 2]);
  });

  it('refuses to write without a terminal and without --yes, and says why', async () => {
    await using workspace = await Workspace.open([[B, A]]);
    workspace.write('web.yaml', bindingText({ instances: all(1), groups: [A, B] }));
    const { code, stderr, stdout } = await apply(workspace);
    expect(stdout).toContain('1 instance to change');
    expect(stderr).toContain('there is no terminal to ask on, so nothing was written; say --yes');
    expect([code, workspace.list(0)]).toEqual([1, [B, A]]);
  });

  it('makes the changes that no guard refuses, and exits 3 for the others', async () => {
    await using workspace = await Workspace.open([[B, A], [A]]);
    const good = bindingText({ instances: [instanceId(0)], groups: [A, B] });
    const long = bindingText({ name: 'long', instances: [instanceId(1)], groups: GROUPS });
    workspace.write('all.yaml', `${good}---\n${long}`);
    const { code, stdout } = await apply(workspace, '--yes');
    expect(stdout).toContain('spec.sgIds has 6 groups');
    expect([code, workspace.list(0), workspace.list(1)]).toEqual([3, [A, B], [A]]);
  });

  it('names each instance that has not converged with its reason, converges the others, and exits 4', async () => {
    await using workspace = await Workspace.open([
      [B, A],
      [B, A],
      [B, A],
    ]);
    workspace.simulator.faults.add({
      kind: 'error',
      action: 'ModifyInstancesAttribute',
      code: 'InvalidSecurityGroupId.NotFound',
      message: 'no such group',
      instanceIds: [instanceId(1)],
    });
    workspace.write('web.yaml', bindingText({ instances: [...all(3), instanceId(9)], groups: [A, B] }));
    const { code, stdout } = await apply(workspace, '--yes', '--api', 'v3');
    expect(stdout).toContain('2 instances not converged. 2/4 in sync');
    expect(stdout).toMatch(
      new RegExp(`! ${instanceId(1)} {2}Failed {2}NotFound: InvalidSecurityGroupId.NotFound: no such group`),
    );
    expect(stdout).toMatch(new RegExp(`! ${instanceId(9)} {2}NotFound`));
    expect(code).toBe(4);
    expect([0, 1, 2].map((index) => workspace.list(index))).toEqual([
      [A, B],
      [B, A],
      [A, B],
    ]);
  });

  it('leaves suspended and observed bindings alone and does not fail for them', async () => {
    await using workspace = await Workspace.open([[D], [B, A]]);
    const held = bindingText({
      name: 'held',
      instances: [instanceId(0)],
      groups: [C],
      more: '  mode: Observe\n',
    });
    workspace.write('all.yaml', `${held}---\n${bindingText({ instances: [instanceId(1)], groups: [A, B] })}`);
    const { code, stdout } = await apply(workspace, '--yes', '-o', 'json');
    expect(JSON.parse(stdout)).toMatchObject({
      apply: { end: 'done', inSync: 1, held: 1, notConverged: [] },
    });
    expect([code, workspace.list(0), workspace.list(1)]).toEqual([0, [D], [A, B]]);
  });

  it('ends with what is left when its time is up', async () => {
    await using workspace = await Workspace.open([[B, A]]);
    workspace.simulator.faults.add({ kind: 'error', code: '7000', action: 'ModifySecurityGroupsOfInstance' });
    workspace.write('web.yaml', bindingText({ instances: all(1), groups: [A, B] }));
    const { code, stdout } = await apply(workspace, '--yes', '--timeout', '1500ms');
    expect(stdout).toMatch(/Time is up; 1 instance not converged\..*\n.*Retrying {2}CloudError: 7000/);
    expect(code).toBe(4);
  });

  it('finishes the calls in flight on Ctrl-C, says what was done, and exits 130', async () => {
    await using workspace = await Workspace.open(all(40).map(() => [B, A]));
    workspace.write('web.yaml', bindingText({ instances: all(40), groups: [A, B] }));
    workspace.simulator.faults.add({ kind: 'latency', ms: 1_000, action: 'ModifySecurityGroupsOfInstance' });
    const program = workspace.start([
      'apply',
      workspace.bindings,
      '--yes',
      '--writes-per-second',
      '1',
      '--log-level',
      'info',
    ]);
    await program.says('difference found');
    const { code, stdout } = await program.stop('SIGINT');
    expect(stdout).toContain('Interrupted; the calls in flight were finished.');
    expect(stdout).toContain('20 instances written');
    expect(code).toBe(130);
    expect(workspace.journal().map(({ outcome }) => outcome)).toEqual(
      Array.from({ length: 20 }, () => 'accepted'),
    );
    expect(workspace.list(0)).toEqual([A, B]);
    expect(workspace.list(39)).toEqual([B, A]);
  });
});
