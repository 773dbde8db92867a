/** Draws what happens to a world: revisions, drift, faults, states, crashes. One draw, one event. */
import type { FaultSpec } from '../../src/simulator/fault.ts';
import { addDocument, drawGroups, selectInstead } from './draw-document.ts';
import { EXPOSURE_EVENTS } from './draw-rules.ts';
import type { Event, Events } from './event.ts';
import { GUARDED_EVENTS } from './guarded-history.ts';
import { HARDSHIPS } from './hardships.ts';
import type { ModelDocument } from './model-revision.ts';
import type { World } from './world.ts';

const WRITE_CODES = {
  v2: ['7000', '5100', '7003', '5000', '4102', '6000', '4400'],
  v3: ['InternalError', 'ResourceBusy', 'InvalidInstanceId.NotFound', 'UnauthorizedOperation.CamNoAuth'],
};
const SPECS: readonly ((world: World) => FaultSpec)[] = [
  () => ({ kind: 'throttle' }),
  ({ chance }) => ({ kind: 'throttle', probability: 0.1 + chance.int(0, 8) / 10 }),
  ({ chance }) => ({ kind: 'error', api: 'v2', code: chance.one(WRITE_CODES.v2) }),
  ({ chance }) => ({ kind: 'error', api: 'v3', code: chance.one(WRITE_CODES.v3) }),
  () => ({ kind: 'partial' }),
  ({ chance }) => ({ kind: 'partial', probability: 0.1 + chance.int(0, 8) / 10 }),
  ({ chance }) => ({ kind: 'http', status: chance.one([500, 502, 503, 504]) }),
  () => ({ kind: 'html' }),
  ({ chance }) => ({ kind: 'truncated', probability: 0.1 + chance.int(0, 8) / 10 }),
  ({ chance }) => ({ kind: 'reset-before', probability: 0.1 + chance.int(0, 8) / 10 }),
  ({ chance }) => ({ kind: 'reset-after', probability: 0.1 + chance.int(0, 8) / 10 }),
  ({ chance }) => ({ kind: 'latency', ms: chance.int(200, 8_000) }),
  ({ chance }) => ({ kind: 'stale-reads', ms: chance.int(100, 20_000) }),
  () => ({ kind: 'token-expired' }),
  ({ chance }) => ({ kind: 'clock-skew', ms: chance.int(-900_000, 900_000) }),
];

const fault: Event = (world) => {
  const { chance } = world;
  const spec = chance.one(SPECS)(world);
  const action = chance.happens(0.4)
    ? chance.one(['DescribeInstances', 'ModifySecurityGroupsOfInstance', 'ModifyInstancesAttribute'])
    : '*';
  world.fault({ ...spec, action }, chance.int(1_000, 60_000));
};

const poison: Event = (world) => {
  const instanceId = anyInstance(world);
  const code = world.api === 'v3' ? 'FailedOperation.SecurityGroupActionFailed' : '7000';
  const spec: FaultSpec = { kind: 'error', code, instanceIds: [instanceId] };
  world.fault({ ...spec, action: writeAction(world) }, world.chance.int(5_000, 90_000));
};

/** API 2.0 is retired for good: where both may be used, the engine has to move. */
const retire: Event = (world) => {
  if (world.api !== 'auto') return;
  world.tell('API 2.0 is retired');
  world.simulator.faults.add({ kind: 'v2-retired' });
};

const drift: Event = (world) => {
  const { chance, simulator } = world;
  for (const id of chance.some(instanceIds(world), chance.int(1, 6))) {
    const instance = simulator.state.instance(id);
    if (instance === undefined) continue;
    const groups = world.groupsOf(instance);
    const reorder = chance.happens(0.5);
    const list = reorder
      ? chance.some(instance.securityGroupIds, instance.securityGroupIds.length)
      : chance.some(groups, chance.int(0, 4));
    world.drift(id, list);
  }
};

