import { expect, it } from 'vitest';
import type { BindingKey, InstanceId, SecurityGroupId } from '../../api/ids.ts';
import { VirtualClock } from '../../runtime/virtual-clock.ts';
import { openInMemory } from '../../state/state-file.ts';
import { LocalState } from '../local-state.ts';
import type { BindingVerdict, Journal } from '../port.ts';
import type { EventWriter } from './event-writer.ts';
import { KubernetesSink } from './kubernetes-sink.ts';
import type { StatusWriter } from './status-writer.ts';
import { WriteHistory } from './write-history.ts';

const WEB = 'shop/web' as BindingKey;
const origin = { kind: 'kubernetes', uid: 'u1', generation: 1 } as const;
const scope = { account: 'default', region: 'ap-guangzhou' };
const list = ['sg-aaaaaaaa' as SecurityGroupId];
const verdict: BindingVerdict = {
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
  let present = true;
  const history = new WriteHistory({ clock, isDeclared: () => present });
  const sink = new KubernetesSink({
    history,
    statuses: { write: () => {}, forget: () => {} } as unknown as StatusWriter,
    events: { write: () => {} } as unknown as EventWriter,
    object: () => (present ? object : undefined),
    original: () => undefined,
    level: { onAltered: () => {} },
    finalizers: { poke: () => {} },
    safekeeping: { forget: () => {} },
  });
  const journal = history.watch(new LocalState(openInMemory(), { clock, actor: 'me' }));
  const remove = () => {
    present = false;
    sink.retire([WEB]);
  };
  return { history, sink, journal, remove };
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
  sink.publish([verdict]);
  expect(history.of(WEB, 'u1')).toHaveLength(1);
  remove();
  expect(history.of(WEB, 'u1')).toEqual([]);
});

it('a list that is put back after its object was deleted leaves nothing behind', () => {
  const { history, sink, journal, remove } = setUp();
  sink.publish([verdict]);
  remove();
  write(journal, 'restored');
  expect(history.of(WEB, 'u1')).toEqual([]);
});
