/** What a new process, and another replica, tell of what lasts. */
import { describe, expect, it } from 'vitest';
import { bindingKey } from '../../src/api/ids.ts';
import type { Notification } from '../../src/notify/notification.ts';
import { Notifier, type NotifierOptions } from '../../src/notify/notifier.ts';
import { placedStatus } from '../../src/ports/placed-status.ts';
import type { BindingStatus } from '../../src/ports/status.ts';
import { VirtualClock } from '../../src/runtime/virtual-clock.ts';
import { SentCauseTable } from '../../src/store/sqlite/sent-cause-table.ts';
import { openInMemory } from '../../src/store/sqlite/state-file.ts';
import { type Standing, statusOf, WEB, waits } from './binding-statuses.ts';

const HOUR_MS = 3_600_000;
const GUANGZHOU = 'default@ap-guangzhou';
const open: Standing = { reason: 'InSync', exposure: [{ rule: 'no-ssh', instanceCount: 1 }] };
const denied: Standing = { reason: 'Denied', state: 'Failed', message: 'cvm:x: no' };
const inSync: Standing = { reason: 'InSync' };
const empty = { code: 'empty', message: '/git holds no document' };

/** Processes that follow each other, or run beside each other, on one clock. */
function setUp() {
  const clock = new VirtualClock(Date.UTC(2026, 2, 1));
  const messages: Notification[] = [];
  const wire = { delivers: true };
  const target = {
    add: (message: Notification, settled = () => {}) => {
      messages.push(message);
      if (wire.delivers) settled();
    },
    finish: async () => {},
  };
  const start = (over: Partial<NotifierOptions> = {}) => {
    const notifier = new Notifier({ clock, targets: [target], directory: '/git', ...over });
    const publish = (standing: Standing, key = WEB) => notifier.publish([statusOf(key, standing)]);
    return { notifier, publish };
  };
  /** What was told since it was asked last. */
  const told = async (ms = 30_000) => {
    await clock.advance(ms);
    return messages.splice(0).map(({ kind }) => kind);
  };
  return { clock, wire, start, told };
}

describe('a cause that was told, in a process with a state folder,', () => {
  function setUpFolder() {
    const world = setUp();
    const sent = new SentCauseTable(openInMemory().database);
    return { ...world, sent, start: () => world.start({ sent }) };
  }

  it.each([
    ['a plan that waits', waits, 'plan-waits'],
    ['what is open already', open, 'exposure'],
    ['a write that is refused', denied, 'write-failed'],
  ])('is not told again by the next: %s', async (_, standing, kind) => {
    const { start, told } = setUpFolder();
    const first = start();
    first.publish(standing);
    expect(await told()).toEqual([kind]);
    await first.notifier.finish();
    const next = start();
    // Rules of groups are read after the instances.
    next.publish(inSync);
    expect(await told(60_000)).toEqual([]);
    next.publish(standing);
    expect(await told()).toEqual([]);
  });

  it('is not told again of a source either', async () => {
    const { start, told } = setUpFolder();
    const first = start();
    first.notifier.problem('directory /git', empty);
    expect(await told()).toEqual(['source']);
    await first.notifier.finish();
    start().notifier.problem('directory /git', empty);
    expect(await told()).toEqual([]);
  });

  it('is told again a day after it was told, however often processes start', async () => {
    const { start, told } = setUpFolder();
    let process = start();
    process.publish(waits);
    expect(await told()).toEqual(['plan-waits']);
    for (let hours = 5; hours < 24; hours += 5) {
      expect(await told(5 * HOUR_MS)).toEqual([]);
      await process.notifier.finish();
      process = start();
      process.publish(waits);
    }
    expect(await told(4 * HOUR_MS)).toEqual(['plan-waits']);
    await process.notifier.finish();
    process = start();
    process.publish(waits);
    expect(await told(23 * HOUR_MS)).toEqual([]);
    expect(await told(HOUR_MS)).toEqual(['plan-waits']);
  });

  it('is told again when it comes back: it was over before the process ended', async () => {
    const { start, told } = setUpFolder();
    const first = start();
    first.publish(waits);
    expect(await told()).toEqual(['plan-waits']);
    first.publish(inSync);
    await first.notifier.finish();
    start().publish(waits);
    expect(await told()).toEqual(['plan-waits']);
  });

  it('is told again when it comes back: the next process has not met it for ten minutes', async () => {
    const { start, told, sent } = setUpFolder();
    const first = start();
    first.publish(waits);
    expect(await told()).toEqual(['plan-waits']);
    await first.notifier.finish();
    const next = start();
    next.publish(inSync);
    expect(await told(600_000)).toEqual([]);
    expect(sent.all()).toEqual([]);
    next.publish(waits);
    expect(await told()).toEqual(['plan-waits']);
  });

  it('is told again when no target had got it before the process ended', async () => {
    const { start, told, wire } = setUpFolder();
    wire.delivers = false;
    const first = start();
    first.publish(waits);
    expect(await told()).toEqual(['plan-waits']);
    await first.notifier.finish();
    start().publish(waits);
    expect(await told()).toEqual(['plan-waits']);
  });
});

it('a cause that was over before its message arrived is told when it comes back, by the next process too', async () => {
  const { start, clock, told } = setUp();
  const sent = new SentCauseTable(openInMemory().database);
  const arrived: (() => void)[] = [];
  const late = {
    add: (_: Notification, settled = () => {}) => void arrived.push(settled),
    finish: async () => {},
  };
  const first = start({ sent, targets: [late] });
  first.publish(waits);
  await clock.advance(30_000);
  first.publish(inSync);
  for (const settle of arrived) settle();
  await first.notifier.finish();
  start({ sent }).publish(waits);
  expect(await told()).toEqual(['plan-waits']);
});

