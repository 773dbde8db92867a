import { existsSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Fleet } from '../../src/simulator/fleet.ts';
import { A, B, bindingText, C, D, GROUPS, instanceId, REGION, Workspace } from './workspace.ts';

const exported = (workspace: Workspace, ...args: string[]) =>
  workspace.run(['export', '--region', REGION, '--out', workspace.bindings, ...args]);

/** Names, texts and times of change: what git and a reader of the folder see. */
function look(folder: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(folder)
      .sort()
      .map((name) => {
        const path = join(folder, name);
        const { mtimeNs, ino } = statSync(path, { bigint: true });
        return [name, `${ino} ${mtimeNs}\n${readFileSync(path, 'utf8')}`];
      }),
  );
}

const FLEET: Fleet = {
  accounts: ['default'],
  regions: {
    [REGION]: {
      securityGroups: GROUPS.map((securityGroupId, index) => ({
        securityGroupId,
        name: index === 0 ? 'web\n# front' : '',
      })),
      instances: [
        { instanceId: instanceId(0), securityGroupIds: [A, B], tags: { app: 'web', env: 'prod' } },
        { instanceId: instanceId(1), securityGroupIds: [B, A], tags: { app: 'web' }, vpcId: 'vpc-one' },
        { instanceId: instanceId(2), securityGroupIds: [A, B], tags: { app: 'api' }, vpcId: 'vpc-one' },
        { instanceId: instanceId(3), securityGroupIds: [], tags: { app: 'web' } },
      ],
    },
  },
};

