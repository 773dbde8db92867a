/** What befalls the process, its machine and its instances, in worlds without a policy. */
import { fleetEntry } from '../../src/simulator/instance.ts';
import { type CommandRun, startApply, startRollback } from './command-line.ts';
import type { Event, Events } from './event.ts';
import type { World } from './world.ts';

/** Killed in the middle of the next write call, and started again within a second. */
const crashInCall: Event = (world) => {
  const { chance } = world;
  world.tell('the engine will be killed in its next write call');
  const [afterMs, downMs] = [chance.int(0, 300), chance.int(1, 900)];
  world.journal.atNextWrite(() => {
    const dying = world.engine;
    world.clock.setTimer(afterMs, () => {
      if (dying === undefined || world.engine !== dying) return;
      world.kill();
      world.clock.setTimer(downMs, () => world.start());
    });
  });
};

const pause: Event = (world) => {
  const ms = world.chance.int(1_000, 180_000);
  world.tell(`the engine is paused for ${ms} ms`);
  world.engine?.pause(ms);
  world.invariants.paused(ms);
};

/** Somebody sets the machine's calendar, forward or back. */
const setCalendar: Event = (world) => {
  // What is suspended until a time is asked about elsewhere.
  if (world.documents.some(({ suspendUntilMs }) => suspendUntilMs !== undefined)) return;
  const ms = world.chance.int(-7_200, 7_200) * 1_000;
  world.tell(`the calendar of the machine is set by ${ms} ms`);
  world.calendarAheadMs += ms;
};

const fullDisk: Event = (world) => {
  const ms = world.chance.int(1_000, 60_000);
  world.tell(`the journal cannot be written for ${ms} ms`);
  world.journal.cannotBeWritten(ms);
};

/** An instance is gone, as the cloud tells it, and comes back with the list that it had. */
const vanish: Event = (world) => {
  const { chance, simulator, clock } = world;
  const instance = chance.one([...simulator.state.instances()]);
  const { instanceId, region } = instance;
  world.tell(`${instanceId} is gone`);
  simulator.state.removeInstance(instanceId);
  clock.setTimer(chance.int(2_000, 120_000), () => {
    world.tell(`${instanceId} is back`);
    simulator.state.addInstance(region, {
      ...fleetEntry(instance),
      state: 'RUNNING',
      restrictState: 'NORMAL',
    });
  });
};

/** The cloud carries out what the engine has given up, or hears of late. */
const lateReplies: Event = (world: World) => {
  const { chance } = world;
  const action = chance.one(['ModifySecurityGroupsOfInstance', 'ModifyInstancesAttribute']);
  world.fault({ kind: 'latency', ms: chance.int(15_000, 45_000), action }, chance.int(1_000, 20_000));
};

/** The cloud accepts writes and does not carry them out. */
const dropped: Event = (world) => {
  const { chance } = world;
  const probability = 0.1 + chance.int(0, 8) / 10;
  world.fault({ kind: 'not-applied', probability }, chance.int(1_000, 60_000));
};

/** Requests reach the cloud twice. */
const twice: Event = (world) => {
  const { chance } = world;
  const ms = chance.int(5_000, 60_000);
  world.tell(`requests arrive twice for ${ms} ms`);
  world.wire.bringTwice(ms, 0.1 + chance.int(0, 8) / 10);
};

/** Somebody applies the directory from another machine, while the engine runs and has the same to mend. */
const applyBeside: Event = (world) => {
  const { chance } = world;
  const declared = [...world.inForce.values()].flatMap(({ instanceIds }) => instanceIds);
  for (const id of chance.some(declared, chance.int(0, 6))) {
    const instance = world.simulator.state.instance(id);
    if (instance !== undefined) world.drift(id, chance.some(world.groupsOf(instance), chance.int(0, 4)));
  }
  mayBeKilled(world, startApply(world, { shared: false }));
};

/** The engine ends, somebody works with its state, and it starts again. */
const commandBetween: Event = (world) => {
  const { chance, clock, engine } = world;
  if (engine === undefined) return;
  const rollsBack = chance.happens(0.5);
  world.kill();
  clock.setTimer(chance.int(1_300, 5_000), () => {
    const run = rollsBack ? startRollback(world) : startApply(world, { shared: true });
    mayBeKilled(world, run);
    void run.ended.then(() => clock.setTimer(chance.int(1_300, 5_000), () => world.start()));
  });
};

function mayBeKilled({ chance, clock }: World, run: CommandRun): void {
  if (!chance.happens(0.3)) return;
  const cancel = clock.setTimer(chance.int(50, 3_000), () => run.kill());
  void run.ended.then(cancel);
}

export const HARDSHIPS: Events = [
  [5, crashInCall],
  [3, pause],
  [3, setCalendar],
  [4, fullDisk],
  [4, vanish],
  [3, lateReplies],
  [4, dropped],
  [4, twice],
  [3, applyBeside],
  [4, commandBetween],
];
