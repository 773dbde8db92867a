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

  it.each([{ instances: -1 }, { regions: [] }, { groupsPerRegion: 0 }])('refuses %j', (wrong) => {
    expect(() => generateFleet({ ...shape, ...wrong })).toThrow(RangeError);
  });
});