describe.concurrent('export', () => {
  it.each(['v2', 'v3'])(
    'writes one binding for each ordered list, and plan finds nothing to change: %s',
    async (api) => {
      await using workspace = await Workspace.open([], { fleet: FLEET });
      const { code, stdout, stderr } = await exported(
        workspace,
        '--all',
        '--namespace',
        'shop',
        '--api',
        api,
      );
      expect(stdout).toContain(
        `2 bindings for 3 instances in "${workspace.bindings}": 2 files written, 0 unchanged, 0 removed.`,
      );
      expect(stderr).toContain(`1 instance without any: ${instanceId(3)}. Give them a group`);
      expect(code).toBe(0);
      const files = readdirSync(workspace.bindings);
      expect(files).toEqual([
        expect.stringMatching(new RegExp(`^${A}-2-[0-9a-f]{10}\\.yaml$`)),
        expect.stringMatching(new RegExp(`^${B}-2-[0-9a-f]{10}\\.yaml$`)),
      ]);
      expect(
        readFileSync(join(workspace.bindings, files[0] ?? ''), 'utf8'),
      ).toBe(`# cvmsg export --region ${REGION} --all
# The next such run rewrites this file. Delete these two lines to keep it as your own.
# yaml-language-server: $schema=https://cvmsg.dev/schemas/cvmsecuritygroupbinding-v1alpha1.json
apiVersion: cvmsg.dev/v1alpha1
kind: CvmSecurityGroupBinding
metadata:
  name: ${files[0]?.replace('.yaml', '')}
  namespace: shop
spec:
  region: ${REGION}
  instanceIds:
    - ${instanceId(0)}
    - ${instanceId(2)}
  sgIds:
    - ${A} # web # front
    - ${B}
`);
      const plan = await workspace.run(['plan', workspace.bindings, '--api', api]);
      expect(plan.stdout).toContain('Plan for 2 bindings');
      expect(plan.stdout).toContain('nothing to change, 3 in sync');
      expect([plan.code, plan.stderr]).toEqual([0, '']);
      expect(workspace.simulator.state.history).toEqual([]);
    },
  );

  it('touches no file when it is run again, and follows what has changed', async () => {
    await using workspace = await Workspace.open([[A], [B], [B], [C]]);
    expect((await exported(workspace, '--all')).code).toBe(0);
    const first = look(workspace.bindings);
    const again = await exported(workspace, '--all');
    expect(again.stdout).toContain('0 files written, 3 unchanged, 0 removed');
    expect(look(workspace.bindings)).toEqual(first);
    workspace.simulator.state.setList(instanceId(3), [B]);
    const third = await exported(workspace, '--all');
    expect(third.stdout).toContain('1 file written, 1 unchanged, 1 removed');
    expect(readdirSync(workspace.bindings)).toHaveLength(2);
    expect((await workspace.run(['plan', workspace.bindings])).code).toBe(0);
  });

  it('exports 1,201 instances of one list as documents that the schema allows', async () => {
    await using workspace = await Workspace.open(Array.from({ length: 1_201 }, () => [A, B]));
    expect((await exported(workspace, '--all')).stdout).toContain('2 bindings for 1,201 instances');
    const plan = await workspace.run(['plan', workspace.bindings]);
    expect([plan.code, plan.stdout]).toEqual([0, expect.stringContaining('1,201 in sync')]);
  });

  it.each([
    { args: ['--tag', 'app=web'], instances: 2, words: '--tag app=web' },
    { args: ['--tag', 'env=prod', '--tag', 'app=web'], instances: 1, words: '--tag app=web --tag env=prod' },
    { args: ['--vpc', 'vpc-one'], instances: 2, words: '--vpc vpc-one' },
  ])('takes what fits $args', async ({ args, instances, words }) => {
    await using workspace = await Workspace.open([], { fleet: FLEET });
    const { stdout } = await exported(workspace, ...args, '-o', 'json');
    const summary = JSON.parse(stdout);
    expect(summary).toMatchObject({ region: REGION, selection: `--region ${REGION} ${words}`, instances });
    expect(summary.written).toEqual(readdirSync(workspace.bindings));
  });

  it('writes one stream to stdout without --out, and a short region means the long one', async () => {
    await using workspace = await Workspace.open([], { fleet: FLEET });
    const { code, stdout, stderr } = await workspace.run(['export', '--region', 'gz', '--all']);
    expect(code).toBe(0);
    expect(stdout.match(/^---$/gm)).toHaveLength(2);
    expect(stdout).not.toContain('# cvmsg');
    expect(stderr).toContain('2 bindings for 3 instances.');
    workspace.write('all.yaml', stdout);
    expect((await workspace.run(['plan', workspace.bindings])).code).toBe(0);
    const reported = await workspace.run(['export', '--region', 'gz', '--all', '-o', 'json']);
    expect(JSON.parse(reported.stdout)).toMatchObject({
      undeclarable: [instanceId(3)],
      documents: [{ spec: { region: REGION, sgIds: [A, B] } }, { spec: { sgIds: [B, A] } }],
    });
  });

  it('refuses a name that somebody else has, and has done nothing then', async () => {
    await using workspace = await Workspace.open([[A], [B]]);
    await exported(workspace, '--all');
    const [name = ''] = readdirSync(workspace.bindings);
    const path = join(workspace.bindings, name);
    writeFileSync(path, bindingText({ instances: [instanceId(0)], groups: [A] }));
    workspace.simulator.state.setList(instanceId(1), [C]);
    const before = look(workspace.bindings);
    const { code, stderr } = await exported(workspace, '--all');
    expect(stderr).toContain(
      `already holds ${name}, which was not written by this command; nothing was written`,
    );
    expect(code).toBe(1);
    expect(look(workspace.bindings)).toEqual(before);
  });

  it('leaves every file alone that is not of the same export', async () => {
    await using workspace = await Workspace.open([[A], [B]]);
    workspace.write('own.yaml', bindingText({ instances: [instanceId(9)], groups: [D] }));
    workspace.write('notes.txt', `# cvmsg export --region ${REGION} --all\n`);
    workspace.write('other.yaml', `# cvmsg export --region ap-shanghai --all\n`);
    workspace.write('deep/old.yaml', `# cvmsg export --region ${REGION} --all\n`);
    workspace.write('.hidden.yaml', 'kind: Other\n');
    symlinkSync('deep/old.yaml', join(workspace.bindings, 'link.yaml'));
    const old = workspace.write('old.yaml', `# cvmsg export --region ${REGION} --all\n`);
    expect((await exported(workspace, '--all')).stdout).toContain('2 files written, 0 unchanged, 1 removed');
    expect(existsSync(old)).toBe(false);
    expect(readdirSync(workspace.bindings).filter((name) => !name.startsWith('sg-'))).toEqual([
      '.hidden.yaml',
      'deep',
      'link.yaml',
      'notes.txt',
      'other.yaml',
      'own.yaml',
    ]);
  });

  it('does not take an account that shows nothing for a fleet that is gone', async () => {
    await using workspace = await Workspace.open([[A]]);
    await exported(workspace, '--all');
    const before = look(workspace.bindings);
    workspace.simulator.state.setList(instanceId(0), []);
    const { code, stderr } = await exported(workspace, '--all');
    expect([code, stderr]).toEqual([1, expect.stringContaining('nothing was removed')]);
    expect(look(workspace.bindings)).toEqual(before);
    const empty = await workspace.run(['export', '--region', REGION, '--tag', 'no=one']);
    expect([empty.code, empty.stdout, empty.stderr]).toEqual([0, '', '0 bindings for 0 instances.\n']);
  });

  it.each([
    { args: ['--all'], words: '--region: say which region', reason: 'no region' },
    { args: ['--region', REGION], words: 'by one of these', reason: 'no way to select' },
    { args: ['--region', REGION, '--all', '--vpc', 'vpc-a'], words: 'by one of these', reason: 'two ways' },
    {
      args: ['--region', REGION, '--tag', 'web'],
      words: '--tag: Expected KEY=VALUE, got "web"',
      reason: 'no value',
    },
    {
      args: ['--region', REGION, '--tag', 'a=1', '--tag', 'a=2'],
      words: '"a" is given twice',
      reason: 'one key twice',
    },
    { args: ['--region', 'Guangzhou!', '--all'], words: 'such as ap-guangzhou', reason: 'no region name' },
    {
      args: ['--region', REGION, '--all', '--namespace', 'Shop'],
      words: '--namespace: Expected a namespace, lower-case',
      reason: 'no namespace name',
    },
  ])('exits 1 and asks nobody: $reason', async ({ args, words, reason }) => {
    await using workspace = await Workspace.open([[A]]);
    const { code, stderr } = await workspace.run(['export', ...args]);
    expect(stderr, reason).toContain(words);
    expect([code, workspace.simulator.calls.entries()]).toEqual([1, []]);
  });

  it('says what to check when the cloud refuses, and writes nothing', async () => {
    await using workspace = await Workspace.open([[A]]);
    const { code, stderr } = await workspace.run(
      ['export', '--region', 'ap-guangzhou-3', '--all', '--out', join(workspace.folder, 'new')],
      { env: { TENCENTCLOUD_SECRET_KEY: 'wrong' } },
    );
    expect(stderr).toContain('did you mean "ap-guangzhou"?');
    expect(stderr).toContain('check the credentials');
    expect([code, existsSync(join(workspace.folder, 'new'))]).toEqual([1, false]);
  });

  it('survives a cloud that throttles and fails for a while, and leaves names out that it may not read', async () => {
    await using workspace = await Workspace.open(Array.from({ length: 250 }, () => [A]));
    workspace.simulator.faults.add({ kind: 'throttle', count: 2 });
    workspace.simulator.faults.add({ kind: 'http', status: 502, count: 1 });
    workspace.simulator.faults.add({
      kind: 'error',
      code: 'UnauthorizedOperation',
      action: 'DescribeSecurityGroups',
    });
    const { code, stderr, stdout } = await exported(workspace, '--all');
    expect(stderr).toContain('grant vpc:DescribeSecurityGroups');
    expect(stdout).toContain('1 binding for 250 instances');
    expect(code).toBe(0);
  });

  it('ends on Ctrl-C with 130, and has written nothing', async () => {
    await using workspace = await Workspace.open(Array.from({ length: 250 }, () => [A]));
    workspace.simulator.faults.add({ kind: 'latency', ms: 500, action: 'DescribeInstances' });
    const out = join(workspace.folder, 'new');
    const args = ['export', '--region', REGION, '--all', '--out', out];
    const program = workspace.start([...args, '--reads-per-second', '1', '--log-level', 'debug']);
    await program.says('DescribeInstances');
    expect((await program.stop('SIGINT')).code).toBe(130);
    expect(existsSync(out)).toBe(false);
  });

  it('says why a folder cannot be written', async () => {
    await using workspace = await Workspace.open([[A]]);
    const file = join(workspace.write('file', 'x'), 'folder');
    const { code, stderr } = await workspace.run(['export', '--region', REGION, '--all', '--out', file]);
    expect([code, stderr]).toEqual([1, expect.stringContaining(`"${file}" cannot be written`)]);
  });
});
