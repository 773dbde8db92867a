import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { generateFleet } from './generate-fleet.ts';
import { parseFleet } from './parse-fleet.ts';

const GOOD = `
regions:
  ap-guangzhou:
    securityGroups: [sg-00000001, {securityGroupId: sg-00000002, name: web}]
    instances:
      - instanceId: ins-aaaaaaaa
        securityGroupIds: [sg-00000002, sg-00000001]
        tags: {app: web}
        state: STOPPED
  sh: {}
`;

describe('parseFleet', () => {
  it('reads groups, instances and their lists in order, and takes short region codes for long ones', () => {
    expect(parseFleet(GOOD)).toEqual({
      accounts: ['default'],
      regions: {
        'ap-guangzhou': {
          securityGroups: [
            { securityGroupId: 'sg-00000001' },
            { securityGroupId: 'sg-00000002', name: 'web' },
          ],
          instances: [
            {
              instanceId: 'ins-aaaaaaaa',
              securityGroupIds: ['sg-00000002', 'sg-00000001'],
              tags: { app: 'web' },
              state: 'STOPPED',
            },
          ],
        },
        'ap-shanghai': { securityGroups: [], instances: [] },
      },
    });
  });

  const instance = (text: string) =>
    `regions:\n  ap-guangzhou:\n    securityGroups: [sg-00000001]\n    instances:\n      - ${text}\n`;

  it.each([
    { reason: 'broken YAML', text: 'regions: {', message: /^fleet\.yaml:1:11: / },
    { reason: 'an empty file', text: '', message: /^fleet\.yaml:1:1: Expected a map with `regions`/ },
    {
      reason: 'an unknown field',
      text: 'regions: {}\nregoins: {}\n',
      message: /:2:1: Unknown field 'regoins'/,
    },
    {
      reason: 'no region',
      text: 'regions: {}\n',
      message: /:1:1: Expected `regions` to be a map with at least one/,
    },
    {
      reason: 'a duplicate key',
      text: 'regions: {}\nregions: {}\n',
      message: /:2:1: Map keys must be unique/,
    },
    {
      reason: 'a region twice',
      text: 'regions:\n  gz: {}\n  ap-guangzhou: {}\n',
      message: /:3:3: The region 'ap-guangzhou' is given twice/,
    },
    {
      reason: 'a bad group id',
      text: 'regions:\n  gz:\n    securityGroups: [sg-1]\n',
      message: /:3:22: Expected a security group id/,
    },
    {
      reason: 'an unlisted group',
      text: instance('{instanceId: ins-aaaaaaaa, securityGroupIds: [sg-00000009]}'),
      message: /:5:55: The region has no group 'sg-00000009'/,
    },
    {
      reason: 'a misspelt field',
      text: instance('{instanceId: ins-aaaaaaaa, securityGroupIds: [], stat: RUNNING}'),
      message: /:5:58: Unknown field 'stat'/,
    },
    {
      reason: 'a name over the documented length',
      text: instance(`{instanceId: ins-aaaaaaaa, securityGroupIds: [], instanceName: ${'n'.repeat(129)}}`),
      message: /Expected 'instanceName' to be text of at most 128 characters/,
    },
    {
      reason: 'a tag over the documented length',
      text: instance(`{instanceId: ins-aaaaaaaa, securityGroupIds: [], tags: {app: ${'v'.repeat(256)}}}`),
      message: /Expected 'tags' to be a map of text to text, keys of at most 127/,
    },
    {
      reason: 'a group’s name over the documented length',
      text: `regions:\n  gz:\n    securityGroups: [{securityGroupId: sg-00000001, name: ${'n'.repeat(61)}}]\n`,
      message: /:3:53: Expected 'name' to be text of at most 60 characters/,
    },
    {
      reason: 'a group’s field that there is not',
      text: 'regions:\n  gz:\n    securityGroups: [{securityGroupId: sg-00000001, colour: red}]\n',
      message: /Unknown field 'colour'; the fields are name, description/,
    },
    {
      reason: 'a bad state',
      text: instance('{instanceId: ins-aaaaaaaa, securityGroupIds: [], state: UP}'),
      message: /Expected 'state' to be one of PENDING/,
    },
    {
      reason: 'no list',
      text: instance('{instanceId: ins-aaaaaaaa}'),
      message: /:5:9: The instance 'ins-aaaaaaaa' needs `securityGroupIds`/,
    },
    {
      reason: 'a bad instance id',
      text: instance('{instanceId: i-1, securityGroupIds: []}'),
      message: /:5:10: Expected an instance id/,
    },
    {
      reason: 'an unknown account',
      text: instance('{instanceId: ins-aaaaaaaa, account: x, securityGroupIds: []}'),
      message: /:5:36: Expected `account` to be one of default/,
    },
    {
      reason: 'an instance twice',
      text: `${instance('{instanceId: ins-aaaaaaaa, securityGroupIds: []}')}      - {instanceId: ins-aaaaaaaa, securityGroupIds: []}\n`,
      message: /:6:10: The instance 'ins-aaaaaaaa' is listed twice/,
    },
    {
      reason: 'an alias bomb',
      text: `a: &a [x,x]\nb: &b [${'*a,'.repeat(60)}]\nregions: [${'*b,'.repeat(60)}]\n`,
      message: /Excessive alias count/,
    },
  ])('names the place of $reason', ({ text, message }) => {
    expect(() => parseFleet(text)).toThrow(message);
  });
});

