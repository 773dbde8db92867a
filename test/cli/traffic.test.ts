import { describe, expect, it } from 'vitest';
import type { Fleet, FleetRule } from '../../src/simulator/fleet.ts';
import { A, B, C, D, instanceId, REGION, Workspace } from './workspace.ts';

const [MISSING, APP, DATABASE] = ['sg-zzzzzzzz', 'sg-app00001', 'sg-db000001'];
const accept = (rule: Omit<FleetRule, 'action'>): FleetRule => ({ action: 'ACCEPT', ...rule });
const drop = (rule: Omit<FleetRule, 'action'>): FleetRule => ({ action: 'DROP', ...rule });
const SSH = { protocol: 'TCP', port: '22' } as const;

/**
 * A lets one network log in and asks who is in a group, B keeps everybody else out, C is for what leaves, D refers to
 * templates.
 */
const FLEET: Fleet = {
  accounts: ['default'],
  regions: {
    [REGION]: {
      securityGroups: [
        {
          securityGroupId: A,
          ingress: [
            accept({ ...SSH, cidrBlock: '203.0.113.0/24' }),
            accept({ protocol: 'TCP', port: '3306', securityGroupId: APP }),
          ],
        },
        { securityGroupId: B, ingress: [drop({ ...SSH, cidrBlock: '0.0.0.0/0' })] },
        { securityGroupId: C, egress: [accept({ protocol: 'ALL', ipv6CidrBlock: '2001:db8::/32' })] },
        {
          securityGroupId: D,
          ingress: [accept({ serviceTemplate: 'ppmg-00000001', addressTemplate: 'ipm-00000001' })],
        },
        { securityGroupId: APP },
        { securityGroupId: DATABASE, egress: [accept({ protocol: 'ALL', securityGroupId: C })] },
      ],
      instances: [
        { instanceId: instanceId(0), securityGroupIds: [A, B] },
        { instanceId: instanceId(1), securityGroupIds: [] },
        { instanceId: instanceId(2), securityGroupIds: [APP, A] },
      ],
      addressTemplates: [{ templateId: 'ipm-00000001', members: ['198.51.100.1-198.51.100.9'] }],
      serviceTemplates: [{ templateId: 'ppm-00000001', members: ['tcp:8080'] }],
      serviceTemplateGroups: [{ templateId: 'ppmg-00000001', members: ['ppm-00000001'] }],
    },
  },
};

const open = (options: object = {}) => Workspace.open([], { fleet: FLEET, ...options });
const traffic = (workspace: Workspace, ...args: string[]) =>
  workspace.run(['traffic', ...args, '--region', REGION]);
const LOGIN = ['--from', '203.0.113.7', '--to', 'tcp/22'];

