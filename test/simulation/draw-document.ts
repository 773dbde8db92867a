/** Draws documents: over instances that no other one names, or over what a selector fits. */
import type { Policy } from '../../src/core/policy.ts';
import { ENVIRONMENTS, HOSTILE_NAMESPACE, HOSTILE_TEAM, TEAMS } from './draw-policy.ts';
import type { ModelDocument } from './model-revision.ts';
import type { World } from './world.ts';

export const APPS = ['web', 'api', 'queue', 'store', 'batch'];

/** Adds a document, where there is anything left to declare. */
export function addDocument(world: World): void {
  const { chance, documents, simulator } = world;
  const named = new Set(documents.flatMap((document) => document.instanceIds));
  for (const document of world.inForce.values()) for (const id of document.instanceIds) named.add(id);
  // Where a policy says who may what, somebody names what another one has.
  const shares = world.policy !== undefined && chance.happens(0.25);
  const free = [...simulator.state.instances()].filter((one) => shares || !named.has(one.instanceId));
  if (free.length === 0) return;
  const { region, account } = chance.one(free);
  const ids = free
    .filter((one) => one.region === region && one.account === account)
    .map((one) => one.instanceId);
  const document: ModelDocument = {
    name: `doc-${documents.length}-${chance.int(0, 9999)}`,
    region,
    account,
    shortRegion: world.promises === undefined && chance.happens(0.3),
    instanceIds: chance.some(ids, chance.int(1, Math.min(24, ids.length))),
    sgIds: drawGroups(world, { region, account }),
    mode: 'Enforce',
    suspend: false,
    suspendUntilMs: undefined,
    intervalS: chance.happens(0.2) ? chance.int(10, 120) : undefined,
    deletionPolicy: chance.happens(0.4) ? 'Restore' : 'Retain',
    broken: undefined,
  };
  if (world.policy !== undefined) {
    document.team = chance.one(TEAMS);
    if (chance.happens(0.3)) document.intervalS = chance.int(10, 30);
    if (chance.happens(0.4)) selectInstead(world, document);
  }
  documents.push(document);
}

/** Adds a document of a team that wants what is not its own: others' instances, in the wrong region too, and invented ones. */
export function addHostileDocument(world: World): void {
  const { chance, documents, regions, simulator } = world;
  const instances = [...simulator.state.instances()].map(({ instanceId }) => instanceId);
  const invented = Array.from(
    { length: chance.int(0, 60) },
    (_, n) => `ins-ghost${String(n).padStart(3, '0')}`,
  );
  const region = chance.one(regions);
  const document: ModelDocument = {
    name: `hostile-${documents.length}-${chance.int(0, 9999)}`,
    team: HOSTILE_TEAM,
    namespace: HOSTILE_NAMESPACE,
    region,
    instanceIds: [...chance.some(instances, chance.int(1, instances.length)), ...invented],
    sgIds: drawGroups(world, { region }),
    mode: chance.one(['Enforce', 'Observe']),
    suspend: chance.happens(0.3),
    suspendUntilMs: undefined,
    intervalS: undefined,
    deletionPolicy: chance.one(['Retain', 'Restore']),
    broken: undefined,
  };
  if (chance.happens(0.3)) selectInstead(world, document);
  documents.push(document);
}

/** Selects instances in place of naming them, or others than before. */
export function selectInstead({ chance }: World, document: ModelDocument): void {
  document.instanceIds = [];
  document.tags = {
    app: chance.one(APPS),
    ...(chance.happens(0.3) ? { env: chance.one(ENVIRONMENTS) } : {}),
  };
}

/** A list of groups of a region and account; with a policy it keeps that more often than not. */
export function drawGroups(
  world: World,
  of: { readonly region: string; readonly account?: string | undefined },
): string[] {
  const { chance, policy } = world;
  const { region } = of;
  const drawn = chance.some(world.groupsOf(of), chance.int(1, 4));
  return policy === undefined || chance.happens(0.35) ? drawn : mended(drawn, region, policy);
}

function mended(drawn: readonly string[], region: string, policy: Policy): string[] {
  const demanded = policy.mustKeep.filter(({ where }) => where.regions?.includes(region) ?? true);
  const kept = demanded.map(({ sgId }): string => sgId);
  const refused = new Set<string>(policy.forbidden.map(({ sgId }) => sgId));
  const list = [...kept, ...drawn.filter((sgId) => !kept.includes(sgId) && !refused.has(sgId))];
  return list.length === 0 ? [...drawn] : list.slice(0, 4);
}
