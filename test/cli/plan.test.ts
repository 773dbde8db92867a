import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { STATE_FILE_NAME } from '../../src/store/sqlite/state-file.ts';
import { A, B, bindingText, C, D, fleetOf, GROUPS, instanceId, REGION, Workspace } from './workspace.ts';

const plan = (workspace: Workspace, ...args: string[]) =>
  workspace.run(['plan', workspace.bindings, ...args]);

describe.concurrent('plan', () => {
  it('exits 0 and says so when there is nothing to do', async () => {
    await using workspace = await Workspace.open([[A, B]]);
    workspace.write('web.yaml', bindingText({ instances: [instanceId(0)], groups: [A, B] }));
    const { code, stdout } = await plan(workspace);
    expect(stdout).toMatch(
      /^Plan for 1 binding at revision sha256:[0-9a-f]{12}: nothing to change, 1 in sync\.\n$/,
    );
    expect(code).toBe(0);
  });

  it('shows moves, additions and removals with positions and the lists, exits 2 and writes nothing', async () => {
    await using workspace = await Workspace.open([[B, A], [A], [A, C, B], [D]]);
    const instances = [0, 1, 2].map(instanceId);
    const web = bindingText({ instances, groups: [A, B] });
    const held = bindingText({
      name: 'held',
      instances: [instanceId(3)],
      groups: [C],
      more: '  suspend: true\n',
    });
    workspace.write('web.yaml', `${web}---\n${held}`);
    const { code, stdout } = await plan(workspace);
    expect(stdout).toContain('shop/web  ap-guangzhou (credentials default)  web.yaml:1');
    expect(stdout).toContain(
      `~ ${instanceId(0)}\n      move ${A} 2nd -> 1st\n      [${B}, ${A}] -> [${A}, ${B}]`,
    );
    expect(stdout).toContain(`~ ${instanceId(1)}\n      add ${B} 2nd\n`);
    expect(stdout).toContain(`~ ${instanceId(2)}\n      remove ${C} (was 2nd)\n`);
    expect(stdout).toContain('held, not counted: spec.suspend is true');
    expect(stdout).toContain('3 instances to change, 0 in sync, 1 held.');
    expect(stdout).toContain('replaces the whole security-group list on the primary network interface');
    expect(code).toBe(2);
    expect(workspace.simulator.state.history).toEqual([]);
  });

  it('names the binding that has owned a contested instance, by whose list is written', async () => {
    const fleet = fleetOf([[D]]);
    await using workspace = await Workspace.open([], {
      fleet: {
        ...fleet,
        regions: {
          [REGION]: {
            securityGroups: GROUPS.map((securityGroupId) => ({ securityGroupId })),
            instances: [{ instanceId: instanceId(0), securityGroupIds: [D], tags: { app: 'web' } }],
          },
        },
      },
    });
    const selecting = (name: string, groups: readonly string[]) =>
      bindingText({ name, instances: [], groups }).replace(
        'instanceIds: []',
        'instanceSelector: {tags: {app: web}}',
      );
    workspace.write('web.yaml', selecting('web', [A, B]));
    await workspace.run(['apply', workspace.bindings, '--yes']);
    // Of contenders that nobody has seen before, it would come first.
    workspace.write('api.yaml', selecting('api', [C]));
    workspace.write('web.yaml', selecting('web', [B, A]));
    const change = `[${A}, ${B}] -> [${B}, ${A}]`;
    expect((await plan(workspace)).stdout).toContain(change);
    const applied = await workspace.run(['apply', workspace.bindings, '--yes']);
    expect(applied.stdout).toContain(change);
    expect(workspace.simulator.state.history.at(-1)).toMatchObject({ after: [B, A] });
  });

  it('counts what has changed of late, as apply does', async () => {
    await using workspace = await Workspace.open([[D], [D], [D], [D]]);
    const policy = workspace.policy('blastRadius: { share: 1%, count: 2, period: 10m }');
    const declare = (name: string, ...numbers: number[]) =>
      workspace.write(`${name}.yaml`, bindingText({ name, instances: numbers.map(instanceId), groups: [A] }));
    declare('web', 0, 1);
    await workspace.run(['apply', workspace.bindings, '--yes', '--policy', policy]);
    declare('api', 2, 3);
    const waits = 'with what has changed of late, more than 2 instances';
    const planned = await plan(workspace, '--policy', policy);
    expect(planned.stdout).toContain(waits);
    expect(planned.code).toBe(3);
    const applied = await workspace.run(['apply', workspace.bindings, '--yes', '--policy', policy]);
    expect(applied.stdout).toContain(waits);
    expect(applied.stderr).toContain('a guard refused 2 instances; nothing was written');
    expect(applied.code).toBe(3);
  });

  it('says so when the state cannot tell who has owned what, and plans all the same', async () => {
    await using workspace = await Workspace.open([[A, B]]);
    workspace.write('web.yaml', bindingText({ instances: [instanceId(0)], groups: [A, B] }));
    expect((await plan(workspace)).stderr).toBe('');
    await workspace.run(['apply', workspace.bindings, '--yes']);
    writeFileSync(
      join(workspace.stateDir, STATE_FILE_NAME),
      'not a database, and long enough to be looked at',
    );
    const { code, stdout, stderr } = await plan(workspace);
    expect(stderr).toContain('warning: ');
    expect(stderr).toContain('so the plan does not know who owned what');
    expect(stdout).toContain('nothing to change, 1 in sync');
    expect(code).toBe(0);
  });

  it('exits 0 when only held bindings differ', async () => {
    await using workspace = await Workspace.open([[D]]);
    const more = '  mode: Observe\n';
    workspace.write('held.yaml', bindingText({ instances: [instanceId(0)], groups: [C], more }));
    expect((await plan(workspace)).code).toBe(0);
  });

  it('groups the instances that get the same change', async () => {
    await using workspace = await Workspace.open(Array.from({ length: 1000 }, () => [B, A]));
    const instances = Array.from({ length: 1000 }, (_, index) => instanceId(index));
    workspace.write('web.yaml', bindingText({ instances, groups: [A, B] }));
    const policy = workspace.policy('blastRadius: none');
    const { code, stdout } = await plan(workspace, '--policy', policy);
    expect(stdout).toContain(`~ 1,000 instances: ${instances.slice(0, 5).join(', ')} and 995 more\n`);
    expect(stdout.split('\n').length).toBeLessThan(14);
    expect(code).toBe(2);
  });

  it('writes rows and a summary as JSON', async () => {
    await using workspace = await Workspace.open([
      [B, A],
      [A, B],
    ]);
    workspace.write('web.yaml', bindingText({ instances: [0, 1].map(instanceId), groups: [A, B] }));
    const { code, stdout } = await plan(workspace, '-o', 'json');
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({
      summary: { instances: 2, inSync: 1, changes: 1 },
      rows: [
        {
          instanceId: instanceId(0),
          result: 'change',
          before: [B, A],
          after: [A, B],
          steps: [{ op: 'move', sgId: A, from: 1, to: 0 }],
        },
        { instanceId: instanceId(1), result: 'in-sync', steps: [] },
      ],
    });
  });

  it('writes a table and details as Markdown', async () => {
    await using workspace = await Workspace.open([[B, A]]);
    workspace.write('web.yaml', bindingText({ instances: [instanceId(0)], groups: [A, B] }));
    const { stdout } = await plan(workspace, '-o', 'markdown');
    expect(stdout).toContain('### cvmsg plan: 1 instance to change');
    expect(stdout).toContain(`| \`shop/web\` | ap-guangzhou | 1 | move ${A} 2nd -&gt; 1st | change |`);
    expect(stdout).toContain('<details><summary>shop/web (web.yaml:1)</summary>');
  });

  it('prints every diagnostic of invalid documents, asks nobody, and exits 1', async () => {
    await using workspace = await Workspace.open([[B, A]]);
    workspace.write('good.yaml', bindingText({ instances: [instanceId(0)], groups: [A, B] }));
    workspace.write('bad.yaml', bindingText({ name: 'bad', instances: ['i-1'], groups: ['x'] }));
    const { code, stderr, stdout } = await plan(workspace);
    expect(stderr).toContain(`${workspace.bindings}/bad.yaml:6:17: error`);
    expect(stderr).toContain(`${workspace.bindings}/bad.yaml:7:11: error`);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(workspace.simulator.calls.entries()).toEqual([]);
  });

  it('exits 3 when a guard refuses a change and says which', async () => {
    await using workspace = await Workspace.open([[A]]);
    workspace.write('web.yaml', bindingText({ instances: [instanceId(0)], groups: GROUPS }));
    const { code, stdout } = await plan(workspace);
    expect(stdout).toContain('refused: spec.sgIds has 6 groups');
    expect(code).toBe(3);
    expect((await plan(workspace, '--max-groups', '6')).stdout).toContain('refused: ');
    const policy = workspace.policy('verifyGroups: false');
    expect((await plan(workspace, '--max-groups', '6', '--policy', policy)).code).toBe(2);
  });

  it('exits 1 for an instance that the cloud does not know', async () => {
    await using workspace = await Workspace.open([[A]]);
    workspace.write('web.yaml', bindingText({ instances: [instanceId(0), instanceId(9)], groups: [A] }));
    const { code, stdout } = await plan(workspace);
    expect(stdout).toContain(
      `! ${instanceId(9)}\n      unreadable: the cloud knows no such instance in ap-guangzhou`,
    );
    expect(code).toBe(1);
  });

  it.each([
    {
      env: { CVMSG_ENDPOINT: 'http://127.0.0.1:1' },
      words: 'the cloud at http://127.0.0.1:1 cannot be reached',
      reason: 'nobody answers',
    },
    { env: { TENCENTCLOUD_SECRET_KEY: 'wrong' }, words: 'check the credentials', reason: 'the key is wrong' },
    {
      env: { TENCENTCLOUD_SECRET_ID: '', TENCENTCLOUD_SECRET_KEY: '', TKE_ROLE_ARN: 'x' },
      words: 'check the credentials',
      reason: 'there is no key',
    },
  ])('exits 1 and says what to check when $reason', async ({ env, words }) => {
    await using workspace = await Workspace.open([[A]]);
    workspace.write('web.yaml', bindingText({ instances: [instanceId(0)], groups: [A] }));
    const { code, stderr } = await workspace.run(['plan', workspace.bindings], {
      env: env as Record<string, string>,
    });
    expect(stderr).toContain(words);
    expect(code).toBe(1);
  });

  it('survives a cloud that throttles and fails for a while', async () => {
    await using workspace = await Workspace.open([[B, A]]);
    workspace.simulator.faults.add({ kind: 'throttle', count: 2 });
    workspace.simulator.faults.add({ kind: 'http', status: 502, count: 1 });
    workspace.write('web.yaml', bindingText({ instances: [instanceId(0)], groups: [A, B] }));
    expect((await plan(workspace)).code).toBe(2);
  });

  it.each(['v2', 'v3'])(
    'names a region that the cloud does not offer, and the one that was meant (%s)',
    async (api) => {
      await using workspace = await Workspace.open([[A, B]]);
      const text = bindingText({ instances: [instanceId(0)], groups: [A, B] });
      workspace.write('web.yaml', text.replace('ap-guangzhou', 'ap-nanjin'));
      const { code, stdout, stderr } = await plan(workspace, '--api', api);
      expect(`${stdout}${stderr}`).toContain('does not offer region "ap-nanjin"');
      expect(code).toBe(1);
    },
  );

  it('says why a directory cannot be planned', async () => {
    await using workspace = await Workspace.open([]);
    const missing = await workspace.run(['plan', '/nonexistent']);
    expect(missing.stderr).toContain('"/nonexistent" is missing');
    const empty = await plan(workspace);
    expect(empty.stderr).toContain('holds no YAML file');
    expect([missing.code, empty.code]).toEqual([1, 1]);
  });
});
