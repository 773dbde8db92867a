/** Draws rules of groups and rules of exposure over a few packets, so that they often have to do with each other. */
import type { ExposureRule } from '../../src/core/policy.ts';
import type { FleetRule } from '../../src/simulator/fleet.ts';
import type { Chance } from './chance.ts';
import type { Event, Events } from './event.ts';
import type { World } from './world.ts';

export const PACKET_PORTS = [9, 22, 50, 80, 443] as const;
const ADDRESSES = ['0.0.0.0/0', '10.0.0.0/30', '10.0.0.0/31', '10.0.0.2/31', '10.0.0.1/32'] as const;
/** Every packet that rules here tell apart. */
export const PACKETS = PACKET_PORTS.flatMap((port) =>
  [0n, 1n, 2n, 3n, 4n].map((last) => ({ port, address: (10n << 24n) + last })),
);

export function drawExposure(chance: Chance, regions: readonly string[]): ExposureRule[] {
  return Array.from({ length: chance.int(1, 2) }, (_, index) => ({
    name: `rule ${index}`,
    direction: 'ingress',
    ...(chance.happens(0.8) ? { services: ['tcp/22'] } : {}),
    addresses: [chance.one(ADDRESSES)],
    except: chance.happens(0.3) ? [chance.one(ADDRESSES.slice(2))] : [],
    conditional: chance.one(['deny', 'allow']),
    approval: chance.one(['deny', 'allow']),
    where: chance.one([{}, {}, { regions: [chance.one(regions)] }, { tags: { env: 'prod' } }]),
  }));
}

function drawRules(chance: Chance, groupIds: readonly string[]): FleetRule[] {
  return Array.from({ length: chance.int(0, 3) }, () => ({
    action: chance.happens(0.6) ? 'ACCEPT' : 'DROP',
    ...(chance.happens(0.2)
      ? { protocol: 'ALL' }
      : { protocol: 'TCP', port: chance.one(['22', '80', '80', '22-80', '443']) }),
    ...(chance.happens(0.15)
      ? { securityGroupId: chance.one(groupIds) }
      : { cidrBlock: chance.one(ADDRESSES) }),
  }));
}

/** Gives a group other rules. */
export function redrawRules(
  { simulator: { state } }: Pick<World, 'simulator'>,
  region: string,
  { sgId, chance }: { readonly sgId: string; readonly chance: Chance },
): void {
  const group = state.group(sgId, 'default', region);
  if (group === undefined) return;
  const ingress = drawRules(chance, state.groupIds(region));
  state.addGroup(region, { ...group, ingress, egress: [], rulesVersion: (group.rulesVersion ?? 0) + 1 });
}

const rules: Event = (world) => {
  const { chance, simulator } = world;
  const region = chance.one(world.regions);
  for (const sgId of chance.some(simulator.state.groupIds(region), chance.int(1, 2))) {
    redrawRules(world, region, { sgId, chance });
    world.tell(
      `the rules of ${sgId} become ${JSON.stringify(simulator.state.group(sgId, 'default', region)?.ingress)}`,
    );
  }
};

const ruleFault: Event = (world) => {
  const { chance } = world;
  const spec = chance.one([
    { kind: 'error', code: 'InternalError' },
    { kind: 'error', code: 'UnauthorizedOperation' },
    { kind: 'throttle', probability: 0.5 },
    { kind: 'latency', ms: chance.int(500, 8_000) },
    { kind: 'reset-after', probability: 0.5 },
  ] as const);
  const action = world.api === 'v2' ? 'DescribeSecurityGroupPolicys' : 'DescribeSecurityGroupPolicies';
  world.fault({ ...spec, action }, chance.int(5_000, 120_000));
};

/** What happens to a world with rules of exposure, beside all that happens to one with a policy. */
export const EXPOSURE_EVENTS: Events = [
  [25, rules],
  [6, ruleFault],
];