const state: Event = (world) => {
  const { chance, simulator, clock } = world;
  const id = anyInstance(world);
  const before = { state: 'RUNNING', restrictState: 'NORMAL' };
  const fields = chance.one([
    { restrictState: 'EXPIRED' },
    { state: 'ENTER_SERVICE_LIVE_MIGRATE' },
    { state: 'STOPPED' },
    { state: 'REBOOTING' },
  ]);
  world.tell(`${id} becomes ${Object.values(fields).join(' ')}`);
  simulator.state.patch(id, fields);
  clock.setTimer(chance.int(5_000, 120_000), () => {
    if (simulator.state.instance(id) === undefined) return;
    world.tell(`${id} is well again`);
    simulator.state.patch(id, before);
  });
};

const hide: Event = (world) => {
  world.tell('the directory disappears');
  world.hide(true);
  world.clock.setTimer(world.chance.int(1_000, 60_000), () => {
    world.tell('the directory is back');
    world.hide(false);
  });
};

const crash: Event = (world) => {
  if (world.engine === undefined) return;
  world.kill();
  world.clock.setTimer(world.chance.int(1_300, 30_000), () => world.start());
};

const restart: Event = (world) => {
  const { engine } = world;
  if (engine === undefined) return;
  world.tell('the engine is asked to stop');
  world.engine = undefined;
  void engine.stop().then(() => {
    world.clock.setTimer(world.chance.int(1_300, 5_000), () => world.start());
  });
};

const revision: Event = (world) => {
  const { chance } = world;
  for (let edits = chance.int(1, 4); edits > 0; edits--) editOne(world);
  world.publish();
};

function editOne(world: World): void {
  const { chance, documents } = world;
  const document = documents.length > 0 ? chance.one(documents) : undefined;
  const edit = chance.int(0, 10);
  if (document === undefined || edit === 0) addDocument(world);
  else if (edit === 1 && documents.length > 1) documents.splice(documents.indexOf(document), 1);
  else if (edit === 2) document.broken = chance.one(['schema', 'syntax', undefined] as const);
  else if (edit === 3) editSuspension(world, document);
  else if (edit === 4) document.mode = document.mode === 'Enforce' ? 'Observe' : 'Enforce';
  else if (edit === 10) document.deletionPolicy = document.deletionPolicy === 'Retain' ? 'Restore' : 'Retain';
  else if (edit === 5 && document.instanceIds.length > 1) document.instanceIds.pop();
  else if (edit === 5 && document.tags !== undefined) selectInstead(world, document);
  else if (edit <= 7) document.sgIds = chance.some(document.sgIds, document.sgIds.length);
  else document.sgIds = drawGroups(world, document);
}

function editSuspension({ chance, clock, calendarAheadMs }: World, document: ModelDocument): void {
  const isSet = calendarAheadMs !== 0;
  // A time says nothing where the calendar is set back and forth.
  if (document.suspend || document.suspendUntilMs !== undefined || isSet || chance.happens(0.5)) {
    document.suspend = !document.suspend;
    document.suspendUntilMs = undefined;
  } else document.suspendUntilMs = clock.now() + chance.int(-10, 180) * 1_000;
}

function instanceIds(world: World): string[] {
  return [...world.simulator.state.instances()].map((instance) => instance.instanceId);
}

function anyInstance(world: World): string {
  return world.chance.one(instanceIds(world));
}

function writeAction(world: World): string {
  return world.api === 'v3' ? 'ModifyInstancesAttribute' : 'ModifySecurityGroupsOfInstance';
}

/** How often each event comes, in shares. */
const EVENTS: Events = [
  [30, revision],
  [25, drift],
  [20, fault],
  [6, poison],
  [6, state],
  [4, hide],
  [4, crash],
  [2, restart],
  [1, retire],
];

/** Draws one event and lets it happen. */
export function happen(world: World): void {
  const { promises } = world;
  const guarded = [
    ...EVENTS,
    ...GUARDED_EVENTS,
    ...(promises?.exposure === undefined ? [] : EXPOSURE_EVENTS),
  ];
  const events = promises === undefined ? [...EVENTS, ...HARDSHIPS] : guarded;
  let left = world.chance.int(
    1,
    events.reduce((sum, [share]) => sum + share, 0),
  );
  for (const [share, event] of events) {
    left -= share;
    if (left <= 0) return event(world);
  }
}
