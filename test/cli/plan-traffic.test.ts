/** What plan, apply and rollback say of the traffic that their changes open and close. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Fleet, FleetRule } from '../../src/simulator/fleet.ts';
import { until } from './until.ts';
import { A, B, bindingText, C, D, instanceId, REGION, Workspace } from './workspace.ts';

const NORTH = 'ap-beijing';
const FRONT = 'sg-nnnnnnnn';
const accept = (rule: Omit<FleetRule, 'action'>): FleetRule => ({ action: 'ACCEPT', ...rule });
const drop = (rule: Omit<FleetRule, 'action'>): FleetRule => ({ action: 'DROP', ...rule });
const SSH = { protocol: 'TCP', port: '22' } as const;

/** A lets one network log in, B keeps everybody out, C lets everybody in, and D has a rule that names B. */
const fleet = (lists: readonly (readonly string[])[], north: readonly string[] = []): Fleet => ({
  accounts: ['default'],
  regions: {
    [REGION]: {
      securityGroups: [
        { securityGroupId: A, ingress: [accept({ ...SSH, cidrBlock: '10.0.0.0/8' })] },
        { securityGroupId: B, ingress: [drop({ ...SSH, cidrBlock: '0.0.0.0/0' })] },
        { securityGroupId: C, ingress: [accept({ ...SSH, cidrBlock: '0.0.0.0/0' })] },
        {
          securityGroupId: D,
          ingress: [accept({ protocol: 'TCP', port: '3306', securityGroupId: B })],
        },
      ],
      instances: lists.map((securityGroupIds, index) => ({
        instanceId: instanceId(index),
        securityGroupIds,
      })),
    },
    [NORTH]: {
      securityGroups: [
        { securityGroupId: FRONT, ingress: [accept({ ...SSH, cidrBlock: '0.0.0.0/0' })] },
        { securityGroupId: 'sg-mmmmmmmm' },
      ],
      instances: [{ instanceId: 'ins-north001', securityGroupIds: north }],
    },
  },
});

interface Declared {
  readonly groups: readonly string[];
  readonly instances: readonly number[];
  readonly more?: string;
}

async function workspaceOf(
  lists: readonly (readonly string[])[],
  bindings: Readonly<Record<string, Declared>>,
): Promise<Workspace> {
  const workspace = await Workspace.open([], { fleet: fleet(lists) });
  for (const [name, { groups, instances, more = '' }] of Object.entries(bindings)) {
    const text = bindingText({ name, groups, instances: instances.map(instanceId), more });
    workspace.write(`${name}.yaml`, text);
  }
  return workspace;
}

const plan = (workspace: Workspace, ...args: string[]) =>
  workspace.run(['plan', workspace.bindings, ...args]);

const RULES = 'DescribeSecurityGroupPolicies';
const REFERENCES = 'DescribeSecurityGroupReferences';
const deny = (workspace: Workspace, action: string, more: object = {}) =>
  workspace.simulator.faults.add({ kind: 'error', code: 'UnauthorizedOperation', action, ...more });
const callsOf = (workspace: Workspace, ...actions: string[]) =>
  workspace.simulator.calls.entries().filter(({ action }) => actions.includes(action));
const inOneLine = (text: string) => text.replaceAll(/ {2,}/g, ' ');

const OPENED = `because of ${A} ingress #0 ACCEPT tcp:22 10.0.0.0/8; before: ${B} ingress #0 DROP tcp:22 0.0.0.0/0`;

