import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bindingKey, type InstanceId, type SecurityGroupId } from '../api/ids.ts';
import type { Claim } from './claim.ts';
import type { CloudError } from './cloud-error.ts';
import { decide } from './decide.ts';
import { DEFAULT_GUARD_RULES } from './guard-port.ts';
import { type InstanceRecord, newRecord, stateWord, type UnconfirmedWrite } from './instance.ts';
import type { GroupList, ObservedInstance } from './model.ts';
import { sameSequence } from './plan.ts';
import { believed, mayBeStale, STALE_READ_MS, staleLists } from './stale-read.ts';

const NOW_MS = Date.UTC(2026, 0, 1);

const ID = 'ins-00000001' as InstanceId;
const T = Date.UTC(2026, 0, 1);
const list = (text: string): GroupList => text.split(' ').filter(Boolean) as SecurityGroupId[];
const claim = (sgIds: string, suspend = false): Claim => ({
  owner: {
    key: bindingKey('shop', 'web'),
    namespace: 'shop',
    name: 'web',
    scope: { account: 'default', region: 'ap-guangzhou' },
    instanceIds: [ID],
    sgIds: list(sgIds),
    mode: 'Enforce',
    suspend,
    origin: { kind: 'directory', file: 'web.yaml', line: 1, column: 1, revision: 'r1' },
  },
  contenders: [],
  holds: true,
});
const seen = (sgIds: string, state = 'RUNNING'): ObservedInstance => ({
  instanceId: ID,
  sgIds: list(sgIds),
  state,
  restrictState: 'NORMAL',
  latestOperationState: 'SUCCESS',
});

type Observed = InstanceRecord & { observed: ObservedInstance };
const record = (
  observed: string,
  atMs: number,
  unconfirmed?: Partial<UnconfirmedWrite> & { after: GroupList },
): Observed => ({
  ...newRecord(ID),
  observed: seen(observed),
  observedAtMs: atMs,
  unconfirmed:
    unconfirmed === undefined
      ? undefined
      : { journalId: 1, stale: [], sinceMs: T, accepted: true, ...unconfirmed },
});
const judged = (of: Observed, desired: string) =>
  decide(of, { claim: claim(desired), rules: DEFAULT_GUARD_RULES, nowMs: NOW_MS, wallMs: NOW_MS }).kind;

/** A was there, B was written at T. */
const accepted = { after: list('b'), stale: [list('a')] };
const unknown = { ...accepted, accepted: false };
/** A was there, B was written, then A again, before B was read back. */
const reverted = { after: list('a'), stale: [list('a'), list('b')] };

