import { describe, expect, it } from 'vitest';
import { bindingKey, type InstanceId, type SecurityGroupId } from '../api/ids.ts';
import { VirtualClock } from '../runtime/virtual-clock.ts';
import { openInMemory } from '../state/state-file.ts';
import { LocalState } from './local-state.ts';
import type { BindingVerdict, WriteIntent } from './port.ts';

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
const verdict = (status: 'True' | 'False'): BindingVerdict => ({
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
    state.publish([verdict('False')]);
    state.publish([verdict('True')]);
    expect(state.previous(KEY)).toEqual(verdict('True').conditions);
    state.retire([]);
    state.retire([KEY]);
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

  it('remembers owners', () => {
    const { state } = makeState();
    state.own([[ID, KEY]]);
    state.keepOriginal([[ID, [sg('a')]]]);
    expect([...state.owners()]).toEqual([[ID, KEY]]);
    state.own([[ID, undefined]]);
    expect(state.owners().size).toBe(0);
  });
});
