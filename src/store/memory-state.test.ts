import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BindingKey, bindingKey, type InstanceId, type SecurityGroupId } from '../api/ids.ts';
import type { Binding, GroupList } from '../core/model.ts';
import type { Journal, WriteConclusion, WriteIntent } from '../ports/journal.ts';
import type { ApprovalStore, Inventory } from '../ports/store.ts';
import { VirtualClock } from '../runtime/virtual-clock.ts';
import { LocalState } from './local-state.ts';
import { MemoryState } from './memory-state.ts';
import { openInMemory } from './sqlite/state-file.ts';

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
const deeds: fc.Arbitrary<Deed> = fc.oneof(
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
        const pendingRestore = {
          instanceId: ins(n),
          binding: binding(n),
          original: listOf(list ?? 0),
          releasedMs: 5,
        };
        state.setPendingRestores([[ins(n), list === undefined ? undefined : pendingRestore]]);
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

/** All that can be asked of a memory, but what an earlier process wrote. */
function everything(state: State): unknown {
  const sorted = <T>(all: Iterable<T>): T[] =>
    [...all].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  return {
    owners: sorted(state.owners()),
    originals: [0, 1, 2, 3].map((n) => state.original(ins(n))),
    pendingRestores: sorted(state.pendingRestores()),
    approvals: sorted(state.approvals().map((one) => ({ ...one, changes: [...one.changes] }))),
  };
}

describe('MemoryState', () => {
  it('remembers what the state file would remember', () => {
    fc.assert(
      fc.property(fc.array(deeds, { maxLength: 40 }), (all) => {
        const memory = new MemoryState();
        using file = openInMemory();
        const state = new LocalState(file, { clock: new VirtualClock(), actor: 'me' });
        for (const deed of all) {
          expect(deed(memory)).toEqual(deed(state));
          expect(everything(memory)).toEqual(everything(state));
        }
      }),
    );
  });

  it('knows of no write of an earlier process', () => {
    const state = new MemoryState();
    expect([state.recent(0), state.open()]).toEqual([[], []]);
  });
});
