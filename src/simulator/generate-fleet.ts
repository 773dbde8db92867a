import { type Random, seededRandom } from '../runtime/random.ts';
import {
  DEFAULT_ACCOUNT,
  type Fleet,
  type FleetGroup,
  type FleetInstance,
  type FleetRegion,
} from './fleet.ts';
import { generateRules, OFFICE_TEMPLATES } from './generate-rules.ts';
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
