/** The vendor's own clients, unmodified, read rules from the simulator's wire. */
import { createRequire } from 'node:module';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/runtime/clock.ts';
import { systemRandom } from '../../src/runtime/random.ts';
import { type RunningServer, startServer } from '../../src/simulator/server.ts';
import { createSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import { RULES_FLEET } from './rules-fleet.ts';
import { G1, G2 } from './simulated.ts';

const require = createRequire(import.meta.url);

interface V2Client {
  readonly defaults: Readonly<Record<string, unknown>>;
  request(
    data: Readonly<Record<string, unknown>>,
    options: Readonly<Record<string, unknown>>,
    callback: (error: Error | null, body: Record<string, unknown>) => void,
  ): void;
}
const QcloudApi = require('qcloudapi-sdk') as new (defaults: Readonly<Record<string, unknown>>) => V2Client;
const { cvm } = require('tencentcloud-sdk-nodejs-cvm') as typeof import('tencentcloud-sdk-nodejs-cvm');

let simulator: Simulator;
let server: RunningServer;

beforeAll(async () => {
  simulator = createSimulator({ clock: systemClock, random: systemRandom, fleet: RULES_FLEET });
  server = await startServer(simulator, { listen: { host: '127.0.0.1', port: 0 } });
});
afterAll(() => server.close());

function key() {
  const [credential] = simulator.credentials;
  if (credential === undefined) throw new Error('no key');
  return credential;
}

/** Of its own 65,536 the client draws one twice in a second now and then, and is refused, as it should be. */
let nonce = 0;

function v2(data: Readonly<Record<string, unknown>>): Promise<Record<string, unknown>> {
  const { secretId: SecretId, secretKey: SecretKey } = key();
  const client = new QcloudApi({
    SecretId,
    SecretKey,
    Region: 'gz',
    protocol: 'http',
    host: `127.0.0.1:${server.port}`,
  });
  return new Promise((resolve, reject) => {
    client.request({ Nonce: ++nonce, ...data }, { ...client.defaults }, (error, body) =>
      error === null ? resolve(body) : reject(error),
    );
  });
}

/** The client of API 3.0 for any product: what the client of each product is made from. */
function vpc() {
  const { secretId, secretKey } = key();
  const AnyClient = Object.getPrototypeOf(cvm.v20170312.Client) as new (
    host: string,
    version: string,
    config: Readonly<Record<string, unknown>>,
  ) => { request(action: string, body: object): Promise<Record<string, unknown>> };
  return new AnyClient('vpc.tencentcloudapi.com', '2017-03-12', {
    credential: { secretId, secretKey },
    region: 'ap-guangzhou',
    profile: { httpProfile: { endpoint: `127.0.0.1:${server.port}`, protocol: 'http://' } },
  });
}

interface Rule2 {
  readonly index: number;
  readonly action: string;
  readonly ipProtocol?: string;
  readonly portRange?: string;
  readonly cidrIp?: string;
  readonly sgId?: string;
  readonly addressModule?: string;
  readonly serviceModule?: string;
}

function from2(rule: Rule2): string {
  const { ipProtocol = 'all', portRange = 'all', serviceModule } = rule;
  const address = rule.cidrIp ?? rule.sgId ?? rule.addressModule;
  return `${rule.index} ${rule.action} ${serviceModule ?? `${ipProtocol}:${portRange}`} ${address}`;
}

interface Rule3 {
  readonly PolicyIndex: number;
  readonly Action: string;
  readonly Protocol?: string;
  readonly Port?: string;
  readonly CidrBlock?: string;
  readonly Ipv6CidrBlock?: string;
  readonly SecurityGroupId?: string;
  readonly ServiceTemplate: { readonly ServiceId: string; readonly ServiceGroupId: string };
  readonly AddressTemplate: { readonly AddressId: string; readonly AddressGroupId: string };
}

function from3(rule: Rule3): string {
  const { ServiceTemplate, AddressTemplate } = rule;
  const service =
    ServiceTemplate.ServiceId || ServiceTemplate.ServiceGroupId || `${rule.Protocol}:${rule.Port}`;
  const template = AddressTemplate.AddressId || AddressTemplate.AddressGroupId;
  const address = rule.CidrBlock || rule.Ipv6CidrBlock || rule.SecurityGroupId || template;
  return `${rule.PolicyIndex} ${rule.Action} ${service} ${address}`;
}

describe('the official clients of both generations', () => {
  it('read the same rules of a group, in the same order', async () => {
    const old = await v2({ Action: 'DescribeSecurityGroupPolicys', sgId: G1 });
    const reply = await vpc().request('DescribeSecurityGroupPolicies', { SecurityGroupId: G1 });
    const { Ingress, Egress } = reply.SecurityGroupPolicySet as Record<'Ingress' | 'Egress', Rule3[]>;
    const { ingress, egress } = old.data as Record<'ingress' | 'egress', Rule2[]>;
    expect(Ingress).toHaveLength(5);
    expect(ingress.map(from2)).toEqual(Ingress.map(from3));
    expect(egress.map(from2)).toEqual(Egress.map(from3));
  });

  it('read templates and references, which API 3.0 alone has', async () => {
    const templates = await vpc().request('DescribeAddressTemplates', { Offset: '0', Limit: '100' });
    expect(templates).toMatchObject({
      TotalCount: 2,
      AddressTemplateSet: [{ AddressTemplateId: 'ipm-00000001' }, {}],
    });
    const references = await vpc().request('DescribeSecurityGroupReferences', { SecurityGroupIds: [G2] });
    expect(references).toMatchObject({
      ReferredSecurityGroupSet: [{ SecurityGroupId: G2, ReferredSecurityGroupIds: [G1] }],
    });
  });

  it('are told of a group that does not exist', async () => {
    const gone = { SecurityGroupId: 'sg-unknown1' };
    await expect(vpc().request('DescribeSecurityGroupPolicies', gone)).rejects.toMatchObject({
      code: 'InvalidSecurityGroupID.NotFound',
    });
    const old = await v2({ Action: 'DescribeSecurityGroupPolicys', sgId: 'sg-unknown1' });
    expect(String(old.code)).toBe('7001');
  });
});