describe('decide', () => {
  it.each([
    { of: record('a b', T), desired: 'a b', want: 'in-sync', reason: 'read in the declared order' },
    { of: record('b a', T), desired: 'a b', want: 'write', reason: 'another order is drift' },
    {
      of: record('a', T - 1, accepted),
      desired: 'b',
      want: 'await',
      reason: 'not read since it was written',
    },
    {
      of: record('a', T + 1, accepted),
      desired: 'b',
      want: 'await',
      reason: 'a late read shows what was before',
    },
    { of: record('b', T + 1, accepted), desired: 'b', want: 'in-sync', reason: 'read back' },
    {
      of: record('c', T + 1, accepted),
      desired: 'b',
      want: 'write',
      reason: 'a list that was never there is drift',
    },
    {
      of: record('a', T + STALE_READ_MS, accepted),
      desired: 'b',
      want: 'write',
      reason: 'no read is stale for that long: somebody put it back',
    },
    {
      of: record('b', T - 1, { after: list('c'), stale: [list('b')] }),
      desired: 'b',
      want: 'write',
      reason: 'what was read before an accepted write is gone',
    },
    {
      of: record('a', T - 1, { ...accepted, sinceMs: T }),
      desired: 'a',
      want: 'write',
      reason: 'declared as it was, with the other list accepted: it has to be put back',
    },
    {
      of: record('a', T - 1, unknown),
      desired: 'a',
      want: 'await',
      reason: 'declared as it was, and nobody knows whether the other list was written',
    },
    {
      of: record('a', T - 1, unknown),
      desired: 'b',
      want: 'await',
      reason: 'a write of unknown end is read back before it is repeated',
    },
    {
      of: record('a', T + 1, unknown),
      desired: 'b',
      want: 'write',
      reason: 'read back, and it did not arrive',
    },
    {
      of: record('a', T + 1, unknown),
      desired: 'a',
      want: 'await',
      reason: 'it may have arrived and not show yet',
    },
    {
      of: record('b', T + 1, unknown),
      desired: 'a',
      want: 'write',
      reason: 'it arrived, and is not declared any more',
    },
    { of: record('b', T + 1, unknown), desired: 'b', want: 'in-sync', reason: 'it arrived' },
    {
      of: record('a', T + 1, reverted),
      desired: 'a',
      want: 'await',
      reason: 'a list that was there before and after the other one proves nothing while reads may be late',
    },
    {
      of: record('b', T + 1, reverted),
      desired: 'a',
      want: 'await',
      reason: 'a late read of the other list',
    },
    {
      of: record('a', T + 1, { ...reverted, accepted: false }),
      desired: 'a',
      want: 'await',
      reason: 'the revert may not have arrived, and this may be a read from before both',
    },
    {
      of: record('a', T + STALE_READ_MS, { ...reverted, accepted: false }),
      desired: 'a',
      want: 'in-sync',
      reason: 'late enough to be the truth',
    },
  ])('$want: $reason', ({ of, desired, want, reason }) => {
    expect(judged(of, desired), reason).toBe(want);
  });

  it('holds what a guard speaks against, with the steps that it holds', () => {
    const of = record('a', T);
    const held = decide(of, {
      claim: claim('b', true),
      rules: DEFAULT_GUARD_RULES,
      nowMs: NOW_MS,
      wallMs: NOW_MS,
    });
    expect(held).toMatchObject({ kind: 'held', result: { guard: 'suspended' } });
    expect(held.kind === 'held' && held.steps.length).toBe(2);
  });

  it('waits after a failure, unless the state of the instance has changed since', () => {
    const fresh = record('a', T);
    const error = { kind: 'blocked' } as CloudError;
    const stateSeen = stateWord(fresh.observed);
    const of = { ...fresh, failure: { error, attempts: 1, nextAtMs: T + 9_000, terminal: true, stateSeen } };
    const context = { claim: claim('b'), rules: DEFAULT_GUARD_RULES, nowMs: NOW_MS, wallMs: NOW_MS };
    expect(decide(of, context)).toMatchObject({ kind: 'write', notBeforeMs: T + 9_000 });
    expect(decide({ ...of, observed: seen('a', 'STOPPED') }, context)).toMatchObject({
      kind: 'write',
      notBeforeMs: 0,
    });
  });

  it('never takes an observation that may be older than a write for in sync, however much time passes without a read', () => {
    const lists = fc.constantFrom(list('a'), list('b'), list('c'));
    fc.assert(
      fc.property(
        lists,
        lists,
        lists,
        fc.boolean(),
        fc.integer({ min: -10, max: STALE_READ_MS - 1 }),
        (observed, before, after, wasAccepted, offset) => {
          fc.pre(!sameSequence(before, after));
          const of = record(observed.join(' '), T + offset, {
            after,
            stale: [before],
            accepted: wasAccepted,
          });
          const doubtful = offset < 0 || sameSequence(observed, before);
          expect(mayBeStale(of)).toBe(doubtful);
          if (doubtful) expect(judged(of, observed.join(' '))).not.toBe('in-sync');
        },
      ),
    );
  });
});

describe('believed', () => {
  it('is an accepted write where reads may be late, and otherwise what was read', () => {
    expect(believed(record('a', T - 1, accepted))).toEqual(list('b'));
    expect(believed(record('a', T + 1, accepted))).toEqual(list('b'));
    expect(believed(record('c', T + 1, accepted))).toEqual(list('c'));
    expect(believed(record('a', T - 1, unknown))).toEqual(list('a'));
    expect(believed(record('a', T))).toEqual(list('a'));
  });
});

describe('staleLists', () => {
  const words = (earlier: string[] | undefined, before: string[], after: string) => {
    const last = earlier?.at(-1);
    const unconfirmed: UnconfirmedWrite | undefined =
      last === undefined
        ? undefined
        : {
            journalId: 1,
            after: list(last),
            stale: (earlier ?? []).slice(0, -1).map(list),
            sinceMs: T,
            accepted: true,
          };
    return staleLists(unconfirmed, before.map(list), list(after)).map((one) => one.join(' '));
  };

  it.each([
    { earlier: undefined, before: ['a', 'a'], after: 'b', want: ['a'], reason: 'what was there' },
    {
      earlier: ['a', 'b'],
      before: ['b', 'a'],
      after: 'c',
      want: ['a', 'b'],
      reason: 'a write on top of another',
    },
    {
      earlier: ['a', 'b'],
      before: ['a'],
      after: 'b',
      want: ['a'],
      reason: 'the same write again: its list proves itself',
    },
    {
      earlier: ['a', 'b'],
      before: ['b'],
      after: 'a',
      want: ['a', 'b'],
      reason: 'a revert: its list proves nothing',
    },
    { earlier: ['a', 'b', 'a'], before: ['a'], after: 'a', want: ['a', 'b'], reason: 'a revert, sent again' },
  ])('$reason', ({ earlier, before, after, want, reason }) => {
    expect(words(earlier, before, after), reason).toEqual(want);
  });

  it('keeps the newest eight', () => {
    const earlier = Array.from({ length: 12 }, (_, n) => `g${n}`);
    expect(words(earlier, [], 'z')).toEqual(earlier.slice(-8));
  });
});
