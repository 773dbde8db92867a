/** The fleet of the demo: 40 instances in two regions, most of them not as the sample bindings declare. */
import type { Fleet, FleetInstance } from '../../simulator/fleet.ts';
import { SAMPLES, type Sample } from './samples.ts';

/** A group of each region that no sample declares: what somebody adds by hand. */
export const FOREIGN_GROUP = 'sg-byhand01';

export function demoFleet(): Fleet {
  const regions = [...Map.groupBy(SAMPLES, (sample) => sample.region)].map(([region, samples]) => {
    const groups = new Set([FOREIGN_GROUP, ...samples.flatMap((sample) => sample.groups)]);
    const securityGroups = [...groups].map((securityGroupId) => ({ securityGroupId }));
    return [region, { securityGroups, instances: samples.flatMap(instancesOf) }] as const;
  });
  return { accounts: ['default'], regions: Object.fromEntries(regions) };
}

function instancesOf(sample: Sample): FleetInstance[] {
  return sample.instances.map((instanceId, index) => ({
    instanceId,
    instanceName: `${sample.name}-${index + 1}`,
    securityGroupIds: startingList(sample.groups, index),
    tags: { app: sample.name },
  }));
}

/** In turn: turned round, one group too few, one too many, and as declared. */
function startingList(groups: readonly string[], index: number): readonly string[] {
  switch (index % 4) {
    case 0:
      return groups.toReversed();
    case 1:
      return groups.slice(0, -1);
    case 2:
      return [...groups, FOREIGN_GROUP];
    default:
      return groups;
  }
}