describe.concurrent('traffic to an instance', () => {
  it.each(['v2', 'v3'])('is allowed by a rule of the list that the cloud has: %s', async (api) => {
    await using workspace = await open();
    const { code, stdout, stderr } = await traffic(workspace, instanceId(0), ...LOGIN, '--api', api);
    expect(stdout).toBe(`${instanceId(0)}  ${REGION}  [${A}, ${B}]
  traffic     tcp/22 from 203.0.113.7
  answer      allowed
  decided by  ${A} ingress #0 ACCEPT tcp:22 203.0.113.0/24
`);
    expect([code, stderr]).toEqual([0, '']);
    expect(workspace.simulator.state.history).toEqual([]);
  });

  it('is refused by the first rule that holds it, with exit code 2', async () => {
    await using workspace = await open();
    const { code, stdout } = await traffic(workspace, instanceId(0), '--from', '10.0.0.1', '--to', 'tcp/22');
    expect(stdout).toContain(`  answer      refused\n  decided by  ${B} ingress #0 DROP tcp:22 0.0.0.0/0\n`);
    expect(code).toBe(2);
  });

  it('is refused when no rule holds it, and when there is no group', async () => {
    await using workspace = await open();
    for (const index of [0, 1]) {
      const { code, stdout } = await traffic(
        workspace,
        instanceId(index),
        '--from',
        '10.0.0.1',
        '--to',
        'gre',
      );
      expect(stdout).toContain('decided by  no rule: what no rule holds is refused');
      expect(code).toBe(2);
    }
  });

  it('depends on who is in a group that a rule names, which is said with what decides otherwise', async () => {
    await using workspace = await open();
    const { code, stdout } = await traffic(
      workspace,
      instanceId(0),
      '--from',
      '10.0.0.1',
      '--to',
      'tcp/3306',
    );
    expect(stdout).toContain(`  answer      depends on who is in ${APP}
  may decide  ${A} ingress #1 ACCEPT tcp:3306 ${APP}
  else        no rule: what no rule holds is refused
`);
    expect(code).toBe(2);
  });

  it('is told to programs with the rule and its texts', async () => {
    await using workspace = await open();
    const { stdout } = await traffic(workspace, instanceId(0), ...LOGIN, '-o', 'json');
    expect(JSON.parse(stdout)).toEqual({
      instanceId: instanceId(0),
      region: REGION,
      list: [A, B],
      direction: 'ingress',
      address: '203.0.113.7',
      protocol: 'tcp',
      port: 22,
      outcome: 'allowed',
      rule: {
        sgId: A,
        index: 0,
        action: 'ACCEPT',
        protocol: 'tcp',
        port: '22',
        cidrBlock: '203.0.113.0/24',
      },
      mayDecide: [],
      dependsOn: [],
      unreadable: {},
      unread: [],
    });
  });

  it('takes the region of TENCENTCLOUD_REGION, by either name', async () => {
    await using workspace = await open();
    const env = { TENCENTCLOUD_REGION: 'gz' };
    const { code, stdout } = await workspace.run(['traffic', instanceId(0), ...LOGIN], { env });
    expect(stdout).toContain(`${instanceId(0)}  ${REGION}  `);
    expect(code).toBe(0);
  });
});

describe.concurrent('traffic by a list that is given', () => {
  it.each([
    { from: '198.51.100.9', code: 0 },
    { from: '198.51.100.10', code: 2 },
  ])('follows the templates that its rules name: $from', async ({ from, code }) => {
    await using workspace = await open();
    const ended = await traffic(workspace, '--list', `${B}, ${D}`, '--from', from, '--to', 'tcp/8080');
    expect(ended.stdout).toContain(`a list  ${REGION}  [${B}, ${D}]`);
    expect(ended).toMatchObject({ code, stderr: '' });
  });

  it('may leave the instance, also by IPv6', async () => {
    await using workspace = await open();
    const { code, stdout } = await traffic(
      workspace,
      ...['--list', C, '--to', '2001:db8::9', '--port', 'tcp/443'],
    );
    expect(stdout).toContain(`  traffic     tcp/443 to 2001:db8::9
  answer      allowed
  decided by  ${C} egress #0 ACCEPT all:all 2001:db8::/32
`);
    expect(code).toBe(0);
  });

  it('depends on the rules of a group that is not there or may not be read, with the reason', async () => {
    await using workspace = await open();
    const action = 'DescribeSecurityGroupPolicies';
    const gone = await traffic(workspace, '--list', `${MISSING},${A}`, ...LOGIN);
    expect(gone.stdout).toContain(`depends on the rules of ${MISSING}`);
    expect(gone.stdout).toMatch(
      new RegExp(`may decide  ${MISSING}: its rules could not be read \\(InvalidSecurityGroupID.NotFound: `),
    );
    expect(gone.stdout).toContain(`  else        ${A} ingress #0`);
    expect(gone.code).toBe(2);
    workspace.simulator.faults.add({ kind: 'error', code: 'UnauthorizedOperation', action });
    const denied = await traffic(workspace, '--list', A, ...LOGIN);
    expect(denied.stdout).toContain(
      'grant vpc:DescribeSecurityGroupPolicies and cvm:DescribeSecurityGroupPolicys',
    );
    expect(denied.code).toBe(2);
  });

  it('warns of templates that may not be read, and says what it depends on', async () => {
    await using workspace = await open();
    const action = 'DescribeAddressTemplates';
    workspace.simulator.faults.add({ kind: 'error', code: 'UnauthorizedOperation', action });
    const ended = await traffic(workspace, '--list', D, '--from', '198.51.100.9', '--to', 'tcp/8080');
    expect(ended.stdout).toContain('depends on what ipm-00000001 holds');
    expect(ended.stderr).toContain('warning: address templates could not be read');
    expect(ended.stderr).toContain('grant vpc:DescribeAddressTemplates');
  });

  it('lets no text of the cloud steer the terminal', async () => {
    const ingress = [accept({ protocol: 'TCP', port: '22\u001b[2J\nallowed', cidrBlock: '0.0.0.0/0' })];
    const region = {
      securityGroups: [{ securityGroupId: A, ingress }, { securityGroupId: B }],
      instances: [],
    };
    await using workspace = await open({ fleet: { accounts: ['default'], regions: { [REGION]: region } } });
    for (const question of [LOGIN, ['--list-after', B]]) {
      const { stdout } = await traffic(workspace, '--list', A, ...question);
      expect(stdout).not.toContain('\u001b');
      expect(stdout).toContain(String.raw`22\u001b[2J\nallowed`);
    }
  });
});