it('the fleet files of the documentation can be read', () => {
  const page = readFileSync('docs/simulator.md', 'utf8');
  const files = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = '']) => parseFleet(text));
  expect(files.map(({ regions }) => regions['ap-guangzhou']?.securityGroups.length)).toEqual([2, 2]);
});

describe('rules and templates of a fleet file', () => {
  const region = (groups: string, templates = '') =>
    `regions:\n  gz:\n    securityGroups: ${groups}\n${templates && `    ${templates}\n`}`;
  const rule = (text: string) => region(`[{securityGroupId: sg-00000001, ingress: [{${text}}]}]`);

  it('are read with their group, and may refer to what stands behind them', () => {
    const groups =
      '[{securityGroupId: sg-00000001, egress: [{action: DROP, protocol: TCP, port: 22, securityGroupId: sg-00000002}, ' +
      '{action: ACCEPT, serviceTemplate: ppm-00000001, cidrBlock: 10.0.0.0/8}]}, sg-00000002]';
    const templates = 'serviceTemplates: [{templateId: ppm-00000001, members: ["tcp:80"]}]';
    expect(parseFleet(region(groups, templates)).regions['ap-guangzhou']).toEqual({
      securityGroups: [
        {
          securityGroupId: 'sg-00000001',
          egress: [
            { action: 'DROP', protocol: 'TCP', port: '22', securityGroupId: 'sg-00000002' },
            { action: 'ACCEPT', serviceTemplate: 'ppm-00000001', cidrBlock: '10.0.0.0/8' },
          ],
        },
        { securityGroupId: 'sg-00000002' },
      ],
      instances: [],
      serviceTemplates: [{ templateId: 'ppm-00000001', members: ['tcp:80'] }],
    });
  });

  const ALL = 'protocol: ALL, cidrBlock: 0.0.0.0/0';
  it.each([
    [
      'a misspelt field',
      rule(`${ALL}, action: DROP, portt: 1`),
      /:3:\d+: Unknown field 'portt'; the fields are action, protocol, port,/,
    ],
    ['no action', rule(ALL), /:3:63: A rule needs `action`/],
    [
      'two sources',
      rule(`${ALL}, action: DROP, securityGroupId: sg-00000001`),
      /exactly one of cidrBlock, ipv6CidrBlock/,
    ],
    ['no source', rule('protocol: ALL, action: DROP'), /exactly one of cidrBlock, ipv6CidrBlock/],
    ['no service', rule('cidrBlock: 0.0.0.0/0, action: DROP'), /exactly one of protocol, serviceTemplate/],
    ['a port without TCP or UDP', rule(`${ALL}, action: DROP, port: 22`), /needs the protocol TCP or UDP/],
    [
      'ports that run backwards',
      rule('action: DROP, protocol: TCP, port: 90-80, cidrBlock: 0.0.0.0/0'),
      /Expected 'port' to be/,
    ],
    [
      'a port that is none',
      rule('action: DROP, protocol: TCP, port: 65536, cidrBlock: 0.0.0.0/0'),
      /Expected 'port' to be/,
    ],
    [
      'an IPv6 prefix as an IPv4 one',
      rule('action: DROP, protocol: ALL, cidrBlock: "::/0"'),
      /Expected 'cidrBlock' to be an IPv4 prefix/,
    ],
    [
      'a prefix that is too long',
      rule('action: DROP, protocol: ALL, cidrBlock: 10.0.0.0/33'),
      /Expected 'cidrBlock' to be/,
    ],
    ['ICMP for IPv6', rule('action: DROP, protocol: ICMP, ipv6CidrBlock: "::/0"'), /the protocol is ICMPv6/],
    [
      'ICMPv6 for IPv4',
      rule('action: DROP, protocol: ICMPv6, cidrBlock: 0.0.0.0/0'),
      /the protocol is ICMP\./,
    ],
    [
      'a protocol that is none',
      rule('action: DROP, protocol: SCTP, cidrBlock: 0.0.0.0/0'),
      /Expected 'protocol' to be one of TCP/,
    ],
    [
      'a group that is not there',
      rule('action: DROP, protocol: ALL, securityGroupId: sg-00000009'),
      /no group 'sg-00000009'/,
    ],
    [
      'a template that is not there',
      rule('action: DROP, protocol: ALL, addressTemplate: ipm-00000009'),
      /no template 'ipm-00000009'/,
    ],
    [
      'too many rules',
      region(`[{securityGroupId: sg-00000001, ingress: [${`{action: DROP, ${ALL}},`.repeat(101)}]}]`),
      /at most 100 rules of one direction, got 101/,
    ],
    [
      'a template of another kind',
      region('[]', 'addressTemplates: [{templateId: ppm-00000001, members: []}]'),
      /:4:25: Expected 'templateId' to be an id such as ipm-/,
    ],
    [
      'a template without members',
      region('[]', 'addressTemplates: [{templateId: ipm-00000001}]'),
      /needs `templateId` and `members`/,
    ],
    [
      'a member that is no address',
      region('[]', 'addressTemplates: [{templateId: ipm-00000001, members: [web]}]'),
      /:4:\d+: Expected a member to be an address.* got "web"/,
    ],
    [
      'a member that is no service',
      region('[]', 'serviceTemplates: [{templateId: ppm-00000001, members: ["80"]}]'),
      /Expected a member to be services/,
    ],
    [
      'a member that is not there',
      region('[]', 'serviceTemplateGroups: [{templateId: ppmg-00000001, members: [ppm-00000009]}]'),
      /no template 'ppm-00000009'/,
    ],
    [
      'a template twice',
      region(
        '[]',
        'addressTemplates: [{templateId: ipm-00000001, members: []}, {templateId: ipm-00000001, members: []}]',
      ),
      /listed twice/,
    ],
    [
      'an unknown list',
      region('[]', 'adressTemplates: []'),
      /Unknown field 'adressTemplates'; the fields are securityGroups, instances, addressTemplates,/,
    ],
  ])('are refused for %s', (_, text, message) => {
    expect(() => parseFleet(text)).toThrow(message);
  });

  it.each([
    ['serviceTemplates', 'ppm-00000001', ['tcp', 'tcp:', 'tcp:80:81', 'icmp:8', 'gre:1', 'sctp']],
    [
      'addressTemplates',
      'ipm-00000001',
      ['10.0.0.1-::1', '10.0.0.0/8-11.0.0.0/8', '1.1.1.1-1.1.1.2-1.1.1.3'],
    ],
  ])('%s have no members that mean nothing', (list, templateId, members) => {
    for (const member of members) {
      const text = region('[]', `${list}: [{templateId: ${templateId}, members: ["${member}"]}]`);
      expect(() => parseFleet(text), member).toThrow(/Expected a member to be/);
    }
  });
});

