import { type Random, seededRandom } from '../runtime/random.ts';
import {
  DEFAULT_ACCOUNT,
  type Fleet,
  type FleetGroup,
  type FleetInstance,
  type FleetRegion,
  type FleetRule,
  type FleetTemplates,
} from './fleet.ts';
import { longRegion } from './regions.ts';

export interface FleetShape {
  /** Instances in all regions together. */
  readonly instances: number;
  /** Region codes, long or short; instances are dealt to them in turn. */
  readonly regions: readonly string[];
  readonly seed?: number;
  /** Security groups of each region. */
  readonly groupsPerRegion?: number;
}

const APPS = ['web', 'api', 'queue', 'store', 'batch'];
const ALPHABET = '0123456789abcdefghijklmnopqrstuvwxyz';

/** A fleet of the given shape; the same shape and seed give the same fleet. @throws RangeError when the shape cannot be had. */
export function generateFleet(shape: FleetShape): Fleet {
  const groupsPerRegion = shape.groupsPerRegion ?? 8;
  if (!Number.isInteger(shape.instances) || shape.instances < 0) {
    throw new RangeError(
      `Expected \`instances\` to be a whole number of 0 or more, got '${shape.instances}'.`,
    );
  }
  if (shape.regions.length === 0)
    throw new RangeError('Expected `regions` to name at least one region, got none.');
  if (!Number.isInteger(groupsPerRegion) || groupsPerRegion < 1) {
    throw new RangeError(`Expected \`groupsPerRegion\` to be at least 1, got '${groupsPerRegion}'.`);
  }
  const random = seededRandom(shape.seed ?? 1);
  const newId = uniqueIds(random);
  const regions: Record<string, FleetRegion> = {};
  const instancesOf = new Map<string, FleetInstance[]>();
  const names = shape.regions.map(longRegion);
  for (const region of names) {
    const ids = Array.from({ length: groupsPerRegion }, () => newId('sg'));
    const securityGroups = ids.map(
      (securityGroupId, index): FleetGroup => ({
        securityGroupId,
        name: `group-${index + 1}`,
        ...generateRules(index, ids),
      }),
    );
    const instances: FleetInstance[] = [];
    instancesOf.set(region, instances);
    regions[region] = { securityGroups, instances, ...OFFICE_TEMPLATES };
  }
  for (let index = 0; index < shape.instances; index++) {
    const region = names[index % names.length] ?? '';
    const groups = regions[region]?.securityGroups ?? [];
    const app = APPS[index % APPS.length] ?? 'web';
    instancesOf.get(region)?.push({
      instanceId: newId('ins'),
      instanceName: `${app}-${index + 1}`,
      securityGroupIds: drawGroups(groups, random),
      tags: { app },
    });
  }
  return { accounts: [DEFAULT_ACCOUNT], regions };
}

/** One to three groups without repetition, in random order. */
function drawGroups(groups: readonly FleetGroup[], random: Random): string[] {
  const pool = groups.map((group) => group.securityGroupId);
  const count = Math.min(pool.length, 1 + Math.floor(random.next() * 3));
  const drawn: string[] = [];
  while (drawn.length < count) drawn.push(...pool.splice(Math.floor(random.next() * pool.length), 1));
  return drawn;
}

function uniqueIds(random: Random): (prefix: 'ins' | 'sg') => string {
  const taken = new Set<string>();
  return (prefix) => {
    for (;;) {
      let id = `${prefix}-`;
      for (let digit = 0; digit < 8; digit++) id += ALPHABET[Math.floor(random.next() * 36)];
      if (taken.has(id)) continue;
      taken.add(id);
      return id;
    }
  };
}

// Rules as people write them, for the groups of a generated fleet: the same for the same place of a group.

/** What the rules refer to, in each region. */
const OFFICE_TEMPLATES: FleetTemplates = {
  addressTemplates: [
    { templateId: 'ipm-office01', name: 'office', members: ['203.0.113.0/24', '198.51.100.7'] },
    { templateId: 'ipm-vpnusers', name: 'vpn', members: ['10.250.0.1-10.250.3.254'] },
  ],
  addressTemplateGroups: [
    { templateId: 'ipmg-people01', name: 'people', members: ['ipm-office01', 'ipm-vpnusers'] },
  ],
  serviceTemplates: [
    { templateId: 'ppm-metrics1', name: 'metrics', members: ['tcp:9090,9100', 'icmp'] },
    { templateId: 'ppm-logs0001', name: 'logs', members: ['udp:514', 'tcp:6514'] },
  ],
  serviceTemplateGroups: [
    { templateId: 'ppmg-monitor1', name: 'monitoring', members: ['ppm-metrics1', 'ppm-logs0001'] },
  ],
};

const accept = (rule: Omit<FleetRule, 'action'>): FleetRule => ({ action: 'ACCEPT', ...rule });
const drop = (rule: Omit<FleetRule, 'action'>): FleetRule => ({ action: 'DROP', ...rule });
const tcp = (port: string, cidrBlock: string) => ({ protocol: 'TCP', port, cidrBlock });

const ANYWHERE = '0.0.0.0/0';
const PRIVATE = '10.0.0.0/8';
const OPEN_EGRESS: readonly FleetRule[] = [
  accept({ protocol: 'ALL', cidrBlock: ANYWHERE }),
  accept({ protocol: 'ALL', ipv6CidrBlock: '::/0' }),
];

/** Kinds of groups, in turn. @param network a part of the private network; @param neighbour another group of the region. */
const KINDS: readonly ((network: string, neighbour: string) => readonly FleetRule[])[] = [
  () => [
    accept({ ...tcp('80,443', ANYWHERE), description: 'web' }),
    accept({ protocol: 'TCP', port: '80,443', ipv6CidrBlock: '::/0' }),
  ],
  () => [
    accept({ protocol: 'TCP', port: '22', addressTemplate: 'ipmg-people01', description: 'people' }),
    accept({ protocol: 'ICMP', cidrBlock: PRIVATE }),
    drop(tcp('22,3389', ANYWHERE)),
  ],
  (network, neighbour) => [
    accept({ protocol: 'TCP', port: '3306', securityGroupId: neighbour, description: 'database' }),
    accept(tcp('3306', network)),
    drop(tcp('3306,6379', ANYWHERE)),
  ],
  (network) => [
    accept(tcp('8000-8010', network)),
    accept({ protocol: 'UDP', port: '53', cidrBlock: PRIVATE }),
  ],
  () => [accept({ serviceTemplate: 'ppmg-monitor1', cidrBlock: PRIVATE, description: 'monitoring' })],
  (network) => [accept(tcp('6379', network)), drop({ protocol: 'ALL', cidrBlock: '10.99.0.0/16' })],
  () => [accept({ protocol: 'ALL', cidrBlock: PRIVATE, description: 'internal' })],
  (network) => [
    accept({ serviceTemplate: 'ppm-metrics1', addressTemplate: 'ipm-office01' }),
    accept(tcp('9200-9300', network)),
  ],
];

/** @param groupIds of the region; the group itself stands at `index`. */
function generateRules(
  index: number,
  groupIds: readonly string[],
): { readonly ingress: readonly FleetRule[]; readonly egress: readonly FleetRule[] } {
  const neighbour = groupIds[(index + 1) % groupIds.length] ?? '';
  const ingress = KINDS[index % KINDS.length]?.(`10.${(index * 7) % 256}.0.0/16`, neighbour) ?? [];
  return { ingress, egress: OPEN_EGRESS };
}
