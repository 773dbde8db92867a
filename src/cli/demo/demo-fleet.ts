/** The fleet of the demo: 40 instances in two regions, most of them not as the sample bindings declare. */
import type { Fleet, FleetGroup, FleetInstance, FleetRule } from '../../simulator/fleet.ts';
import { SAMPLES, type Sample } from './samples.ts';

/** A group of each region that no sample declares: what somebody adds by hand. */
export const FOREIGN_GROUP = 'sg-byhand01';

const accept = (rule: Omit<FleetRule, 'action'>): FleetRule => ({ action: 'ACCEPT', ...rule });
const drop = (rule: Omit<FleetRule, 'action'>): FleetRule => ({ action: 'DROP', ...rule });
const tcp = (port: string, cidrBlock: string) => ({ protocol: 'TCP', port, cidrBlock });

const ANYWHERE = '0.0.0.0/0';
const PRIVATE = '10.0.0.0/8';

/** The edge keeps strangers from logging in, which the group behind it still allows; the other way round, it is open. */
const INGRESS: Readonly<Record<string, readonly FleetRule[]>> = {
  'sg-edge0001': [accept(tcp('22', PRIVATE)), drop(tcp('22,3389', ANYWHERE)), accept(tcp('443', ANYWHERE))],
  'sg-web00001': [accept(tcp('80,443', ANYWHERE)), accept(tcp('22', ANYWHERE))],
  'sg-admin001': [accept({ protocol: 'ICMP', cidrBlock: PRIVATE }), accept(tcp('9100', PRIVATE))],
  'sg-api00001': [accept(tcp('8080', PRIVATE))],
  'sg-sql00001': [accept(tcp('3306', '10.1.0.0/16')), drop(tcp('3306', ANYWHERE))],
  'sg-backup01': [accept(tcp('3306', '10.9.0.0/16'))],
  'sg-batch001': [accept(tcp('7000-7010', PRIVATE))],
  'sg-ops00001': [accept(tcp('22', PRIVATE))],
  'sg-cache001': [accept(tcp('6379', '10.2.0.0/16'))],
  [FOREIGN_GROUP]: [accept(tcp('3389', ANYWHERE))],
};

function groupOf(securityGroupId: string): FleetGroup {
  const egress = [accept({ protocol: 'ALL', cidrBlock: ANYWHERE })];
  return { securityGroupId, ingress: INGRESS[securityGroupId] ?? [], egress };
}

export function demoFleet(): Fleet {
  const regions = [...Map.groupBy(SAMPLES, (sample) => sample.region)].map(([region, samples]) => {
    const groups = new Set([FOREIGN_GROUP, ...samples.flatMap((sample) => sample.groups)]);
    const securityGroups = [...groups].map(groupOf);
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
