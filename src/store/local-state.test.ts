import { describe, expect, it } from 'vitest';
import { bindingKey, type InstanceId, type SecurityGroupId } from '../api/ids.ts';
import type { WriteIntent } from '../ports/journal.ts';
import type { BindingStatus } from '../ports/status.ts';
import { VirtualClock } from '../runtime/virtual-clock.ts';
import { LocalState } from './local-state.ts';
import { JournalTable } from './sqlite/journal-table.ts';
import { openInMemory } from './sqlite/state-file.ts';
import { TrafficTable } from './sqlite/traffic-table.ts';

const ID = 'ins-00000001' as InstanceId;
const KEY = bindingKey('shop', 'web');
const sg = (letter: string) => `sg-${letter.repeat(8)}` as SecurityGroupId;
const scope = { account: 'default', region: 'ap-guangzhou' };
const origin = { kind: 'directory', file: 'a.yaml', line: 1, column: 1, revision: 'r1' } as const;
const intent: WriteIntent = {
  instanceId: ID,
  scope,
  binding: KEY,
  origin,
  cause: 'drift',
  api: 'v2',
  before: [sg('a')],
  after: [sg('b'), sg('a')],
  attempt: 1,
};
const status = (status: 'True' | 'False'): BindingStatus => ({
  key: KEY,
  scope,
  origin,
  sgIds: [sg('a')],
  conditions: [
    { type: 'Ready', status, reason: 'InSync', message: '', lastTransitionTime: '2026-01-01T00:00:00Z' },
  ],
  instanceCount: 1,
  inSyncCount: status === 'True' ? 1 : 0,
  instances: [],
});
function makeState() {
  const clock = new VirtualClock(10_000);
  const file = openInMemory();
  return { clock, file, state: new LocalState(file, { clock, actor: 'me' }) };
}

describe('LocalState', () => {
  it('gives the conditions that were published last, until the binding is retired', () => {
    const { state } = makeState();
    expect(state.previous(KEY)).toEqual([]);
    state.publish([status('False')]);
    state.publish([status('True')]);
    expect(state.previous(KEY)).toEqual(status('True').conditions);
    state.remove([]);
    state.remove([KEY]);
    expect(state.previous(KEY)).toEqual([]);
  });

  it('gives back open intents as they were, the time of a concluded one being that of its end', async () => {
    const { clock, state } = makeState();
    const [first, second] = state.intend([intent, { ...intent, before: [] }]) as [number, number];
    await clock.advance(500);
    state.conclude([second], { outcome: 'accepted', requestId: 'r', code: '', message: '' });
    const base = { instanceId: ID, scope, binding: KEY, after: intent.after };
    expect(state.open(0)).toEqual([
      { ...base, id: first, atMs: 10_000, accepted: false, before: intent.before },
      { ...base, id: second, atMs: 10_500, accepted: true, before: [] },
    ]);
    state.verified(first, intent.after);
    state.verified(second, []);
    expect(state.open(0)).toEqual([]);
  });

  it('keeps what was read back and not what was written', () => {
    const { file, state } = makeState();
    const [id] = state.intend([intent]) as [number];
    state.conclude([id], { outcome: 'accepted', requestId: 'r', code: '', message: '' });
    state.verified(id, intent.before);
    const row = file.database.prepare('SELECT before, after, observed FROM journal').get();
    expect(row?.observed).toBe(row?.before);
    expect(row?.observed).not.toBe(row?.after);
  });

  it('remembers owners', () => {
    const { state } = makeState();
    state.own([[ID, KEY]]);
    state.keepOriginal([[ID, [sg('a')]]]);
    expect([...state.owners()]).toEqual([[ID, KEY]]);
    state.own([[ID, undefined]]);
    expect(state.owners().size).toBe(0);
  });

  it('keeps what a write closes with the write, and what drift and changed rules did beside the writes', () => {
    const { file, state } = makeState();
    const change = {
      direction: 'ingress',
      family: 'ipv4',
      effect: 'opens',
      dependsOn: [],
      services: ['tcp/22'],
      addresses: ['0.0.0.0/0'],
      instances: 1,
    } as const;
    const base = { binding: KEY, origin, scope, instanceIds: [ID], changes: [change] };
    const [first = 0, second = 0] = state.intend([intent, intent]);
    const lists = { before: intent.before, after: intent.after };
    state.written({ ...base, ...lists, journalIds: [first], sinceMs: 4_000 });
    state.drifted({ ...base, declared: intent.after, observed: intent.before, foundMs: 9_000 });
    state.rulesChanged({ ...base, list: intent.after, changedGroups: [sg('b')], foundMs: 9_500 });
    const journal = new JournalTable(file.database, { clock: new VirtualClock(0), actor: 'reader' });
    const [untold, told] = journal.query({});
    expect([untold?.id, untold?.traffic, told?.id]).toEqual([second, undefined, first]);
    expect(JSON.parse(told?.traffic ?? '')).toEqual({
      sentences: ['opens tcp/22 from 0.0.0.0/0'],
      changes: [{ ...change, instances: undefined }],
      omitted: 0,
      since: '1970-01-01T00:00:04.000Z',
    });
    const table = new TrafficTable(file.database);
    const [rules, drift, ...more] = table.query({});
    expect(more).toEqual([]);
    expect(drift).toMatchObject({ cause: 'drift', instanceIds: [ID], before: intent.after, foundMs: 9_000 });
    expect(JSON.parse(rules?.body ?? '')).toMatchObject({
      sentences: ['opened tcp/22 from 0.0.0.0/0'],
      groups: [sg('b')],
    });
    expect(table.query({ instanceId: 'ins-0000000' })).toEqual([]);
    expect(table.query({ instanceId: ID, sinceMs: 9_200 })).toHaveLength(1);
  });
});