describe('generateFleet', () => {
  const shape = { instances: 101, regions: ['gz', 'ap-shanghai'], seed: 3, groupsPerRegion: 4 };

  it('gives the same fleet for the same seed and another for another', () => {
    expect(generateFleet(shape)).toEqual(generateFleet(shape));
    expect(generateFleet({ ...shape, seed: 4 })).not.toEqual(generateFleet(shape));
  });

  it('deals all instances to the regions, with lists of groups that exist, each once', () => {
    const { regions } = generateFleet(shape);
    expect(Object.entries(regions).map(([name, region]) => [name, region.instances.length])).toEqual([
      ['ap-guangzhou', 51],
      ['ap-shanghai', 50],
    ]);
    const ids = Object.values(regions).flatMap((region) => region.instances.map((it) => it.instanceId));
    expect(new Set(ids).size).toBe(101);
    for (const region of Object.values(regions)) {
      const known = new Set(region.securityGroups.map((group) => group.securityGroupId));
      for (const { securityGroupIds } of region.instances) {
        expect(new Set(securityGroupIds).size).toBe(securityGroupIds.length);
        expect(securityGroupIds.length).toBeGreaterThan(0);
        expect(securityGroupIds.every((id) => known.has(id))).toBe(true);
      }
    }
  });

  it('gives the groups rules and templates that a fleet file could have', () => {
    const fleet = generateFleet({ ...shape, groupsPerRegion: 20 });
    expect(parseFleet(JSON.stringify(fleet))).toEqual(fleet);
    const rules = fleet.regions['ap-guangzhou']?.securityGroups.flatMap(({ ingress = [] }) => ingress) ?? [];
    for (const field of [
      'cidrBlock',
      'ipv6CidrBlock',
      'securityGroupId',
      'addressTemplate',
      'serviceTemplate',
    ] as const) {
      expect(
        rules.some((one) => one[field] !== undefined),
        field,
      ).toBe(true);
    }
    expect(new Set(rules.map(({ action }) => action))).toEqual(new Set(['ACCEPT', 'DROP']));
  });

  it.each([{ instances: -1 }, { regions: [] }, { groupsPerRegion: 0 }])('refuses %j', (wrong) => {
    expect(() => generateFleet({ ...shape, ...wrong })).toThrow(RangeError);
  });
});
