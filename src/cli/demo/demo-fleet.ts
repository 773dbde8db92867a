/** The fleet of the demo: 40 instances in two regions, most of them not as the sample bindings declare; and these. */
import { mkdirSync, readdirSync } from 'node:fs';
import { writeFileBelow } from '../../runtime/file-draft.ts';
import type { Fleet, FleetGroup, FleetInstance, FleetRule } from '../../simulator/fleet.ts';

export interface Sample {
  readonly namespace: string;
  readonly name: string;
  readonly region: string;
  readonly instances: readonly string[];
  /** Ordered. */
  readonly groups: readonly string[];
}

function ids(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `ins-${prefix}${String(index + 1).padStart(4, '0')}`);
}

export const SAMPLES: readonly Sample[] = [
  {
    ...{ namespace: 'shop', name: 'web', region: 'ap-guangzhou', instances: ids('gweb', 12) },
    groups: ['sg-edge0001', 'sg-web00001', 'sg-admin001'],
  },
  {
    ...{ namespace: 'shop', name: 'api', region: 'ap-guangzhou', instances: ids('gapi', 8) },
    groups: ['sg-api00001', 'sg-admin001'],
  },
  {
    ...{ namespace: 'shop', name: 'db', region: 'ap-guangzhou', instances: ids('gsql', 4) },
    groups: ['sg-sql00001', 'sg-backup01', 'sg-admin001'],
  },
  {
    ...{ namespace: 'data', name: 'batch', region: 'ap-shanghai', instances: ids('sbat', 10) },
    groups: ['sg-batch001', 'sg-ops00001'],
  },
  {
    ...{ namespace: 'data', name: 'cache', region: 'ap-shanghai', instances: ids('scac', 6) },
    groups: ['sg-cache001', 'sg-batch001', 'sg-ops00001'],
  },
];

/** Writes one file for each sample, unless the folder holds YAML already. Returns whether it wrote. */
export function writeSamples(folder: string): boolean {
  mkdirSync(folder, { recursive: true });
  if (readdirSync(folder).some((name) => /\.ya?ml$/i.test(name))) return false;
  for (const sample of SAMPLES) writeFileBelow(folder, sampleFile(sample), sampleText(sample));
  return true;
}

export function sampleFile({ namespace, name }: Sample): string {
  return `${namespace}-${name}.yaml`;
}

function sampleText({ namespace, name, region, instances, groups }: Sample): string {
  const lines = (items: readonly string[]) => items.map((item) => `    - ${item}\n`).join('');
  return `apiVersion: cvmsg.dev/v1alpha1
kind: CvmSecurityGroupBinding
metadata:
  name: ${name}
  namespace: ${namespace}
spec:
  region: ${region}
  # Ordered: the rules of the first group are matched first. Swap two lines, save, and watch.
  sgIds:
${lines(groups)}  instanceIds:
${lines(instances)}`;
}

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
  const lists = [groups.toReversed(), groups.slice(0, -1), [...groups, FOREIGN_GROUP], groups];
  return lists[index % lists.length] ?? groups;
}
