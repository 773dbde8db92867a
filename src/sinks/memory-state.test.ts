import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BindingKey, bindingKey, type InstanceId, type SecurityGroupId } from '../api/ids.ts';
import type { Binding, GroupList } from '../core/model.ts';
import { STALE_READ_MS } from '../core/stale-read.ts';
import { VirtualClock } from '../runtime/virtual-clock.ts';
import { openInMemory } from '../state/state-file.ts';
import { LocalState } from './local-state.ts';
import { MemoryState } from './memory-state.ts';
import type { ApprovalStore, Inventory, Journal, WriteConclusion, WriteIntent } from './port.ts';

type State = Journal & Inventory & ApprovalStore;

const ins = (n: number) => `ins-0000000${n}` as InstanceId;
const lists: readonly GroupList[] = ['a', 'b', 'ba'].map((letters) =>
  [...letters].map((letter) => `sg-${letter.repeat(8)}` as SecurityGroupId),
);
const listOf = (n: number) => lists[n % lists.length] as GroupList;
const keyOf = (n: number): BindingKey => bindingKey('shop', `b${n}`);
const scope = { account: 'default', region: 'ap-guangzhou' };
const origin = { kind: 'kubernetes', uid: 'u', generation: 1 } as const;

const intent = (n: number, list: number): WriteIntent => ({
  instanceId: ins(n),
  scope,
  binding: keyOf(n),
  origin,
  cause: 'declared',
  api: 'v3',
  before: listOf(list),
  after: listOf(list + 1),
  attempt: 1,
  ...(list === 0 ? {} : { authority: 'approved' }),
});
const binding = (n: number): Binding => ({
  key: keyOf(n),
  namespace: 'shop',
  name: `b${n}`,
  scope,
  instanceIds: [],
  sgIds: listOf(n),
  mode: 'Enforce',
  suspend: false,
  origin,
});
const held = (n: number, account: string) => ({
  digest: `sha256:${n}`,
  scope: account,
  by: 'alice',
  at: '2026-01-01T00:00:00Z',
  everyBinding: n === 0,
  heldMs: n,
  changes: new Map([[ins(n), { from: listOf(0), to: listOf(1) }]]),
});

/** One thing that the engine may do to its memory. */
type Deed = (state: State) => unknown;

const small = fc.nat({ max: 3 });
const outcome = fc.constantFrom<WriteConclusion['outcome']>('accepted', 'rejected', 'unknown');
const deeds: fc.Arbitrary<Deed | 'a second passes'> = fc.oneof(
  fc.constant('a second passes' as const),
  fc.array(fc.tuple(small, small), { minLength: 1, maxLength: 3 }).map(
    (all): Deed =>
      (state) =>
        state.intend(all.map(([n, list]) => intent(n, list))),
  ),
  fc.tuple(fc.array(fc.integer({ min: 1, max: 8 }), { maxLength: 3 }), outcome).map(
    ([ids, one]): Deed =>
      (state) =>
        state.conclude(ids, { outcome: one, requestId: 'r', code: '', message: '' }),
  ),
  fc.tuple(fc.integer({ min: 1, max: 8 }), small).map(
    ([id, list]): Deed =>
      (state) =>
        state.verified(id, listOf(list)),
  ),
  fc.tuple(small, fc.option(small, { nil: undefined })).map(
    ([n, owner]): Deed =>
      (state) =>
        state.own([[ins(n), owner === undefined ? owner : keyOf(owner)]]),
  ),
  fc.tuple(small, small).map(
    ([n, list]): Deed =>
      (state) =>
        state.keepOriginal([[ins(n), listOf(list)]]),
  ),
  fc.tuple(small, fc.option(small, { nil: undefined })).map(
    ([n, list]): Deed =>
      (state) => {
        const pledge = {
          instanceId: ins(n),
          binding: binding(n),
          original: listOf(list ?? 0),
          releasedMs: 5,
        };
        state.pledge([[ins(n), list === undefined ? undefined : pledge]]);
      },
  ),
  fc.tuple(small, fc.constantFrom('one', 'other')).map(
    ([n, account]): Deed =>
      (state) =>
        state.holdApproval(held(n, account)),
  ),
  small.map(
    (n): Deed =>
      (state) =>
        state.dropApproval(held(n, 'one')),
  ),
);

/** All that can be asked of a memory. */
function everything(state: State, nowMs: number): unknown {
  const sorted = <T>(all: Iterable<T>): T[] =>
    [...all].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  return {
    open: state.open(0),
    lately: state.open(nowMs - 1_500),
    owners: sorted(state.owners()),
    originals: [0, 1, 2, 3].map((n) => state.original(ins(n))),
    pledges: sorted(state.pledges()),
    approvals: sorted(state.approvals().map((one) => ({ ...one, changes: [...one.changes] }))),
  };
}

describe('MemoryState', () => {
  it('remembers what the state file would remember', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(deeds, { maxLength: 40 }), async (all) => {
        const clock = new VirtualClock(1_000_000);
        const memory = new MemoryState({ clock });
        using file = openInMemory();
        const state = new LocalState(file, { clock, actor: 'me' });
        for (const deed of all) {
          if (deed === 'a second passes') await clock.advance(1_000);
          else expect(deed(memory)).toEqual(deed(state));
          expect(everything(memory, clock.now())).toEqual(everything(state, clock.now()));
        }
      }),
    );
  });

  it('forgets a write that was never read back, once no read of it can be stale', async () => {
    const clock = new VirtualClock(1_000_000);
    const state = new MemoryState({ clock });
    const end = { requestId: 'r', code: '', message: '' } as const;
    state.conclude(state.intend([intent(0, 0)]), { outcome: 'accepted', ...end });
    state.conclude(state.intend([intent(1, 0)]), { outcome: 'unknown', ...end });
    await clock.advance(STALE_READ_MS);
    state.intend([intent(2, 0)]);
    expect(state.open(0).map(({ instanceId }) => instanceId)).toEqual([ins(0), ins(1), ins(2)]);
    await clock.advance(1);
    state.intend([intent(3, 0)]);
    expect(state.open(0).map(({ instanceId }) => instanceId)).toEqual([ins(2), ins(3)]);
  });

  it('knows of no write of an earlier process', () => {
    const state = new MemoryState({ clock: new VirtualClock() });
    expect([state.recent(), state.open(0)]).toEqual([[], []]);
  });
});
