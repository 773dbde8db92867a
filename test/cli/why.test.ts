import { describe, expect, it } from 'vitest';
import type { Fleet, FleetRule } from '../../src/simulator/fleet.ts';
import { A, B, bindingText, C, D, instanceId, REGION, Workspace } from './workspace.ts';

const accept = (rule: Omit<FleetRule, 'action'>): FleetRule => ({ action: 'ACCEPT', ...rule });
const drop = (rule: Omit<FleetRule, 'action'>): FleetRule => ({ action: 'DROP', ...rule });
const tcp = (port: string, cidrBlock: string) => ({ protocol: 'TCP', port, cidrBlock });
const READ_RULES = 'DescribeSecurityGroupPolicies';

/** A keeps everybody from logging in, B lets everybody, C has more rules than anybody reads at once. */
const FLEET: Fleet = {
  accounts: ['default'],
  regions: {
    [REGION]: {
      securityGroups: [
        {
          securityGroupId: A,
          ingress: [accept(tcp('80,443', '0.0.0.0/0')), drop(tcp('22', '0.0.0.0/0'))],
          egress: [accept({ protocol: 'ALL', cidrBlock: '0.0.0.0/0' })],
        },
        { securityGroupId: B, ingress: [accept(tcp('22', '0.0.0.0/0')), accept(tcp('80', '10.0.0.0/8'))] },
        {
          securityGroupId: C,
          ingress: Array.from({ length: 40 }, (_, index) => accept(tcp(`${8000 + index}`, '0.0.0.0/0'))),
        },
        { securityGroupId: D },
      ],
      instances: [
        { instanceId: instanceId(0), securityGroupIds: [A, B] },
        { instanceId: instanceId(1), securityGroupIds: [C] },
        { instanceId: instanceId(2), securityGroupIds: [] },
      ],
    },
  },
};

/** A state that knows of instances that are in sync, or of drift that is only observed. */
async function open(drift: readonly string[] = [A, B]): Promise<Workspace> {
  const workspace = await Workspace.open([], { fleet: FLEET });
  const web = bindingText({ instances: [instanceId(0)], groups: [A, B], more: '  mode: Observe\n' });
  const many = bindingText({ name: 'many', instances: [instanceId(1)], groups: [C] });
  const none = bindingText({
    name: 'none',
    instances: [instanceId(2)],
    groups: [D],
    more: '  mode: Observe\n',
  });
  workspace.write('all.yaml', `${web}---\n${many}---\n${none}`);
  workspace.simulator.state.setList(instanceId(0), drift);
  await workspace.run(['apply', workspace.bindings, '--yes', '--timeout', '2s']);
  return workspace;
}

/** What stands below the explanation that needs no cloud. */
const added = (stdout: string) => stdout.slice(stdout.indexOf('\n', stdout.indexOf('  claimed by')) + 1);