describe.concurrent('the traffic of a plan', () => {
  it('comes first, the widest of what opens before what closes, with the effect of each change below it', async () => {
    await using workspace = await workspaceOf([[B, A], [B, A], [B], [C], [A, D]], {
      all: { groups: [C], instances: [2] },
      none: { groups: [A], instances: [3] },
      reordered: { groups: [D, A], instances: [4] },
      web: { groups: [A, B], instances: [0, 1] },
    });
    const { code, stdout, stderr } = await plan(workspace);
    const text = inOneLine(stdout);
    expect(text).toMatch(
      new RegExp(
        [
          '^Traffic',
          ' opens tcp/22 from 0\\.0\\.0\\.0/0 on 1 instance \\(because of .*\\)',
          ' opens tcp/22 from 10\\.0\\.0\\.0/8 on 2 instances \\(because of .*\\)',
          ' closes tcp/22 from 0\\.0\\.0\\.0/0 except 10\\.0\\.0\\.0/8 on 1 instance \\(because of .*\\)',
          ' no traffic changes: the order changes, but no rule depends on it \\(1 instance\\)',
          ` side effect: 1 instance leaves ${B}, which ${D} ingress tcp:3306 admits`,
          '',
          'shop/all ',
        ].join('\n'),
      ),
    );
    expect(text).toContain(`[${B}, ${A}] -> [${A}, ${B}]\n opens tcp/22 from 10.0.0.0/8 (${OPENED})\n`);
    expect(text).toContain(
      `[${A}, ${D}] -> [${D}, ${A}]\n no traffic changes: the order changes, but no rule depends on it\n`,
    );
    expect([code, stderr]).toEqual([2, '']);
    expect(callsOf(workspace, RULES)).toHaveLength(4);
    expect(workspace.simulator.state.history).toEqual([]);
  });

  it('is told to programs: over all instances that would change, and of each row', async () => {
    await using workspace = await workspaceOf([[B, A], [B, A], [A]], {
      web: { groups: [A, B], instances: [0, 1] },
      same: { groups: [A], instances: [2] },
    });
    const { stdout } = await plan(workspace, '-o', 'json');
    const change = {
      direction: 'ingress',
      family: 'ipv4',
      effect: 'opens',
      dependsOn: [],
      services: ['tcp/22'],
      addresses: ['10.0.0.0/8'],
      because: { before: { sgId: B, index: 0 }, after: { sgId: A, index: 0 } },
    };
    const { traffic, rows } = JSON.parse(stdout);
    expect(traffic).toEqual({
      changes: [{ ...change, instances: 2 }],
      unchanged: { reordered: 0, regrouped: 0 },
      sideEffects: [],
      unreadable: {},
      unread: [],
    });
    expect(rows.map((row: { traffic?: unknown }) => row.traffic)).toEqual([
      undefined,
      { changes: [change] },
      { changes: [change] },
    ]);
  });

  it('stands in the heading of a comment, and its section is what a short comment keeps', async () => {
    await using workspace = await workspaceOf([[B, A], [B]], {
      web: { groups: [A, B], instances: [0] },
      all: { groups: [C], instances: [1] },
    });
    const { stdout } = await plan(workspace, '-o', 'markdown');
    expect(stdout).toMatch(
      /^### cvmsg plan: 2 instances to change, opens tcp\/22 from 0\.0\.0\.0\/0 and 1 more\n/,
    );
    expect(stdout).toMatch(/\nTraffic:\n\n- `opens tcp\/22 from 0\.0\.0\.0\/0 on 1 instance \(because/);
    expect(stdout).toContain(
      `  - after \`[${A}, ${B}]\`\n  - \`opens tcp/22 from 10.0.0.0/8 (${OPENED})\`\n`,
    );
    const short = await plan(workspace, '-o', 'markdown', '--max-length', '900');
    expect(short.stdout.length).toBeLessThanOrEqual(900);
    expect(short.stdout).toContain('- `opens tcp/22 from 0.0.0.0/0 on 1 instance');
    expect(short.stdout).not.toContain('<details>');
  });

  it('does not count what is held, and counts what only an approval lets pass', async () => {
    const lists = Array.from({ length: 6 }, () => [B, A]);
    await using workspace = await workspaceOf([...lists, [B]], {
      held: { groups: [C], instances: [6], more: '  suspend: true\n' },
      web: { groups: [A, B], instances: [0, 1, 2, 3, 4, 5] },
    });
    const policy = workspace.policy('blastRadius: { share: 1%, count: 2, period: 10m }');
    const { stdout } = await plan(workspace, '--policy', policy);
    const text = inOneLine(stdout);
    expect(text).toMatch(
      /^Traffic\n opens tcp\/22 from 10\.0\.0\.0\/8 on 6 instances \(because .*\)\n\nshop\/held/,
    );
    expect(text).toContain(`[${B}] -> [${C}]\n opens tcp/22 from 0.0.0.0/0 (because of ${C}`);
    expect(text).toContain('refused: too many would change at once, see below');
  });

  it('is not asked for when nothing changes', async () => {
    await using workspace = await workspaceOf([[A]], { web: { groups: [A], instances: [0] } });
    const { code, stdout } = await plan(workspace, '-o', 'json');
    expect(JSON.parse(stdout).traffic).toEqual({
      changes: [],
      unchanged: { reordered: 0, regrouped: 0 },
      sideEffects: [],
      unreadable: {},
      unread: [],
    });
    expect([code, callsOf(workspace, RULES, REFERENCES)]).toEqual([0, []]);
  });
});

