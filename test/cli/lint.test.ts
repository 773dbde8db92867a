import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Fleet, FleetRule } from '../../src/simulator/fleet.ts';
import { A, B, C, D, GROUPS, instanceId, REGION, Workspace } from './workspace.ts';

const [E = '', F = ''] = GROUPS.slice(4);
const G = 'sg-gggggggg';
const MISSING = 'sg-zzzzzzzz';
const READ_RULES = 'DescribeSecurityGroupPolicies';
const accept = (rule: Omit<FleetRule, 'action'>): FleetRule => ({ action: 'ACCEPT', ...rule });
const drop = (rule: Omit<FleetRule, 'action'>): FleetRule => ({ action: 'DROP', ...rule });
const tcp = (port: string, cidrBlock: string) => ({ protocol: 'TCP', port, cidrBlock });

/** A is for everybody; of B the first rule and of C every one stands behind rules of A in vain; D is for something else; E says a thing twice, F names a template, G contradicts itself. */
const FLEET: Fleet = {
  accounts: ['default'],
  regions: {
    [REGION]: {
      securityGroups: [
        {
          securityGroupId: A,
          ingress: [accept(tcp('80,443', '0.0.0.0/0')), drop(tcp('22', '0.0.0.0/0'))],
        },
        {
          securityGroupId: B,
          ingress: [accept(tcp('22', '10.0.0.0/8')), accept(tcp('3306', '10.0.0.0/8'))],
        },
        { securityGroupId: C, ingress: [accept(tcp('80', '10.0.0.0/8')), accept(tcp('443', '0.0.0.0/0'))] },
        { securityGroupId: D, ingress: [accept({ protocol: 'UDP', port: '53', cidrBlock: '10.0.0.0/8' })] },
        { securityGroupId: E, ingress: [accept(tcp('25', '0.0.0.0/0')), accept(tcp('25', '10.0.0.0/8'))] },
        { securityGroupId: G, ingress: [accept(tcp('25', '0.0.0.0/0')), drop(tcp('25', '10.0.0.0/8'))] },
        {
          securityGroupId: F,
          ingress: [accept({ protocol: 'TCP', port: '22', addressTemplate: 'ipm-00000001' })],
        },
      ],
      instances: [],
      addressTemplates: [{ templateId: 'ipm-00000001', members: ['198.51.100.1'] }],
    },
  },
};

let instances = 0;
/** Groups stand one to a line, the first in line 8. */
function binding(name: string, groups: readonly string[]): string {
  return `apiVersion: cvmsg.dev/v1alpha1
kind: CvmSecurityGroupBinding
metadata: {name: ${name}, namespace: shop}
spec:
  region: ${REGION}
  instanceIds: [${instanceId(instances++)}]
  sgIds:
${groups.map((group) => `    - ${group}\n`).join('')}`;
}

async function open(lists: Readonly<Record<string, readonly string[]>>): Promise<Workspace> {
  const workspace = await Workspace.open([], { fleet: FLEET });
  for (const [name, groups] of Object.entries(lists)) {
    workspace.write(`${name}.yaml`, binding(name, groups));
  }
  return workspace;
}

/** Where and what: `web.yaml:9:7 warning lint/shadowed-rule`. */
async function found(workspace: Workspace, ...args: string[]) {
  const ended = await workspace.run(['lint', 'bindings', '-o', 'json', ...args], { cwd: workspace.folder });
  const data = JSON.parse(ended.stdout);
  const places = data.findings.map(
    ({ file, line, column, severity, rule }: Record<string, string>) =>
      `${file?.slice('bindings/'.length)}:${line}:${column} ${severity} ${rule}`,
  );
  return { ...ended, data, places };
}