describe.concurrent('a change of a list', () => {
  it('opens and closes what its order decides, with exit code 2', async () => {
    await using workspace = await open();
    const { code, stdout } = await traffic(workspace, instanceId(0), '--list-after', `${B},${A}`);
    expect(stdout).toMatch(new RegExp(`^${instanceId(0)}  ${REGION}  \\[${A}, ${B}\\] → \\[${B}, ${A}\\]\n`));
    expect(stdout).toMatch(/\n {2}closes {2}tcp\/22 {2}from 203\.0\.113\.0\/24 {2}on 1 instance/);
    expect(stdout.trim().split('\n')).toHaveLength(2);
    expect(code).toBe(2);
  });

  it.each([
    { after: `${C},${A}`, said: 'no traffic changes: the order changes, but no rule depends on it' },
    { after: `${A},${C}`, said: 'no traffic changes: both are the same list' },
  ])('that changes nothing says why, with exit code 0: $said', async ({ after, said }) => {
    await using workspace = await open();
    const { code, stdout } = await traffic(workspace, '--list', `${A},${C}`, '--list-after', after);
    expect(stdout).toContain(said);
    expect(code).toBe(0);
  });

  it('tells which rules of others let in who leaves a group', async () => {
    await using workspace = await open();
    const { code, stdout } = await traffic(workspace, instanceId(2), '--list-after', A);
    expect(stdout).toContain(`side effect: 1 instance leaves ${APP}, which ${A} ingress tcp:3306 admits`);
    expect(code).toBe(2);
  });

  it('tells so of rules of groups that stand in neither list, and does without them where they may not be read', async () => {
    await using workspace = await open();
    const change = ['--list', A, '--list-after', `${A},${C},${MISSING}`];
    const { stdout } = await traffic(workspace, ...change);
    expect(stdout).toContain(`side effect: 1 instance joins ${C}, which ${DATABASE} egress all:all admits`);
    const action = 'DescribeSecurityGroupReferences';
    workspace.simulator.faults.add({ kind: 'error', code: 'UnauthorizedOperation', action });
    const denied = await traffic(workspace, ...change);
    expect(denied.stderr).toContain(
      'warning: references to groups could not be read, so what changes for others is not known: ',
    );
    expect(denied.stderr).toContain('grant vpc:DescribeSecurityGroupReferences');
    expect(denied.stdout).toMatch(/opens +all +to 2001:db8::\/32/);
    expect(denied.stdout).not.toContain('side effect');
  });

  it('is told to programs with everything that changes', async () => {
    await using workspace = await open();
    const { stdout } = await traffic(
      workspace,
      ...['--list', `${A},${B}`, '--list-after', `${B},${A}`, '-o', 'json'],
    );
    expect(JSON.parse(stdout)).toEqual({
      region: REGION,
      list: [A, B],
      after: [B, A],
      changes: [
        {
          effect: 'closes',
          dependsOn: [],
          direction: 'ingress',
          family: 'ipv4',
          services: ['tcp/22'],
          addresses: ['203.0.113.0/24'],
          because: { before: { sgId: A, index: 0 }, after: { sgId: B, index: 0 } },
        },
      ],
      sideEffects: [],
      unreadable: {},
      unread: [],
    });
  });
});