describe.concurrent('the traffic of several regions', () => {
  async function twoRegions(): Promise<Workspace> {
    const workspace = await Workspace.open([], { fleet: fleet([[B]], ['sg-mmmmmmmm']) });
    const north = bindingText({ name: 'north', groups: [FRONT], instances: ['ins-north001'] });
    workspace.write('north.yaml', north.replace(REGION, NORTH));
    workspace.write('web.yaml', bindingText({ groups: [C], instances: [instanceId(0)] }));
    return workspace;
  }

  it('is one summary, in which what opens in both is one line', async () => {
    await using workspace = await twoRegions();
    const { code, stdout } = await plan(workspace);
    expect(inOneLine(stdout)).toMatch(/^Traffic\n opens tcp\/22 from 0\.0\.0\.0\/0 on 2 instances\n/);
    expect(code).toBe(2);
  });

  it('is told of the one whose rules may be read, and the other one is named', async () => {
    await using workspace = await twoRegions();
    deny(workspace, RULES, { region: NORTH });
    const { code, stdout, stderr } = await plan(workspace);
    const reason = 'UnauthorizedOperation: .*; grant vpc:DescribeSecurityGroupPolicies and ';
    expect(inOneLine(stdout)).toMatch(
      new RegExp(
        `^Traffic\n cannot tell for 1 instance of default@${NORTH}: no rules could be read \\(${reason}.*\\)\n opens tcp/22 from 0\\.0\\.0\\.0/0 on 1 instance `,
      ),
    );
    const warnings = stderr.split('\n').filter((line) => line.startsWith('warning: '));
    expect(warnings).toEqual([
      expect.stringMatching(`what the changes of default@${NORTH} open and close is not known: ${reason}`),
    ]);
    expect(code).toBe(2);
    const { traffic, rows } = JSON.parse((await plan(workspace, '-o', 'json')).stdout);
    expect(traffic).toMatchObject({
      changes: [{ instances: 1 }],
      unreadScopes: [{ scope: `default@${NORTH}`, instances: 1 }],
      unreadable: { [FRONT]: expect.stringMatching(reason) },
    });
    expect(rows.map((row: object) => 'traffic' in row)).toEqual([false, true]);
    const { stdout: comment } = await plan(workspace, '-o', 'markdown');
    expect(comment).toMatch(/, opens tcp\/22 from 0\.0\.0\.0\/0, and more that is not known\n/);
  });
});

