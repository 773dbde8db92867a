/** The end of a history with a policy: all that waits is approved, and everything that no rule refuses comes into sync. */
import type { InstanceStatus } from '../../src/core/instance-status.ts';
import { rfc3339 } from '../../src/core/rfc-3339.ts';
import { drawGroups } from './draw-document.ts';
import type { GuardPromises } from './guard-promises.ts';
import { digestsNow } from './guarded-history.ts';
import type { InForce } from './model-revision.ts';
import { concerns, hasTags, mayName, staticBreach } from './policy-rules.ts';
import type { World } from './world.ts';

const RECOVERY_MS = 130_000;
const ROUND_MS = 20_000;
/** What waits for a budget may wait for many periods, one after the other. */
const MOST_ROUNDS = 270;
const FOR_EVER_MS = 100 * 3_600_000;

export async function makeGuardedPeace(world: World, promises: GuardPromises): Promise<void> {
  // Restarts and recoveries that are under way come to their end first.
  await world.clock.advance(RECOVERY_MS);
  world.tell('peace');
  promises.fights.endAll();
  const retired = world.simulator.faults.list().find((fault) => fault.kind === 'v2-retired');
  world.simulator.faults.clear();
  if (retired !== undefined) world.simulator.faults.add({ kind: 'v2-retired' });
  await openWindows(world, promises);
  for (const document of world.documents) {
    document.broken = undefined;
    document.suspend = false;
    document.suspendUntilMs = undefined;
    document.mode = 'Enforce';
  }
  world.hide(false);
  world.publish();
  await settle(world, promises);
  for (const document of world.documents) document.sgIds = drawGroups(world, document);
  world.publish();
  await settle(world, promises);
}

/** Either an emergency lets everything pass, or the engine begins anew without windows. */
async function openWindows(world: World, promises: GuardPromises): Promise<void> {
  if (promises.policy.windows.length === 0) return;
  if (world.chance.happens(0.5)) {
    for (const document of world.documents) document.emergencyUntilMs = world.clock.now() + FOR_EVER_MS;
    return;
  }
  world.tell('the windows are taken out of the policy');
  const ended = world.engine?.stop();
  await world.clock.advance(60_000);
  await ended;
  promises.policy = { ...promises.policy, windows: [] };
  world.start();
}

/** Approves what waits, round by round, until nothing is missing. */
async function settle(world: World, promises: GuardPromises): Promise<void> {
  let missing: string[] = [];
  for (let round = 0; round < MOST_ROUNDS; round++) {
    await world.clock.advance(ROUND_MS);
    missing = whatIsMissing(world, promises);
    if (missing.length === 0) return;
    const digests = digestsNow(world);
    if (digests.length === 0) continue;
    // A new word each time: an approval that is used up does not count again.
    world.approvals.length = 0;
    const at = rfc3339(world.clock.now());
    for (const digest of digests) world.approvals.push({ digest, by: `closer-${round}`, at });
    world.publish();
  }
  for (const one of missing) world.invariants.violate(one);
}

function whatIsMissing(world: World, promises: GuardPromises): string[] {
  const controller = world.engine?.controller;
  if (controller === undefined) return ['the engine is not running at the end'];
  const missing: string[] = [];
  const statuses = Map.groupBy(controller.statusView.statuses(), ({ instanceId }) => instanceId as string);
  for (const [id, naming] of claimants(world)) {
    // Who may not name it contends with nobody.
    const documents = naming.filter((document) => mayHold(world, promises, { id, document }));
    if (documents.length === 0) continue;
    if (documents.some((document) => isRefused(world, promises, { id, document }))) continue;
    const truth = world.simulator.state.list(id).join(' ');
    const [status] = (statuses.get(id) ?? []).toSorted((a, b) => loudness(a) - loudness(b));
    const lists = documents.map(({ sgIds }) => sgIds.join(' '));
    if (lists.includes(truth) && status?.state === 'InSync') continue;
    const names = documents.map(({ name }) => name).join(', ');
    missing.push(
      `${id} of ${names} was starved: it is ${truth} and not ${lists.join(' or ')}; ${status?.state} ${status?.message}`,
    );
  }
  const pending = count(world, 'FROM pending_restores WHERE released_ms IS NOT NULL');
  if (pending > 0) missing.push(`${pending} instances were let go and never got their list back`);
  const open = count(world, 'FROM journal WHERE outcome IS NULL');
  if (open > 0) missing.push(`${open} journal entries were never settled`);
  return missing;
}

/** Who declares each instance now. */
function claimants(world: World): Map<string, InForce[]> {
  const claimants = new Map<string, InForce[]>();
  for (const instance of world.simulator.state.instances()) {
    const { instanceId: id, region, tags } = instance;
    const documents = [...world.inForce.values()].filter((document) =>
      document.tags === undefined
        ? document.region === region && document.instanceIds.includes(id)
        : document.region === region && hasTags(tags, document.tags),
    );
    if (documents.length > 0) claimants.set(id, documents);
  }
  return claimants;
}

/** Of several who name an instance, the one that holds it tells how it stands. */
function loudness({ state, reason }: InstanceStatus): number {
  if (state === 'InSync') return 0;
  return reason === 'NotAllowed' || state === 'NotFound' ? 2 : 1;
}

function mayHold(
  world: World,
  { policy }: GuardPromises,
  { id, document }: { id: string; document: InForce },
): boolean {
  const instance = world.simulator.state.instance(id);
  if (instance === undefined) return false;
  const { region, tags } = instance;
  return mayName(policy, document, { subject: { instanceId: id, region, tags } });
}

/** Whether a rule refuses what the document declares, whatever anybody approves. */
function isRefused(
  world: World,
  promises: GuardPromises,
  { id, document }: { id: string; document: InForce },
): boolean {
  const { state } = world.simulator;
  const instance = state.instance(id);
  if (instance === undefined) return true;
  const { region, tags } = instance;
  const groups = state.groupIds(region);
  if (document.sgIds.some((sgId) => !groups.includes(sgId))) return true;
  const subject = { instanceId: id, region, tags };
  const rules = promises.policy.exposure.filter(({ where }) => concerns(where, document, subject));
  const change = { region, before: state.list(id), after: document.sgIds };
  if (promises.exposure?.refuses(rules, change)) return true;
  return staticBreach(promises.policy, document, subject) !== undefined;
}

function count(world: World, from: string): number {
  return Number(world.database.prepare(`SELECT count(*) AS n ${from}`).get()?.n);
}