describe.concurrent('traffic refuses', () => {
  const list = ['--list', A];
  const from = ['--from', '10.0.0.1'];
  it.each([
    { args: [], named: 'say whose list' },
    { args: ['web', ...LOGIN], named: 'Expected an instance id such as ins-4q118hl2, got "web"' },
    { args: [instanceId(0), ...list, ...LOGIN], named: 'give INSTANCE-ID or --list, not both' },
    { args: ['--list', `${A},web`, ...LOGIN], named: '--list: Expected group ids' },
    { args: ['--list', `${A},`, ...LOGIN], named: '--list: Expected group ids' },
    { args: ['--list', `${A},${B},${A}`, ...LOGIN], named: `--list: "${A}" is given twice` },
    { args: [...list], named: 'say which traffic' },
    { args: [...list, ...from], named: 'say which traffic' },
    { args: [...list, '--from', '10.0.0.0/8', '--to', 'tcp/22'], named: '--from: Expected one address' },
    { args: [...list, '--to', 'tcp/22'], named: 'for traffic that enters, give --from as well' },
    { args: [...list, '--to', '10.0.0.9'], named: '--port: say which service of 10.0.0.9' },
    { args: [...list, ...from, '--to', 'tcp:22'], named: 'did you mean "tcp/22"?' },
    { args: [...list, ...from, '--to', '22'], named: 'did you mean "tcp/22"?' },
    { args: [...list, ...from, '--to', 'tcp/65536'], named: '--to: Expected a service such as tcp/22' },
    { args: [...list, ...from, '--to', 'tcp'], named: '--to: Expected a service such as tcp/22' },
    { args: [...list, ...from, '--to', 'icmpv6'], named: 'IPv4 has icmp' },
    { args: [...list, '--from', '::1', '--to', 'icmp'], named: 'IPv6 has icmpv6' },
    { args: [...list, ...LOGIN, '--port', 'tcp/22'], named: '--port is for traffic that leaves' },
    { args: [...list, ...LOGIN, '--list-after', B], named: 'leave out --from, --to and --port' },
    { args: [...list, '--list-after', 'b'], named: '--list-after: Expected group ids' },
    { args: [...list, ...LOGIN, '--from', '10.0.0.2'], named: '--from: Expected one, got 2' },
  ])('$args: $named', async ({ args, named }) => {
    await using workspace = await open();
    const { code, stdout, stderr } = await traffic(workspace, ...args);
    expect(stderr).toContain(named);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  });

  it('a region that is none, and none at all', async () => {
    await using workspace = await open();
    const none = await workspace.run(['traffic', ...list, ...LOGIN]);
    expect(none.stderr).toContain('--region: say where the instance and its groups are');
    const wrong = await workspace.run(['traffic', ...list, ...LOGIN, '--region', 'Guang zhou']);
    expect(wrong.stderr).toContain('--region: Expected a region such as ap-guangzhou, got "Guang zhou"');
    expect([none.code, wrong.code]).toEqual([1, 1]);
  });

  it('an instance that is not there', async () => {
    await using workspace = await open();
    const { code, stderr } = await traffic(workspace, 'ins-zzzzzzzz', ...LOGIN);
    expect(stderr).toContain(`ins-zzzzzzzz is not in ${REGION}, or not of this account`);
    expect(code).toBe(1);
  });

  it('keys that the cloud does not take, for an instance and for a list', async () => {
    await using workspace = await open();
    const env = { TENCENTCLOUD_SECRET_KEY: 'another-key' };
    for (const subject of [[instanceId(0)], list]) {
      const line = ['traffic', ...subject, ...LOGIN, '--region', REGION];
      const { code, stderr, stdout } = await workspace.run(line, { env });
      expect(stderr).toContain('check the credentials');
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    }
  });
});
