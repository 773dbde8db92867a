/** The sample bindings of the demo, and their YAML files. */
import { mkdirSync, readdirSync } from 'node:fs';
import { writeFileBelow } from '../../runtime/file-draft.ts';

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
    namespace: 'shop',
    name: 'web',
    region: 'ap-guangzhou',
    instances: ids('gweb', 12),
    groups: ['sg-edge0001', 'sg-web00001', 'sg-admin001'],
  },
  {
    namespace: 'shop',
    name: 'api',
    region: 'ap-guangzhou',
    instances: ids('gapi', 8),
    groups: ['sg-api00001', 'sg-admin001'],
  },
  {
    namespace: 'shop',
    name: 'db',
    region: 'ap-guangzhou',
    instances: ids('gsql', 4),
    groups: ['sg-sql00001', 'sg-backup01', 'sg-admin001'],
  },
  {
    namespace: 'data',
    name: 'batch',
    region: 'ap-shanghai',
    instances: ids('sbat', 10),
    groups: ['sg-batch001', 'sg-ops00001'],
  },
  {
    namespace: 'data',
    name: 'cache',
    region: 'ap-shanghai',
    instances: ids('scac', 6),
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