describe.concurrent('lint', () => {
  it('points at the group of which a rule can never match, says by which others, and exits 2', async () => {
    await using workspace = await open({ web: [A, B] });
    const { code, stdout, stderr } = await workspace.run(['lint', 'bindings'], { cwd: workspace.folder });
    expect(stdout).toBe(`bindings/web.yaml:9:7: warning [lint/shadowed-rule] spec.sgIds[1]
    ${B} ingress #0 ACCEPT tcp:22 10.0.0.0/8 can never match: ${A} ingress #1 DROP tcp:22 0.0.0.0/0 comes first
    fix: name ${B} before ${A} where the rule shall match, or remove the rule
1 file, 1 valid binding, 1 list of 2 groups: 1 warning
`);
    expect([code, stderr]).toEqual([2, '']);
    expect(workspace.simulator.state.history).toEqual([]);
  });

  it('points at a group none of whose rules can match', async () => {
    await using workspace = await open({ web: [D, A, C] });
    const { code, data, places } = await found(workspace);
    expect(places).toEqual(['web.yaml:10:7 warning lint/shadowed-group', 'web.yaml:8:5 info lint/order']);
    expect(data.findings[0]).toMatchObject({
      path: 'spec.sgIds[2]',
      account: 'default',
      region: REGION,
      message: expect.stringContaining(`no rule of ${C} can ever match: ${A} ingress #0 `),
      shadowed: [
        { sgId: C, direction: 'ingress', index: 0, by: [{ sgId: A, index: 0 }] },
        { sgId: C, direction: 'ingress', index: 1, by: [{ sgId: A, index: 0 }] },
      ],
    });
    expect(code).toBe(2);
  });

  it('tells of a rule that repeats one of its group, whatever list that is in, once and for information', async () => {
    await using workspace = await open({ one: [E], two: [E, A] });
    const { code, data, places } = await found(workspace);
    expect(places[0]).toBe('one.yaml:8:7 info lint/redundant-rule');
    expect(data.findings[0].message).toContain('comes first and does the same');
    expect(code).toBe(0);
    expect(data.findings[0].elsewhere).toEqual([
      { file: 'bindings/two.yaml', line: 8, column: 7, binding: 'shop/two' },
    ]);
    expect(places.slice(1)).toEqual(['two.yaml:8:5 info lint/order']);
  });

  it('warns of a rule that another one of its own group contradicts', async () => {
    await using workspace = await open({ web: [G] });
    const { code, data, places } = await found(workspace);
    expect(places).toEqual(['web.yaml:8:7 warning lint/shadowed-rule']);
    expect(data.findings[0].fix).toBe(`put it before them in ${G}, or remove it`);
    expect(code).toBe(2);
  });

  it('tells of a list whose order does not matter and finds nothing wrong in it', async () => {
    await using workspace = await open({ web: [A, D], single: [A] });
    const { code, stdout } = await workspace.run(['lint', 'bindings'], { cwd: workspace.folder });
    expect(stdout).toBe(`bindings/web.yaml:8:5: info [lint/order] spec.sgIds
    the order of [${A}, ${D}] does not matter: no rule of one group decides otherwise what one of another decides
2 files, 2 valid bindings, 2 lists of 2 groups: 1 info
`);
    expect(code).toBe(0);
  });

  it('gives programs every list once, with who declares it and the pairs whose order matters', async () => {
    await using workspace = await open({ api: [A, B, D], web: [A, B, D] });
    const { data } = await found(workspace);
    expect(data.lists).toEqual([
      {
        account: 'default',
        region: REGION,
        sgIds: [A, B, D],
        bindings: [
          { binding: 'shop/api', file: 'bindings/api.yaml', line: 1, column: 1 },
          { binding: 'shop/web', file: 'bindings/web.yaml', line: 1, column: 1 },
        ],
        orderedPairs: [{ first: A, second: B }],
      },
    ]);
    expect(data.summary).toEqual({
      files: 2,
      bindings: 2,
      lists: 1,
      groups: 3,
      errors: 0,
      warnings: 1,
      infos: 0,
    });
    expect(data.findings).toHaveLength(1);
    expect(workspace.simulator.calls.count(READ_RULES)).toBe(3);
  });

  it('joins what is true of several lists into one with all its places', async () => {
    await using workspace = await open({ api: [A, B], db: [D, A, B], web: [A, B] });
    const { stdout } = await workspace.run(['lint', 'bindings'], { cwd: workspace.folder });
    expect(stdout.match(/lint\/shadowed-rule/g)).toHaveLength(1);
    expect(stdout).toContain('    also at bindings/db.yaml:10:7, bindings/web.yaml:9:7\n');
  });

  it('finds nothing to say of lists that are as they should be', async () => {
    await using workspace = await open({ web: [B, A] });
    const { code, stdout } = await workspace.run(['lint', 'bindings'], { cwd: workspace.folder });
    expect(stdout).toBe('1 file, 1 valid binding, 1 list of 2 groups: no finding\n');
    expect(code).toBe(0);
  });

  it('writes SARIF with the place, and with the other places of the same', async () => {
    await using workspace = await open({ api: [A, B], web: [A, B], zone: [A, D] });
    const { stdout, code } = await workspace.run(['lint', 'bindings', '-o', 'sarif'], {
      cwd: workspace.folder,
    });
    const [{ results, tool }] = JSON.parse(stdout).runs;
    const at = (uri: string, startLine: number, startColumn: number) => ({
      physicalLocation: { artifactLocation: { uri }, region: { startLine, startColumn } },
    });
    expect(tool.driver.rules.map(({ id }: { id: string }) => id)).toEqual([
      'lint/order',
      'lint/shadowed-rule',
    ]);
    expect(results).toMatchObject([
      {
        ruleId: 'lint/shadowed-rule',
        level: 'warning',
        locations: [at('bindings/api.yaml', 9, 7)],
        relatedLocations: [at('bindings/web.yaml', 9, 7)],
      },
      { ruleId: 'lint/order', level: 'note', locations: [at('bindings/zone.yaml', 8, 5)] },
    ]);
    expect(code).toBe(2);
  });
});

