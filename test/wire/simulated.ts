/** A small simulated cloud on virtual time, and short ways to ask it. */
import { seededRandom } from '../../src/runtime/random.ts';
import type { HttpRequest } from '../../src/runtime/transport.ts';
import { VirtualClock } from '../../src/runtime/virtual-clock.ts';
import type { Fleet } from '../../src/simulator/fleet.ts';
import { createSimulator, type Simulator, type SimulatorOptions } from '../../src/simulator/simulator.ts';
import { type RequestOptions, type V2Options, v2Request, v3Request } from './signed-request.ts';

export const INSTANCE_A = 'ins-aaaaaaaa';
export const INSTANCE_B = 'ins-bbbbbbbb';
export const INSTANCE_SHANGHAI = 'ins-shanghai';
export const G1 = 'sg-00000001';
export const G2 = 'sg-00000002';
export const G3 = 'sg-00000003';

const groups = ['1', '2', '3', '4', '5', '6'].map((digit) => ({ securityGroupId: `sg-0000000${digit}` }));

export const SMALL_FLEET: Fleet = {
  accounts: ['default'],
  regions: {
    'ap-guangzhou': {
      securityGroups: groups,
      instances: [
        {
          instanceId: INSTANCE_A,
          instanceName: 'a',
          securityGroupIds: [G1, G2],
          tags: { app: 'web' },
          vpcId: 'vpc-a',
        },
        {
          instanceId: INSTANCE_B,
          instanceName: 'b',
          securityGroupIds: [G2],
          tags: { app: 'api' },
          projectId: 7,
        },
      ],
    },
    'ap-shanghai': {
      securityGroups: [{ securityGroupId: 'sg-shanghai' }],
      instances: [{ instanceId: INSTANCE_SHANGHAI, securityGroupIds: ['sg-shanghai'] }],
    },
  },
};

interface V2Reply {
  readonly code: number | string;
  readonly message: string;
  readonly data?: { readonly totalNum: number; readonly detail: readonly Record<string, unknown>[] };
}

interface V3Reply {
  readonly RequestId: string;
  readonly Error?: { readonly Code: string; readonly Message: string };
  readonly TotalCount?: number;
  readonly InstanceSet?: readonly {
    readonly InstanceId: string;
    readonly SecurityGroupIds: readonly string[];
  }[];
  readonly [name: string]: unknown;
}

export interface Simulated extends Simulator {
  readonly virtual: VirtualClock;
  json(request: HttpRequest): Promise<unknown>;
  v2(
    action: string,
    params: Readonly<Record<string, string>>,
    options?: Partial<V2Options>,
  ): Promise<V2Reply>;
  v3(
    action: string,
    body: Readonly<Record<string, unknown>>,
    options?: Partial<RequestOptions> & { version?: string },
  ): Promise<V3Reply>;
}

export function simulated(options: Partial<SimulatorOptions> = {}): Simulated {
  const virtual = new VirtualClock();
  const simulator = createSimulator({
    clock: virtual,
    random: seededRandom(7),
    fleet: SMALL_FLEET,
    ...options,
  });
  const [signer] = simulator.credentials;
  if (signer === undefined) throw new Error('The simulator has no key.');
  const defaults = () => ({ signer, nowMs: virtual.now() });
  const json = async (request: HttpRequest) =>
    JSON.parse((await simulator.transport(request)).body) as unknown;
  return {
    ...simulator,
    virtual,
    json,
    v2: async (action, params, given) =>
      (await json(v2Request(action, params, { ...defaults(), ...given }))) as V2Reply,
    v3: async (action, body, given) =>
      ((await json(v3Request(action, body, { ...defaults(), ...given }))) as { Response: V3Reply }).Response,
  };
}

/** The parameters of ModifySecurityGroupsOfInstance for these lists. */
export function instanceSet(
  lists: readonly (readonly [string, readonly string[]])[],
): Record<string, string> {
  const params: Record<string, string> = {};
  for (const [index, [instanceId, list]] of lists.entries()) {
    params[`instanceSet.${index}.instanceId`] = instanceId;
    for (const [place, group] of list.entries()) params[`instanceSet.${index}.sgIds.${place}`] = group;
  }
  return params;
}