describe('a process without a state folder, whose objects tell what was true before,', () => {
  /** One after the other of them, over the same objects. */
  function setUpObjects() {
    const world = setUp();
    const objects = new Map<string, BindingStatus>();
    const publish = (process: Notifier, standing: Standing, transition = '2026-01-01T00:00:00Z') => {
      const { conditions, ...rest } = statusOf(WEB, standing);
      const status: BindingStatus = {
        ...{ ...rest, origin: { kind: 'kubernetes', uid: 'u', generation: 1 } },
        conditions: conditions.map((condition) => ({ ...condition, lastTransitionTime: transition })),
      };
      process.publish([status]);
      objects.set(WEB, placedStatus(status, '--kubernetes'));
    };
    const start = (over: Partial<NotifierOptions> = {}) =>
      world.start({ earlier: (key) => objects.get(key), ...over }).notifier;
    return { ...world, publish, start };
  }

  it.each([waits, open, denied])('does not tell it again: $reason', async (standing) => {
    const { publish, start, told } = setUpObjects();
    const first = start();
    publish(first, standing);
    expect(await told()).toHaveLength(1);
    await first.finish();
    publish(start(), standing);
    expect(await told()).toEqual([]);
  });

  it('tells what the object does not say', async () => {
    const { publish, start, told } = setUpObjects();
    const first = start();
    publish(first, waits);
    expect(await told()).toEqual(['plan-waits']);
    await first.finish();
    publish(start(), { ...waits, ...open, reason: 'BlastRadius' });
    expect(await told()).toEqual(['exposure']);
  });

  it('tells what became so a moment before: who wrote that may have ended before it was told', async () => {
    const { publish, start, told, clock } = setUpObjects();
    // Killed before it could send anything.
    const aMomentAgo = new Date(clock.wall()).toISOString();
    publish(start({ targets: [] }), waits, aMomentAgo);
    await told();
    publish(start(), waits, aMomentAgo);
    expect(await told()).toEqual(['plan-waits']);
  });

  it('tells at its end what it was about to tell, because the next one takes it for told', async () => {
    const { publish, start, told } = setUpObjects();
    const first = start();
    publish(first, waits);
    await first.finish();
    publish(start(), waits);
    expect(await told()).toEqual(['plan-waits']);
  });

  it('tells what another replica has told neither when it begins to lead, nor when it does so again', async () => {
    const { publish, start, told } = setUpObjects();
    const leads = { first: true };
    const first = start({ mayTell: () => leads.first });
    const other = start({ mayTell: () => !leads.first });
    publish(first, waits);
    expect(await told()).toEqual(['plan-waits']);
    leads.first = false;
    other.gained(GUANGZHOU);
    publish(other, waits);
    expect(await told()).toEqual([]);
    publish(other, inSync);
    publish(other, open);
    expect(await told()).toEqual(['exposure']);
    leads.first = true;
    first.gained(GUANGZHOU);
    publish(first, open);
    expect(await told()).toEqual([]);
    publish(first, inSync);
    publish(first, waits);
    expect(await told()).toEqual(['plan-waits']);
  });

  it('is told each day by the replica that leads, and by no other', async () => {
    const { publish, start, told } = setUpObjects();
    const leads = { first: true };
    const first = start({ mayTell: () => leads.first });
    const other = start({ mayTell: () => !leads.first });
    publish(first, waits);
    expect(await told()).toEqual(['plan-waits']);
    leads.first = false;
    other.gained(GUANGZHOU);
    publish(other, waits);
    expect(await told(25 * HOUR_MS)).toEqual(['plan-waits']);
  });

  it('tells what it has published although it leads no more: to the next leader it looks told', async () => {
    const { publish, start, told } = setUpObjects();
    const leads = { first: true };
    const first = start({ mayTell: () => leads.first });
    publish(first, waits);
    leads.first = false;
    publish(start({ mayTell: () => !leads.first }), waits);
    expect(await told()).toEqual(['plan-waits']);
  });
});

describe('what belongs to no account and region, of several replicas,', () => {
  it('is told by the one that speaks for it, once it is known which', async () => {
    const { start, told } = setUp();
    const eldest: { is: boolean | undefined } = { is: undefined };
    const first = start({ mayTell: () => eldest.is }).notifier;
    const other = start({ mayTell: () => eldest.is && false }).notifier;
    for (const replica of [first, other]) replica.problem('directory /git', empty);
    expect(await told()).toEqual([]);
    eldest.is = true;
    expect(await told()).toEqual(['source']);
    expect(await told(24 * HOUR_MS)).toEqual(['source']);
    for (const replica of [first, other]) replica.problem('directory /git', undefined);
    expect(await told(48 * HOUR_MS)).toEqual([]);
  });
});

it('a binding that another one joins in a cause is part of what is told again', async () => {
  const { start, clock } = setUp();
  const sent: Notification[] = [];
  const target = { add: (message: Notification) => void sent.push(message), finish: async () => {} };
  const { publish } = start({ targets: [target] });
  publish(waits);
  publish(waits, bindingKey('shop', 'api'));
  await clock.advance(25 * HOUR_MS);
  expect(sent.map(({ bindings }) => bindings.length)).toEqual([2, 2]);
});