describe.concurrent('lint, when something cannot be read', () => {
  it('points at a group that is not there, still reviews the others, and exits 1', async () => {
    await using workspace = await open({ api: [A, MISSING], web: [A, B] });
    const { code, places, data } = await found(workspace);
    expect(places).toEqual([
      'api.yaml:9:7 error lint/unreadable-group',
      'web.yaml:9:7 warning lint/shadowed-rule',
    ]);
    expect(data.findings[0].message).toMatch(
      new RegExp(`^the rules of ${MISSING} could not be read: InvalidSecurityGroupID.NotFound: `),
    );
    expect(code).toBe(1);
  });

  it('says which permission is missing where rules may not be read', async () => {
    await using workspace = await open({ web: [A] });
    workspace.simulator.faults.add({ kind: 'error', code: 'UnauthorizedOperation', action: READ_RULES });
    const { code, data } = await found(workspace, '--api', 'v3');
    expect(data.findings[0].message).toContain('grant vpc:DescribeSecurityGroupPolicies');
    expect(code).toBe(1);
  });

  it('says what stands in the way of a whole region, once, and reviews the other ones', async () => {
    await using workspace = await open({ web: [A, B] });
    workspace.write('far.yaml', binding('far', [A]).replace(REGION, 'ap-nowhere'));
    const { code, stderr, places, data } = await found(workspace);
    expect(stderr).toMatch(/^error: the cloud at .* cannot be read for default@ap-nowhere: .*\n$/);
    expect(places).toEqual(['web.yaml:9:7 warning lint/shadowed-rule']);
    expect(data.unreachable).toMatchObject([{ account: 'default', region: 'ap-nowhere' }]);
    expect(code).toBe(1);
  });

  it('warns of templates that may not be read', async () => {
    await using workspace = await open({ web: [F, A] });
    const action = 'DescribeAddressTemplates';
    workspace.simulator.faults.add({ kind: 'error', code: 'UnauthorizedOperation', action });
    const { code, stderr, data } = await found(workspace);
    expect(stderr).toMatch(
      /^warning: default@ap-guangzhou: address templates could not be read, so what they hold is not known: .*grant vpc:DescribeAddressTemplates\n$/,
    );
    expect(data.unread).toMatchObject([{ account: 'default', region: REGION, what: 'address templates' }]);
    expect(code).toBe(0);
  });

  it('gives up after --timeout', async () => {
    await using workspace = await open({ web: [A] });
    workspace.simulator.faults.add({ kind: 'latency', ms: 60_000 });
    const line = ['lint', workspace.bindings, '--timeout', '1s'];
    const { code, stdout, stderr } = await workspace.run(line);
    expect(stderr).toBe('error: the rules could not be read within 1s; --timeout gives more time\n');
    expect([code, stdout]).toEqual([1, '']);
  });

  it('asks the cloud nothing about documents that are not valid, and shows what is wrong with them', async () => {
    await using workspace = await open({ web: [A, B] });
    workspace.write('bad.yaml', binding('bad', [A]).replace('region:', 'regoin:'));
    const { code, places } = await found(workspace);
    expect(places).toContain('bad.yaml:5:3 error schema/unknown-field');
    expect(places.join()).not.toContain('lint/');
    expect(workspace.simulator.calls.counts()).toEqual({});
    expect(code).toBe(1);
  });

  it('refuses a directory that is not there, and names the one that was meant', async () => {
    await using workspace = await open({ web: [A] });
    const { code, stderr } = await workspace.run(['lint', 'bindngs'], { cwd: workspace.folder });
    expect(stderr).toContain('did you mean "bindings/"?');
    expect(code).toBe(1);
  });

  it('refuses a directory that holds nothing', async () => {
    await using workspace = await open({});
    const { code, places } = await found(workspace);
    expect(places).toEqual([':1:1 error source/empty']);
    expect(code).toBe(1);
  });
});

