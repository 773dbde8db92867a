/** Fleets and the documents that declare them, made from a few numbers so that two processes make the same. */
import { seededRandom } from '../src/runtime/random.ts';
import type { Fleet } from '../src/simulator/fleet.ts';
import { generateFleet } from '../src/simulator/generate-fleet.ts';

export const REGION = 'ap-guangzhou';

export interface Workload {
  readonly instances: number;
  /** Different ordered lists that are declared; as many as instances: each has its own. */
  readonly lists: number;
  readonly instancesPerDocument: number;
  /** Instances whose list in the cloud is not the declared one; they are spread evenly. */
  readonly drifted: number;
}

export interface Declared {
  readonly name: string;
  readonly instanceIds: readonly string[];
  readonly sgIds: readonly string[];
}

const GROUPS = 40;
/** Drifted instances have fewer, so that every one differs from what is declared. */
const GROUPS_DECLARED = 4;

/** What the cloud holds at the start. */
export function fleetOf(workload: Workload): Fleet {
  const fleet = generated(workload);
  const region = fleet.regions[REGION];
  if (region === undefined) throw new Error(`Expected a region "${REGION}"`);
  const desired = new Map(
    documentsOf(workload).flatMap(({ instanceIds, sgIds }) =>
      instanceIds.map((id): [string, readonly string[]] => [id, sgIds]),
    ),
  );
  const { instances, drifted } = workload;
  const isDrifted = (index: number) =>
    Math.floor(((index + 1) * drifted) / instances) > Math.floor((index * drifted) / instances);
  const entries = region.instances.map((instance, index) =>
    isDrifted(index)
      ? instance
      : { ...instance, securityGroupIds: desired.get(instance.instanceId) ?? instance.securityGroupIds },
  );
  return { ...fleet, regions: { [REGION]: { ...region, instances: entries } } };
}

/** What is declared. Neighbouring documents declare different lists, as long as there is more than one. */
export function documentsOf(workload: Workload): Declared[] {
  const { instances, instancesPerDocument, lists } = workload;
  const region = generated(workload).regions[REGION];
  const ids = region?.instances.map((instance) => instance.instanceId) ?? [];
  const groups = region?.securityGroups.map((group) => group.securityGroupId) ?? [];
  const drawn = drawLists(groups, Math.min(lists, instances));
  return Array.from({ length: Math.ceil(instances / instancesPerDocument) }, (_, index) => ({
    name: `binding-${String(index).padStart(6, '0')}`,
    instanceIds: ids.slice(index * instancesPerDocument, (index + 1) * instancesPerDocument),
    sgIds: drawn[index % drawn.length] ?? [],
  }));
}

/** A document as people write it. */
export function documentText({ name, instanceIds, sgIds }: Declared): string {
  return [
    'apiVersion: cvmsg.dev/v1alpha1',
    'kind: CvmSecurityGroupBinding',
    'metadata:',
    `  name: ${name}`,
    '  namespace: bench',
    'spec:',
    `  region: ${REGION}`,
    '  instanceIds:',
    ...instanceIds.map((id) => `    - ${id}`),
    '  sgIds:',
    ...sgIds.map((id) => `    - ${id}`),
    '',
  ].join('\n');
}

function generated({ instances }: Workload): Fleet {
  return generateFleet({ instances, regions: [REGION], seed: 7, groupsPerRegion: GROUPS });
}

function drawLists(groups: readonly string[], howMany: number): string[][] {
  const random = seededRandom(11);
  const lists = new Map<string, string[]>();
  while (lists.size < howMany) {
    const pool = [...groups];
    const list: string[] = [];
    while (list.length < GROUPS_DECLARED) {
      list.push(...pool.splice(Math.floor(random.next() * pool.length), 1));
    }
    lists.set(list.join(' '), list);
  }
  return [...lists.values()];
}
