/** What happens to a world with a policy, beside all that happens to any. */
import { createHash } from 'node:crypto';
import { approvalText } from '../../src/api/approval.ts';
import { rfc3339 } from '../../src/core/rfc-3339.ts';
import { fleetEntry } from '../../src/simulator/instance.ts';
import { digestsIn } from './digests-in.ts';
import { APPS, addHostileDocument, drawGroups } from './draw-document.ts';
import { ENVIRONMENTS, HOSTILE_TEAM } from './draw-policy.ts';
import type { Event, Events } from './event.ts';
import type { World } from './world.ts';

const PEOPLE = ['alice', 'bob', 'carol'];

const massRevision: Event = (world) => {
  const { chance, documents } = world;
  for (const document of documents) {
    if (chance.happens(0.8)) document.sgIds = drawGroups(world, document);
  }
  world.publish();
};

/** What is asked for at present, what was asked for before, or what nobody ever asked for. */
const approve: Event = (world) => {
  const { chance } = world;
  const pool = chance.happens(0.7) ? digestsNow(world) : [...world.digestsSeen];
  const digest =
    pool.length === 0 || chance.happens(0.15)
      ? `sha256:${chance.int(0, 9).toString().repeat(64)}`
      : chance.one(pool);
  const approval = { digest, by: chance.one(PEOPLE), at: rfc3339(world.clock.now()) };
  const document = world.documents.length > 0 ? chance.one(world.documents) : undefined;
  if (document !== undefined && chance.happens(0.4)) document.approvedPlan = approvalText(approval);
  else world.approvals.push(approval);
  if (world.approvals.length > 4) world.approvals.shift();
  world.publish();
};

/** Somebody changes a document, and approves that in the same revision: what the digest will be can be computed. */
const approveOwnChange: Event = (world) => {
  const { chance, documents, simulator, clock } = world;
  if (documents.length === 0) return;
  const document = chance.one(documents);
  document.sgIds = drawGroups(world, document);
  const to = document.sgIds.join(',');
  const lines = [...world.members(document)].flatMap((id) => {
    const from = simulator.state.instance(id)?.securityGroupIds.join(',');
    return from === undefined || from === to ? [] : [`default@${document.region} ${id} ${from} > ${to}\n`];
  });
  const digest = `sha256:${createHash('sha256').update(lines.sort().join('')).digest('hex')}`;
  world.approvals.push({ digest, by: chance.one(PEOPLE), at: rfc3339(clock.now()) });
  if (world.approvals.length > 4) world.approvals.shift();
  world.publish();
};

/** The digests that are told at present. */
export function digestsNow(world: World): string[] {
  return [...new Set([...world.published.values()].flatMap(digestsIn))];
}

const emergency: Event = (world) => {
  const { chance, clock } = world;
  for (const document of chance.some(world.documents, chance.int(1, 2))) {
    document.emergencyUntilMs = chance.happens(0.25) ? undefined : clock.now() + chance.int(-30, 180) * 1_000;
  }
  world.publish();
};

const fight: Event = (world) => {
  const { chance, simulator } = world;
  const declared = [...world.inForce.values()].flatMap((document) => [...world.members(document)]);
  const id = declared.length > 0 ? chance.one(declared) : undefined;
  const region = id && simulator.state.instance(id)?.region;
  if (id === undefined || region === undefined) return;
  const list = chance.some(simulator.state.groupIds(region), chance.int(1, 2));
  world.tell(`somebody keeps changing ${id}`);
  world.promises?.fights.begin(id, list, chance.int(60, 300) * 1_000);
};

const tags: Event = (world) => {
  const { chance, simulator } = world;
  const instances = [...simulator.state.instances()];
  const app = chance.one(APPS);
  const turn = chance.int(0, 9);
  if (turn === 0) {
    // Suddenly nothing has the tag any more.
    for (const one of instances) if (one.tags.app === app) world.retag(one.instanceId, { app: 'gone' });
  } else if (turn === 1) {
    for (const one of chance.some(instances, Math.ceil(instances.length / 2)))
      world.retag(one.instanceId, { app });
  } else {
    const fields = chance.happens(0.5) ? { app } : { env: chance.one(ENVIRONMENTS) };
    for (const one of chance.some(instances, chance.int(1, 3))) world.retag(one.instanceId, fields);
  }
};

const groups: Event = (world) => {
  const { chance, simulator, promises, clock } = world;
  const region = chance.one(world.regions);
  const ids = simulator.state.groupIds(region);
  if (promises === undefined || ids.length < 5) return;
  const sgId = chance.one(ids);
  promises.groups.remove(region, sgId);
  if (chance.happens(0.6))
    clock.setTimer(chance.int(5_000, 300_000), () => promises.groups.add(region, sgId));
};

const catalogFault: Event = (world) => {
  const { chance } = world;
  const action = chance.one(['DescribeSecurityGroups', 'DescribeSecurityGroupLimits']);
  const spec = chance.one([
    { kind: 'error', code: 'InternalError' },
    { kind: 'throttle', probability: 0.5 },
    { kind: 'latency', ms: chance.int(500, 8_000) },
    { kind: 'reset-after', probability: 0.5 },
  ] as const);
  world.fault({ ...spec, action }, chance.int(5_000, 120_000));
};

/** One more instance, which also tears a listing that is being read. */
const newcomer: Event = (world) => {
  const { chance, simulator } = world;
  const like = chance.one([...simulator.state.instances()]);
  const instanceId = `ins-new${String(chance.int(0, 99_999)).padStart(5, '0')}`;
  if (simulator.state.instance(instanceId) !== undefined) return;
  world.tell(`${instanceId} is made like ${like.instanceId}`);
  simulator.state.addInstance(like.region, {
    ...fleetEntry(like),
    instanceId,
    state: 'RUNNING',
    restrictState: 'NORMAL',
  });
  world.retag(instanceId, {});
};

/** The hostile team declares something else, and takes most of what it declared before away. */
const hostile: Event = (world) => {
  const { chance, documents } = world;
  if (world.policy?.tenants.length === 0) return;
  for (const document of documents.filter(({ team }) => team === HOSTILE_TEAM)) {
    if (chance.happens(0.6)) documents.splice(documents.indexOf(document), 1);
  }
  addHostileDocument(world);
  world.publish();
};

export const GUARDED_EVENTS: Events = [
  [8, massRevision],
  [24, approve],
  [12, approveOwnChange],
  [6, emergency],
  [14, fight],
  [12, tags],
  [6, groups],
  [5, catalogFault],
  [2, newcomer],
  [14, hostile],
];