describe.concurrent('why, of what the rules allow', () => {
  it('lists the rules of the observed list in their order, and tells which of them can never match', async () => {
    await using workspace = await open();
    const { code, stdout, stderr } = await workspace.run(['why', instanceId(0)]);
    expect(
      added(stdout),
    ).toBe(`  rules       4 ingress, 1 egress; the first that holds a packet decides; 2 can never match
    ${A} ingress #0 ACCEPT tcp:80,443 0.0.0.0/0
    ${A} ingress #1 DROP tcp:22 0.0.0.0/0
    ${B} ingress #0 ACCEPT tcp:22 0.0.0.0/0  (never matches: ${A} #1 comes first)
    ${B} ingress #1 ACCEPT tcp:80 10.0.0.0/8  (never matches: ${A} #0 comes first)
    ${A} egress #0 ACCEPT all:all 0.0.0.0/0
`);
    expect([code, stderr]).toEqual([0, '']);
    expect(workspace.simulator.state.history).toEqual([]);
  });

  it('tells what drift has opened, and what its repair closes', async () => {
    await using workspace = await open([B, A]);
    const { code, stdout } = await workspace.run(['why', instanceId(0)]);
    const [, difference = '', repair = ''] = added(stdout).split(/^ {2}(?:difference|repair) .*\n/m);
    expect(difference).toBe(
      `    opens  tcp/22  from 0.0.0.0/0  on 1 instance  (because of ${B} ingress #0 ACCEPT tcp:22 0.0.0.0/0; before: ${A} ingress #1 DROP tcp:22 0.0.0.0/0)\n`,
    );
    expect(repair).toMatch(/^ {4}closes {2}tcp\/22 {2}from 0\.0\.0\.0\/0 {2}on 1 instance {2}\(.*\)\n$/);
    expect(stdout).toMatch(new RegExp(`^  rules .*\n    ${B} ingress #0 `, 'm'));
    expect(code).toBe(0);
  });

  it('says so when an order that differs changes no traffic, and when there is no group', async () => {
    await using workspace = await open([A]);
    const { stdout } = await workspace.run(['why', instanceId(0)]);
    expect(stdout).toContain(
      '    no traffic changes: the groups change, but what they allow does not (1 instance)',
    );
    const none = await workspace.run(['why', instanceId(2)]);
    expect(none.stdout).toContain('  rules       none: everything is refused\n');
  });

  it('cuts a long list of rules and says how many more there are, and gives a program all of them', async () => {
    await using workspace = await open();
    const { stdout } = await workspace.run(['why', instanceId(1)]);
    expect(stdout.match(/^ {4}sg-cccccccc ingress #/gm)).toHaveLength(20);
    expect(stdout).toContain('    and 20 more of ingress; -o json has all\n');
    const { stdout: json } = await workspace.run(['why', instanceId(1), '-o', 'json']);
    expect(JSON.parse(json).traffic.rules).toHaveLength(40);
  });

  it('tells programs the rules with their texts, what keeps them from matching, and both changes', async () => {
    await using workspace = await open([B, A]);
    const { stdout } = await workspace.run(['why', instanceId(0), '-o', 'json']);
    const { traffic, instanceId: id } = JSON.parse(stdout);
    expect(id).toBe(instanceId(0));
    expect(traffic).toMatchObject({ region: REGION, list: [B, A], unreadable: {}, unread: [] });
    expect(traffic.rules[3]).toEqual({
      direction: 'ingress',
      sgId: A,
      index: 1,
      action: 'DROP',
      protocol: 'tcp',
      port: '22',
      cidrBlock: '0.0.0.0/0',
      shadowedBy: [{ sgId: B, index: 0 }],
    });
    expect(traffic.difference).toMatchObject({
      list: [A, B],
      after: [B, A],
      changes: [{ effect: 'opens', services: ['tcp/22'], addresses: ['0.0.0.0/0'] }],
      sideEffects: [],
    });
    expect(traffic.repair).toMatchObject({ list: [B, A], after: [A, B], changes: [{ effect: 'closes' }] });
  });
});

describe.concurrent('why, of texts that the cloud tells', () => {
  it('lets none of them steer the terminal', async () => {
    await using workspace = await open([B]);
    const ingress = [accept(tcp('22\u001b[2J\nallowed', '0.0.0.0/0'))];
    await using other = await Workspace.open([], {
      fleet: {
        accounts: ['default'],
        regions: {
          [REGION]: {
            securityGroups: [{ securityGroupId: A }, { securityGroupId: B, ingress }],
            instances: [],
          },
        },
      },
    });
    const env = { ...other.env, CVMSG_STATE_DIR: workspace.stateDir };
    const { stdout } = await workspace.run(['why', instanceId(0)], { env });
    expect(stdout).toContain(String.raw`${B} ingress #0 ACCEPT tcp:22\u001b[2j\nallowed 0.0.0.0/0`);
    expect(stdout).not.toContain('\u001b');
  });
});

describe.concurrent('why, when the rules cannot be read', () => {
  it('says why in one line, and the rest as ever, without the permission to read them', async () => {
    await using workspace = await open([B, A]);
    workspace.simulator.faults.add({ kind: 'error', code: 'UnauthorizedOperation', action: READ_RULES });
    const { code, stdout, stderr } = await workspace.run(['why', instanceId(0), '--api', 'v3']);
    expect(stdout).toContain(`  observed    [${B}, ${A}]\n`);
    expect(added(stdout)).toMatch(/^ {2}rules {7}not read: .*UnauthorizedOperation: .*grant vpc:\w+ .*\n$/);
    expect([code, stderr]).toEqual([0, '']);
  });

  it('says at its place which group could not be read, and shows the rules of the others', async () => {
    await using workspace = await open();
    workspace.simulator.faults.add({
      kind: 'error',
      code: 'UnauthorizedOperation',
      action: READ_RULES,
      count: 1,
    });
    const { stdout } = await workspace.run(['why', instanceId(0), '--api', 'v3']);
    expect(stdout).toMatch(
      /^ {4}sg-[ab]{8}: its ingress rules could not be read \(UnauthorizedOperation: .*\)$/m,
    );
    expect(stdout).toMatch(/^ {4}sg-[ab]{8} ingress #0 ACCEPT /m);
  });

  it('needs no credentials, no cloud and no flags that are right', async () => {
    await using workspace = await open();
    workspace.simulator.faults.add({ kind: 'http', status: 404, action: 'GetRoleCredential' });
    for (const env of [
      { TENCENTCLOUD_SECRET_ID: '', TENCENTCLOUD_SECRET_KEY: '' },
      { TENCENTCLOUD_SECRET_KEY: 'another-key' },
      { CVMSG_ENDPOINT: 'http://127.0.0.1:1' },
      { CVMSG_ROOT_DOMAIN: 'example.com' },
    ]) {
      const { code, stdout, stderr } = await workspace.run(['why', instanceId(0)], { env });
      expect(stdout).toContain('  state       InSync');
      expect(added(stdout)).toMatch(/^ {2}rules {7}not read: .+\n$/);
      expect([code, stderr]).toEqual([0, '']);
    }
  });

  it('gives the reason to a program', async () => {
    await using workspace = await open();
    const env = { TENCENTCLOUD_SECRET_KEY: 'another-key' };
    const { stdout } = await workspace.run(['why', instanceId(0), '-o', 'json'], { env });
    expect(JSON.parse(stdout).traffic).toEqual({
      notRead: expect.stringContaining('check the credentials'),
    });
  });

  it('asks the cloud nothing with --traffic off', async () => {
    await using workspace = await open();
    const before = workspace.simulator.calls.counts();
    const { code, stdout } = await workspace.run(['why', instanceId(0), '--traffic', 'off']);
    expect(added(stdout)).toBe('');
    const { stdout: json } = await workspace.run(['why', instanceId(0), '--traffic', 'off', '-o', 'json']);
    expect(Object.keys(JSON.parse(json))).not.toContain('traffic');
    expect(workspace.simulator.calls.counts()).toEqual(before);
    expect(code).toBe(0);
  });
});