describe.concurrent('rules that cannot be read', () => {
  const reordered = () => workspaceOf([[B, A]], { web: { groups: [A, B], instances: [0] } });

  it('leave the plan as it is, and programs see the reason', async () => {
    await using workspace = await reordered();
    deny(workspace, RULES);
    const { code, stdout, stderr } = await plan(workspace, '-o', 'json');
    const { traffic, summary, rows } = JSON.parse(stdout);
    expect(traffic).toMatchObject({
      state: 'unread',
      reason: expect.stringContaining('grant vpc:DescribeSecurityGroupPolicies'),
      unreadScopes: [{ scope: `default@${REGION}`, instances: 1 }],
    });
    expect([code, summary.changes, rows[0].traffic]).toEqual([2, 1, undefined]);
    expect(stderr.match(/cvm:DescribeSecurityGroupPolicys; --traffic off does not ask/g)).toHaveLength(1);
    const { stdout: comment } = await plan(workspace, '-o', 'markdown');
    expect(comment).toMatch(/^### cvmsg plan: 1 instance to change, traffic not known\n/);
  });

  it('of a group that is not there are what the effect depends on', async () => {
    await using workspace = await workspaceOf([[A]], {
      web: { groups: [A, 'sg-zzzzzzzz'], instances: [0] },
    });
    const { stdout, stderr } = await plan(workspace);
    expect(inOneLine(stdout)).toMatch(
      /\n cannot tell for .*: rules of sg-zzzzzzzz could not be read \(InvalidSecurityGroupID\.NotFound/,
    );
    expect(stderr).toContain(`default@${REGION}: the rules of sg-zzzzzzzz could not be read: `);
  });

  it('of others that name these groups are missed alone', async () => {
    await using workspace = await workspaceOf([[B]], { web: { groups: [C], instances: [0] } });
    deny(workspace, REFERENCES);
    const { stdout, stderr } = await plan(workspace);
    expect(stdout).toMatch(/^Traffic\n +opens +tcp\/22/);
    expect(stdout).not.toContain('side effect');
    expect(stderr).toContain(
      `warning: default@${REGION}: references to groups could not be read, so what changes for others is not known: `,
    );
    expect(stderr).toContain('grant vpc:DescribeSecurityGroupReferences');
  });

  it('within --timeout are not waited for any longer', async () => {
    await using workspace = await reordered();
    workspace.simulator.faults.add({ kind: 'latency', action: RULES, ms: 60_000 });
    const { code, stdout } = await plan(workspace, '--timeout', '3s');
    expect(stdout).toContain('no rules could be read (NotReadInTime: the time for reading was over)');
    expect(code).toBe(2);
  });

  it('are not waited for after Ctrl-C', async () => {
    await using workspace = await reordered();
    workspace.simulator.faults.add({ kind: 'latency', action: RULES, ms: 60_000 });
    const program = workspace.start(['plan', workspace.bindings]);
    await until('a call for rules', () => workspace.simulator.faults.list().some(({ fired }) => fired > 0));
    expect(await program.stop('SIGINT')).toMatchObject({ code: 130, stdout: '' });
  });

  it('steer no terminal with their texts', async () => {
    const workspaceFleet = fleet([[B]]);
    const { [REGION]: region, ...rest } = workspaceFleet.regions;
    const evil = accept({ protocol: 'TCP', port: '22\u001b[2J\nopens nothing', cidrBlock: '0.0.0.0/0' });
    const groups = (region?.securityGroups ?? []).map((group) =>
      typeof group === 'object' && group.securityGroupId === C ? { ...group, ingress: [evil] } : group,
    );
    const regions = { ...rest, [REGION]: { ...region, securityGroups: groups } } as Fleet['regions'];
    await using workspace = await Workspace.open([], { fleet: { accounts: ['default'], regions } });
    workspace.write('web.yaml', bindingText({ groups: [C], instances: [instanceId(0)] }));
    for (const form of ['text', 'markdown']) {
      const { stdout } = await plan(workspace, '-o', form);
      expect(stdout).toContain('22\\u001b[2J\\nopens nothing');
      expect(stdout).not.toContain('\u001b');
    }
  });
});

describe.concurrent('--traffic off', () => {
  const off = JSON.stringify({ state: 'off' });
  it.each(['flag', 'variable', 'config file'])(
    'reads no rules and says so to programs: by a %s',
    async (by) => {
      await using workspace = await workspaceOf([[B, A]], { web: { groups: [A, B], instances: [0] } });
      const config = join(workspace.folder, 'cvmsg.yaml');
      writeFileSync(config, 'traffic: off\n');
      const words =
        { flag: ['--traffic', 'off'], variable: [], 'config file': ['--config', config] }[by] ?? [];
      const env = by === 'variable' ? { CVMSG_TRAFFIC: 'off' } : {};
      const { stdout } = await workspace.run(['plan', workspace.bindings, '-o', 'json', ...words], { env });
      const { traffic, rows } = JSON.parse(stdout);
      expect([JSON.stringify(traffic), 'traffic' in rows[0]]).toEqual([off, false]);
      expect(callsOf(workspace, RULES, REFERENCES)).toEqual([]);
      const text = await workspace.run(['plan', workspace.bindings, ...words], { env });
      expect([text.stdout.includes('Traffic'), text.stderr]).toEqual([false, '']);
    },
  );

  it('leaves the name to the command as well: a config file has its flags below it', async () => {
    await using workspace = await workspaceOf([[B, A]], {});
    const config = join(workspace.folder, 'cvmsg.yaml');
    writeFileSync(config, `traffic:\n  region: ${REGION}\n`);
    const words = ['--list', A, '--from', '10.0.0.1', '--to', 'tcp/22', '--config', config];
    expect(await workspace.run(['traffic', ...words])).toMatchObject({ code: 0, stderr: '' });
  });

  it('takes one of three words', async () => {
    await using workspace = await workspaceOf([], {});
    const { code, stderr } = await plan(workspace, '--traffic', 'of');
    expect(stderr).toContain('--traffic: Expected one of auto, off, require, got "of"; did you mean "off"?');
    expect(code).toBe(1);
  });
});

describe.concurrent('the traffic of an apply', () => {
  const apply = (workspace: Workspace, ...args: string[]) =>
    workspace.run(['apply', workspace.bindings, '--yes', ...args]);

  it('is said before it writes', async () => {
    await using workspace = await workspaceOf([[B, A]], { web: { groups: [A, B], instances: [0] } });
    const { code, stdout } = await apply(workspace);
    expect(inOneLine(stdout)).toMatch(/^Traffic\n opens tcp\/22 from 10\.0\.0\.0\/8 on 1 instance \(/);
    expect([code, workspace.list(0)]).toEqual([0, [A, B]]);
  });

  it('is told to programs, and where it cannot be read the lists are written all the same', async () => {
    await using workspace = await workspaceOf([[B, A]], { web: { groups: [A, B], instances: [0] } });
    deny(workspace, RULES);
    const { code, stdout, stderr } = await apply(workspace, '-o', 'json');
    expect(JSON.parse(stdout).plan.traffic).toMatchObject({ state: 'unread' });
    expect(stderr).toContain('grant vpc:DescribeSecurityGroupPolicies');
    expect([code, workspace.list(0)]).toEqual([0, [A, B]]);
  });

  it('is that of a rollback, which opens again what was closed', async () => {
    await using workspace = await workspaceOf([[A, B]], { web: { groups: [B, A], instances: [0] } });
    await apply(workspace);
    const { stdout } = await workspace.run(['rollback', '--to', '0', '--yes']);
    expect(inOneLine(stdout)).toMatch(/^Traffic\n opens tcp\/22 from 10\.0\.0\.0\/8 on 1 instance \(/);
    expect(workspace.list(0)).toEqual([A, B]);
  });

  it('stands in the history for what apply has written', async () => {
    await using workspace = await workspaceOf([[B, A]], { web: { groups: [A, B], instances: [0] } });
    expect((await workspace.run(['apply', workspace.bindings, '--yes'])).code).toBe(0);
    const { stdout } = await workspace.run(['history', '-o', 'json']);
    expect(JSON.parse(stdout)).toMatchObject([
      { outcome: 'accepted', traffic: { sentences: ['opens tcp/22 from 10.0.0.0/8'], omitted: 0 } },
    ]);
  });
});
