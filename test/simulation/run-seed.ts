/** Plays one history from a seed: some minutes of events, then peace, in which everything has to come into sync. */
import type { InstanceStatus } from '../../src/core/instance-status.ts';
import { addDocument } from './draw-document.ts';
import { makeGuardedPeace } from './guarded-peace.ts';
import { happen } from './history.ts';
import { World } from './world.ts';

export interface SeedResult {
  readonly seed: number;
  /** Empty when every invariant held. */
  readonly violations: readonly string[];
  /** What happened, a line each; the same seed gives the same bytes. */
  readonly story: readonly string[];
  readonly writes: number;
  /** Whether the world has a policy. */
  readonly guarded: boolean;
}

/** How long a history is eventful. */
const EVENTFUL_MS = 10 * 60_000;
/** The slow re-check of what looked terminal, with jitter, and two sweeps: by then all is in sync. */
const PEACE_MS = 14 * 60_000;
/** In peace a change is converged and read back long before the next sweep could help, stale reads included. */
const BRISK_MS = 20_000;
const STALE_READS_MS = 3_000;

export async function runSeed(seed: number): Promise<SeedResult> {
  const world = new World(seed);
  const { chance, clock } = world;
  for (let documents = chance.int(1, 5); documents > 0; documents--) addDocument(world);
  world.publish();
  world.start();
  const end = clock.now() + EVENTFUL_MS;
  while (clock.now() < end) {
    await clock.advance(chance.int(100, 20_000));
    happen(world);
  }
  if (world.promises === undefined) {
    await makePeace(world);
    checkInSync(world);
    await changeAll(world);
    checkInSync(world);
  } else await makeGuardedPeace(world, world.promises);
  world.wire.checkQuota();
  for (const journal of world.journals) journal.checkRows();
  return {
    seed,
    violations: world.invariants.violations,
    story: world.story,
    guarded: world.promises !== undefined,
    writes: world.simulator.state.history.filter((change) => change.action !== 'drift').length,
  };
}

/** Ends every fault, mends every document, and waits. */
async function makePeace(world: World): Promise<void> {
  // Restarts and recoveries that are under way come to their end first.
  await world.clock.advance(130_000);
  world.tell('peace');
  const retired = world.simulator.faults.list().find((fault) => fault.kind === 'v2-retired');
  world.simulator.faults.clear();
  if (retired !== undefined) world.simulator.faults.add({ kind: 'v2-retired' });
  for (const document of world.documents) {
    document.broken = undefined;
    document.suspend = false;
    // Ends by itself, long before the end of the peace.
    if (document.suspendUntilMs !== undefined) document.suspendUntilMs = world.clock.now() + 60_000;
    document.mode = 'Enforce';
  }
  world.hide(false);
  world.publish();
  await world.clock.advance(PEACE_MS);
}

/** Changes every document at once while reads are stale for a moment. */
async function changeAll(world: World): Promise<void> {
  world.fault({ kind: 'stale-reads', ms: STALE_READS_MS }, BRISK_MS);
  for (const document of world.documents) {
    const groups = world.groupsOf(document);
    const others = groups.filter((id) => !document.sgIds.includes(id));
    document.sgIds = world.chance.some(others, world.chance.int(1, others.length));
  }
  world.publish();
  await world.clock.advance(BRISK_MS);
}

function checkInSync(world: World): void {
  const { violations } = world.invariants;
  const controller = world.engine?.controller;
  if (controller === undefined) {
    violations.push('the engine is not running at the end');
    return;
  }
  const statuses = new Map<string, InstanceStatus>();
  for (const status of controller.statusView.statuses()) statuses.set(status.instanceId, status);
  for (const [name, document] of world.inForce) {
    for (const id of document.instanceIds) {
      const truth = world.simulator.state.list(id).join(' ');
      const status = statuses.get(id);
      if (truth !== document.sgIds.join(' ')) {
        violations.push(
          `${id} of ${name} was starved: it is ${truth} and not ${document.sgIds.join(' ')}; ${status?.state} ${status?.message}`,
        );
      } else if (status?.state !== 'InSync') {
        violations.push(`${id} of ${name} is in sync and said to be ${status?.state}: ${status?.message}`);
      }
    }
  }
  const pending = world.database
    .prepare('SELECT count(*) AS n FROM pending_restores WHERE released_ms IS NOT NULL')
    .get();
  if (Number(pending?.n) > 0)
    violations.push(`${pending?.n} instances were let go and never got their list back`);
  const open = world.database.prepare('SELECT count(*) AS n FROM journal WHERE outcome IS NULL').get();
  if (Number(open?.n) > 0) violations.push(`${open?.n} journal entries were never settled`);
}