describe('lint, with a policy', () => {
  it('warns where a list allows what the policy forbids to open, for the declarations that the rule is about', async () => {
    await using workspace = await open({});
    writeFileSync(
      join(workspace.folder, 'policy.yaml'),
      `apiVersion: cvmsg.dev/v1alpha1
kind: CvmsgPolicy
exposure:
  - name: no mail from anywhere
    never: { services: [tcp/25], from: [0.0.0.0/0] }
    except: [10.0.0.0/8]
    paths: [teams/shop/]
`,
    );
    mkdirSync(join(workspace.bindings, 'teams/shop'), { recursive: true });
    workspace.write('teams/shop/mail.yaml', binding('mail', [D, G]));
    workspace.write('other.yaml', binding('other', [D, G]));
    const lint = await workspace.run([
      'lint',
      workspace.bindings,
      '--policy',
      join(workspace.folder, 'policy.yaml'),
    ]);
    expect(lint.code).toBe(2);
    expect(lint.stdout).toMatch(
      /teams\/shop\/mail\.yaml:9:7: warning \[lint\/exposure\] spec\.sgIds\[1\]\n +the policy rule "no mail from anywhere" forbids what this list allows: tcp\/25 from 0\.0\.0\.0\/0 except 10\.0\.0\.0\/8, because sg-gggggggg ingress #0/,
    );
    const { stdout } = await workspace.run([
      ...['lint', workspace.bindings, '--policy', join(workspace.folder, 'policy.yaml'), '-o', 'json'],
    ]);
    const { findings } = JSON.parse(stdout) as { findings: { rule: string; binding: string }[] };
    expect(findings.filter(({ rule }) => rule === 'lint/exposure')).toMatchObject([{ binding: 'shop/mail' }]);
  });
});
