import { expect, it } from 'vitest';
import type { BindingKey, InstanceId, SecurityGroupId } from '../../api/ids.ts';
import { observedJournal } from '../../manager/create-controller.ts';
import type { Journal } from '../../ports/journal.ts';
import type { BindingStatus } from '../../ports/status.ts';
import { silentLog } from '../../runtime/log.ts';
import { VirtualClock } from '../../runtime/virtual-clock.ts';
import { LocalState } from '../../store/local-state.ts';
import { openInMemory } from '../../store/sqlite/state-file.ts';
import type { EventOf, EventWriter } from './event-writer.ts';
import { KubernetesSink } from './kubernetes-sink.ts';
import type { StatusWriter } from './status-writer.ts';
import { WriteHistory } from './write-history.ts';

const WEB = 'shop/web' as BindingKey;
const origin = { kind: 'kubernetes', uid: 'u1', generation: 1 } as const;
const scope = { account: 'default', region: 'ap-guangzhou' };
const list = ['sg-aaaaaaaa' as SecurityGroupId];
const bindingStatus: BindingStatus = {
  key: WEB,
  scope,
  origin,
  sgIds: list,
  conditions: [],
  instanceCount: 1,
  inSyncCount: 1,
  instances: [],
};

/** A sink whose object is there until it is deleted. */
function setUp() {
  const clock = new VirtualClock(0);
  const object = { metadata: { namespace: 'shop', name: 'web', uid: 'u1' } };
  const events: EventOf[] = [];
  let present = true;
  const history = new WriteHistory({ clock, isDeclared: () => present });
  const sink = new KubernetesSink({
    history,
    statuses: { write: () => {}, forget: () => {} } as unknown as StatusWriter,
    events: { write: (event: EventOf) => events.push(event) } as unknown as EventWriter,
    object: () => (present ? object : undefined),
    original: () => undefined,
    drift: { onAltered: () => {} },
    finalizers: { poke: () => {} },
    persistedOriginals: { forget: () => {} },
  });
  const journal = observedJournal(new LocalState(openInMemory(), { clock, actor: 'me' }), {
    recorders: [],
    listeners: [history],
    log: silentLog,
  });
  const remove = () => {
    present = false;
    sink.remove([WEB]);
  };
  return { history, sink, journal, remove, events };
}

function write(journal: Journal, cause: 'declared' | 'restored'): void {
  const instanceId = 'ins-00000000' as InstanceId;
  const lists = { before: list, after: list };
  const ids = journal.intend([
    { instanceId, scope, binding: WEB, origin, cause, api: 'v3', ...lists, attempt: 1 },
  ]);
  journal.conclude(ids, { outcome: 'accepted', requestId: 'r', code: '', message: '' });
}

it('the writes of an object are forgotten with it, also when nothing was published that it did not say itself', () => {
  const { history, sink, journal, remove } = setUp();
  write(journal, 'declared');
  sink.publish([bindingStatus]);
  expect(history.of(WEB, 'u1')).toHaveLength(1);
  remove();
  expect(history.of(WEB, 'u1')).toEqual([]);
});

it('a list that is put back after its object was deleted leaves nothing behind', () => {
  const { history, sink, journal, remove } = setUp();
  sink.publish([bindingStatus]);
  remove();
  write(journal, 'restored');
  expect(history.of(WEB, 'u1')).toEqual([]);
});

it('tells once by an event that a suspension begins, and once that it ends', () => {
  const { sink, events } = setUp();
  const ready = { type: 'Ready', status: 'True', reason: 'InSync', message: '' } as const;
  const suspended = {
    type: 'Suspended',
    status: 'True',
    reason: 'Suspended',
    message: 'until noon',
  } as const;
  const since = { lastTransitionTime: '2026-03-01T18:00:00Z' };
  const reported = (...conditions: object[]) => {
    events.length = 0;
    const all = conditions.map((condition) => ({
      ...condition,
      ...since,
    })) as unknown as BindingStatus['conditions'];
    sink.publish([{ ...bindingStatus, conditions: all }]);
    return events.map(({ reason, type, note }) => ({ reason, type, note }));
  };
  reported(ready);
  expect(reported(ready, suspended)).toEqual([{ reason: 'Suspended', type: 'Normal', note: 'until noon' }]);
  expect(reported(ready, suspended)).toEqual([]);
  expect(reported(ready)).toMatchObject([{ reason: 'Resumed', type: 'Normal' }]);
  expect(reported(ready)).toEqual([]);
});

it('warns once of each write that failed for good', () => {
  const { sink, events } = setUp();
  const failed = (id: string) => ({
    instanceId: id as InstanceId,
    state: 'Failed' as const,
    reason: 'Denied' as const,
    message: 'UnauthorizedOperation: no',
    requestId: 'r1',
  });
  const notes = (...ids: string[]) => {
    events.length = 0;
    sink.publish([{ ...bindingStatus, instances: ids.map(failed) }]);
    return events.map(({ type, reason, note }) => `${type} ${reason} ${note}`);
  };
  const said = 'Warning WriteFailed the cloud refused the write of';
  expect(notes('ins-1')).toEqual([`${said} 1 instance for good: ins-1: UnauthorizedOperation: no`]);
  expect(notes('ins-1')).toEqual([]);
  expect(notes('ins-1', 'ins-2')).toEqual([`${said} 1 instance for good: ins-2: UnauthorizedOperation: no`]);
  expect(notes()).toEqual([]);
  expect(notes('ins-1')).toHaveLength(1);
});
