/** The product's own reader of rules against the simulator, by both generations. */
import { describe, expect, it } from 'vitest';
import type { SecurityGroupId } from '../../src/api/ids.ts';
import { createCredentialsProvider } from '../../src/cloud/credentials/provider.ts';
import { createCloudProvider } from '../../src/cloud/provider.ts';
import type { RuleReading } from '../../src/ports/rules.ts';
import { seededRandom } from '../../src/runtime/random.ts';
import { RULES_FLEET } from './rules-fleet.ts';
import { G1, G2, G3, type Simulated, simulated } from './simulated.ts';

const ENDPOINT = 'http://127.0.0.1:8099';
const groups = (...ids: string[]) => ids as SecurityGroupId[];

async function read(cloud: Simulated, api: 'auto' | 'v2' | 'v3', ids: string[]): Promise<RuleReading> {
  const [key] = cloud.credentials;
  const { transport, clock } = cloud;
  const credentials = createCredentialsProvider({
    env: { TENCENTCLOUD_SECRET_ID: key?.secretId ?? '', TENCENTCLOUD_SECRET_KEY: key?.secretKey ?? '' },
    transport,
    clock,
  });
  const options = { api, endpoint: ENDPOINT, transport, credentials, clock, random: seededRandom(5) };
  const reader = createCloudProvider(options).rules({ account: 'default', region: 'ap-guangzhou' });
  let reading: RuleReading | undefined;
  const work = reader.readRules(groups(...ids), new AbortController().signal).then((result) => {
    reading = result;
  });
  await cloud.virtual.advance(60_000);
  await work;
  if (reading === undefined) throw new Error('not ended');
  return reading;
}

/** API 2.0 has no versions of rules. */
const withoutRules = (api: string) => ({
  ...{ ingress: [], egress: [] },
  ...(api === 'v2' ? {} : { version: '0' }),
});

describe.each(['auto', 'v2', 'v3'] as const)('the reader of rules with --api %s', (api) => {
  it('reads the rules of groups in order, and the templates that they refer to', async () => {
    const cloud = simulated({ fleet: RULES_FLEET });
    const reading = await read(cloud, api, [G1, G2]);
    const [first, ...unequal] = reading.ok ? reading.book.groups.values() : [];
    expect(unequal).toEqual([withoutRules(api)]);
    expect(first).toMatchObject({
      ingress: [
        { action: 'ACCEPT', protocol: 'tcp', port: '80,443', cidrBlock: '0.0.0.0/0' },
        // API 2.0 has one field for both families.
        {
          action: 'ACCEPT',
          ...(api === 'v2' ? { cidrBlock: '2001:db8::/32' } : { ipv6CidrBlock: '2001:db8::/32' }),
        },
        { action: 'DROP', protocol: 'tcp', port: '22', securityGroupId: G2 },
        { action: 'ACCEPT', serviceTemplate: 'ppmg-00000001', addressTemplate: 'ipm-00000001' },
        { action: 'ACCEPT', serviceTemplate: 'ppm-00000001', addressTemplate: 'ipmg-00000001' },
      ],
      egress: [{ action: 'ACCEPT', cidrBlock: '0.0.0.0/0' }],
    });
    expect(reading).toMatchObject({
      book: {
        addressTemplates: new Map([
          ['ipm-00000001', ['192.128.8.8/17', '10.0.0.1-10.0.0.9']],
          ['ipm-00000002', []],
        ]),
        addressTemplateGroups: new Map([['ipmg-00000001', ['ipm-00000001', 'ipm-00000002']]]),
        serviceTemplates: new Map([['ppm-00000001', ['tcp:80,443', 'udp:all']]]),
        serviceTemplateGroups: new Map([['ppmg-00000001', ['ppm-00000001']]]),
      },
      unread: [],
    });
  });

  it('tells of a group of another account, or of none, that it is not there', async () => {
    const cloud = simulated({ fleet: RULES_FLEET });
    const reading = await read(cloud, api, [G3, 'sg-99999999', G2]);
    const code = api === 'v2' ? '7001' : 'InvalidSecurityGroupID.NotFound';
    const gone = { unreadable: expect.stringContaining(code) };
    expect(reading.ok && [...reading.book.groups.values()]).toEqual([gone, gone, withoutRules(api)]);
  });

  it('names both permissions of a read that is refused, and goes on with the other groups', async () => {
    const cloud = simulated({ fleet: RULES_FLEET });
    cloud.faults.add({ kind: 'error', code: api === 'v2' ? '4102' : 'UnauthorizedOperation', count: 1 });
    const reading = await read(cloud, api, [G1, G2]);
    const values = reading.ok ? [...reading.book.groups.values()] : [];
    expect(values.filter((group) => 'unreadable' in group)).toEqual([
      {
        unreadable: expect.stringContaining(
          'grant vpc:DescribeSecurityGroupPolicies and cvm:DescribeSecurityGroupPolicys',
        ),
      },
    ]);
    expect(values.filter((group) => !('unreadable' in group))).toHaveLength(1);
  });

  it('leaves out the templates that it may not list', async () => {
    const cloud = simulated({ fleet: RULES_FLEET });
    cloud.faults.add({ kind: 'error', code: 'UnauthorizedOperation', action: 'DescribeServiceTemplates' });
    const reading = await read(cloud, api, [G1]);
    expect(reading).toMatchObject({
      ok: true,
      book: { addressTemplates: { size: 2 } },
      unread: [
        {
          what: 'service templates',
          reason: expect.stringContaining('grant vpc:DescribeServiceTemplates'),
        },
      ],
    });
    expect(reading.ok && reading.book.serviceTemplates).toBeUndefined();
  });
});
