/** Draws a policy that the declarations of a world keep about as often as they break it. */
import type { InstanceId, SecurityGroupId } from '../../src/api/ids.ts';
import {
  type ChangeWindow,
  type ForbiddenRule,
  type MustKeepRule,
  OPEN_POLICY,
  type Policy,
  type RuleScope,
  type Tenant,
} from '../../src/core/policy.ts';
import type { SimulatedCloud } from '../../src/simulator/state.ts';
import type { Chance } from './chance.ts';

export const TEAMS = ['shop', 'data'] as const;
/** A team that wants what is not its own. Its namespace sorts before all others. */
export const HOSTILE_TEAM = 'evil';
export const HOSTILE_NAMESPACE = 'aaa';
const HOSTILE: Tenant = {
  name: HOSTILE_TEAM,
  paths: [`teams/${HOSTILE_TEAM}/`],
  instances: { tags: { env: 'test' } },
};
export const ENVIRONMENTS = ['prod', 'test'] as const;
const ZONES = ['UTC', 'Asia/Shanghai', 'Asia/Kolkata'];

type Drawn = { readonly chance: Chance; readonly cloud: SimulatedCloud; readonly regions: readonly string[] };

export function drawPolicy(drawn: Drawn): Policy {
  const { chance } = drawn;
  const maybe = <T>(probability: number, draw: () => T): T[] => (chance.happens(probability) ? [draw()] : []);
  const mustKeep = drawn.regions.flatMap((region) => maybe(0.5, () => drawMustKeep(drawn, region)));
  const kept = new Set<string>(mustKeep.map(({ sgId }) => sgId));
  return {
    ...OPEN_POLICY,
    ...(chance.happens(0.6)
      ? {
          blastRadius: {
            count: chance.int(1, 5),
            share: chance.happens(0.5) ? 0 : chance.int(1, 30) / 100,
            periodMs: chance.int(60, 240) * 1_000,
          },
        }
      : {}),
    mustKeep,
    forbidden: drawn.regions.flatMap((region) => maybe(0.4, () => drawForbidden(drawn, region, kept))),
    windows: [
      ...maybe(0.3, () => drawWindow(drawn, 'allow')),
      ...maybe(0.3, () => drawWindow(drawn, 'deny')),
      ...maybe(0.1, () => drawWindow(drawn, 'allow')),
    ],
    tenants: chance.happens(0.5) ? [...TEAMS.map((team) => drawTenant(drawn, team)), HOSTILE] : [],
    approvals: { ...OPEN_POLICY.approvals, annotations: true },
    // Longer than any history.
    emergencies: { longestMs: 1_000 * 3_600_000 },
    fights: {
      rewrites: chance.int(2, 3),
      withinMs: 600_000,
      paceMs: chance.int(60, 200) * 1_000,
    },
    verifyGroups: chance.happens(0.6),
  };
}

function anyGroup({ chance, cloud }: Drawn, region: string): SecurityGroupId {
  return chance.one(cloud.groupIds(region)) as SecurityGroupId;
}

function drawMustKeep(drawn: Drawn, region: string): MustKeepRule {
  const { chance } = drawn;
  return {
    sgId: anyGroup(drawn, region),
    ...(chance.happens(0.5) ? { position: 1 } : {}),
    where: { regions: [region], ...drawScope(chance) },
  };
}

function drawForbidden(drawn: Drawn, region: string, kept: ReadonlySet<string>): ForbiddenRule {
  const sgId = anyGroup(drawn, region);
  const where = drawScope(drawn.chance);
  // What is demanded everywhere and forbidden everywhere would leave nothing to do.
  return kept.has(sgId) ? { sgId, where: { ...where, tags: { env: 'test' } } } : { sgId, where };
}

function drawScope(chance: Chance): RuleScope {
  return chance.one<() => RuleScope>([
    () => ({}),
    () => ({}),
    () => ({ tags: { env: chance.one(ENVIRONMENTS) } }),
    () => {
      const team = chance.one(TEAMS);
      return team === 'data' ? { paths: [`teams/${team}`] } : { namespaces: [team] };
    },
  ])();
}

/** Opens every few minutes, for less than that. */
function drawWindow({ chance }: Drawn, effect: ChangeWindow['effect']): ChangeWindow {
  const everyMinutes = chance.one([3, 5, 6, 10]);
  return {
    name: `${effect} ${chance.int(0, 99)}`,
    effect,
    schedule: `*/${everyMinutes} * * * *`,
    durationMs: chance.int(30, everyMinutes * 60 - 30) * 1_000,
    timeZone: chance.one(ZONES),
    where: drawScope(chance),
  };
}

function drawTenant(drawn: Drawn, team: string): Tenant {
  const { chance, cloud, regions } = drawn;
  const ids = [...cloud.instances()].map(({ instanceId }) => instanceId as InstanceId);
  const instances = chance.one<() => Tenant['instances']>([
    () => undefined,
    () => ({ ids: chance.some(ids, Math.ceil(ids.length / 2)) }),
    () => ({ ids: chance.some(ids, Math.ceil(ids.length / 4)), tags: { env: chance.one(ENVIRONMENTS) } }),
  ])();
  const groups = chance.happens(0.4)
    ? regions.flatMap((region) => chance.some(cloud.groupIds(region) as SecurityGroupId[], 4))
    : undefined;
  return {
    name: team,
    ...(chance.happens(0.5) ? { namespaces: [team] } : { paths: [`teams/${team}/`] }),
    ...(instances === undefined ? {} : { instances }),
    ...(groups === undefined ? {} : { groups }),
  };
}
