import { describe, expect, it } from 'vitest';
import type { BindingKey, InstanceId } from '../../api/ids.ts';
import type { InstanceState } from '../../core/instance-status.ts';
import { ReconcileRequests } from './reconcile-requests.ts';

const KEY = 'shop/web' as BindingKey;
const A = 'ins-0000000a' as InstanceId;
const B = 'ins-0000000b' as InstanceId;
const states = (...list: InstanceState[]) => list.map((state) => ({ state }));
const SYNCED = states('InSync', 'InSync');

function asked(): ReconcileRequests {
  const requests = new ReconcileRequests();
  requests.ask(KEY, 'one', { ids: [A, B], nowMs: 100 });
  return requests;
}

describe('a request to reconcile', () => {
  it('is handled when every instance was read after it came', () => {
    const requests = asked();
    expect(requests.observed(A, 100)).toBeUndefined();
    expect(requests.handled(KEY, SYNCED)).toBeUndefined();
    expect(requests.observed(B, 101)).toBe(KEY);
    expect(requests.handled(KEY, SYNCED)).toBe('one');
  });

  it('is not answered by a read that left before it', () => {
    const requests = asked();
    requests.observed(A, 99);
    requests.observed(B, 99);
    expect(requests.handled(KEY, SYNCED)).toBeUndefined();
  });

  it.each<[InstanceState, string | undefined]>([
    ['Drifted', undefined],
    ['Writing', undefined],
    ['Verifying', undefined],
    ['Retrying', 'one'],
    ['Failed', 'one'],
    ['Held', 'one'],
    ['NotFound', 'one'],
  ])('with an instance that is %s is handled: %s', (state, handled) => {
    const requests = asked();
    requests.observed(A, 100);
    requests.observed(B, 100);
    expect(requests.handled(KEY, states('InSync', state))).toBe(handled);
  });

  it('is taken once', () => {
    const requests = asked();
    expect(requests.ask(KEY, 'one', { ids: [A], nowMs: 200 })).toBe(false);
    expect(requests.ask(KEY, 'two', { ids: [A], nowMs: 200 })).toBe(true);
  });

  it('keeps what was handled before until the new one is', () => {
    const requests = asked();
    requests.observed(A, 100);
    requests.observed(B, 100);
    requests.handled(KEY, SYNCED);
    requests.ask(KEY, 'two', { ids: [A, B], nowMs: 200 });
    expect(requests.handled(KEY, SYNCED)).toBe('one');
  });

  it('waits no more for an instance that left the binding', () => {
    const requests = asked();
    requests.observed(A, 100);
    requests.keep(KEY, [A]);
    expect(requests.handled(KEY, states('InSync'))).toBe('one');
  });

  it('does not wait for an instance that another binding asks for', () => {
    const requests = asked();
    requests.observed(A, 100);
    requests.ask('shop/api' as BindingKey, 'x', { ids: [B], nowMs: 150 });
    expect(requests.handled(KEY, SYNCED)).toBe('one');
  });
});
