import { describe, expect, it } from 'vitest';
import type { InstanceId, SecurityGroupId } from '../api/ids.ts';
import type { CloudError } from './cloud-error.ts';
import { NO_REWRITES, rewritten } from './fight.ts';
import { type InstanceEvent, type InstanceRecord, newRecord, type Phase, phaseOf } from './instance.ts';
import type { GroupList, ObservedInstance } from './model.ts';
import { OPEN_POLICY } from './policy.ts';
import { transition } from './transition.ts';

const ID = 'ins-00000001' as InstanceId;
const T = 1_000_000;
const FIGHTS = { ...OPEN_POLICY.fights, rewrites: 2, withinMs: 60_000, paceMs: 10_000 };
const list = (text: string): GroupList => text.split(' ') as SecurityGroupId[];
const seen = (sgIds: string, over: Partial<ObservedInstance> = {}): ObservedInstance => ({
  instanceId: ID,
  sgIds: list(sgIds),
  state: 'RUNNING',
  restrictState: 'NORMAL',
  latestOperationState: 'SUCCESS',
  ...over,
});
const error = (kind: CloudError['kind']): CloudError => ({
  kind,
  api: 'v2',
  action: 'any',
  sent: true,
  code: '1',
  message: 'no',
  requestId: 'r',
});
const failure = (kind: CloudError['kind'] = 'invalid', attempts = 1) => ({
  error: error(kind),
  attempts,
  nextAtMs: T + 9_000,
  terminal: false,
  stateSeen: 'x',
});
const write = (over: { journalId?: number; accepted?: boolean; after?: string } = {}) => ({
  journalId: over.journalId ?? 7,
  before: list('a'),
  after: list(over.after ?? 'b'),
  accepted: over.accepted ?? true,
  atMs: T,
});
const lastWrite = { atMs: T, requestId: 'r' };
const unconfirmed = { journalId: 7, after: list('b'), stale: [list('a')], sinceMs: T, accepted: true };

/** A record in each phase. */
const IN: Readonly<Record<Phase, InstanceRecord>> = {
  unread: newRecord(ID),
  missing: { ...newRecord(ID), missing: true, observedAtMs: T },
  observed: { ...newRecord(ID), observed: seen('a'), observedAtMs: T },
  sending: { ...newRecord(ID), observed: seen('a'), observedAtMs: T, writing: true, epoch: 1 },
  unconfirmed: { ...newRecord(ID), observed: seen('a'), observedAtMs: T, epoch: 2, unconfirmed },
};

/** The record after the event; what was given stays as it is. */
function changedBy(record: InstanceRecord, event: InstanceEvent): InstanceRecord {
  const changed = { ...record };
  transition(changed, event);
  return changed;
}

interface Row {
  readonly row: string;
  readonly from: Phase;
  readonly with?: Partial<InstanceRecord>;
  readonly event: InstanceEvent;
  readonly to: Phase;
  readonly and?: Partial<InstanceRecord>;
}

const read = (what: ObservedInstance | undefined, epoch = 0) =>
  ({ kind: 'read', seen: what, epoch, atMs: T + 5 }) as const;
const writeFailed = (over: { unknown?: boolean; counts?: boolean } = {}) =>
  ({
    kind: 'write-failed',
    write: over.unknown ? write({ accepted: false }) : undefined,
    failure: over.counts === false ? undefined : failure(),
    group: 'g1',
    lastWrite,
  }) as const;

const fought = { rewrites: [T], fight: { foreign: list('c'), foundMs: T } };
const ROWS: readonly Row[] = [
  {
    row: 'a declaration forgets what failed, was fought about or is not in force',
    from: 'observed',
    with: { failure: failure(), rewrites: fought, mismatch: 'not-in-force', writeGroup: 'g' },
    event: { kind: 'declared', wasInSync: false, firstSeen: true },
    to: 'observed',
    and: { failure: undefined, rewrites: NO_REWRITES, mismatch: undefined, writeGroup: '', firstSeen: true },
  },
  {
    row: 'a declaration ends no write',
    from: 'sending',
    event: { kind: 'declared', wasInSync: true, firstSeen: false },
    to: 'sending',
    and: { wasInSync: true, epoch: 1 },
  },
  {
    row: 'a read that has it shows its list, and ends what failed',
    from: 'unread',
    with: { readFailure: { error: error('transient'), attempts: 3 }, readGroup: 'g' },
    event: read(seen('a b')),
    to: 'observed',
    and: { observed: seen('a b'), observedAtMs: T + 5, readFailure: undefined, readGroup: '' },
  },
  {
    row: 'a read of another list tells until when the one before was read',
    from: 'observed',
    event: read(seen('c')),
    to: 'observed',
    and: { observed: seen('c'), observedAtMs: T + 5, inSyncUntilMs: T },
  },
  {
    row: 'a list that changes again leaves what was in sync as it was',
    from: 'observed',
    with: { inSyncUntilMs: T - 60 },
    event: read(seen('c')),
    to: 'observed',
    and: { observed: seen('c'), inSyncUntilMs: T - 60 },
  },
  { row: 'a missing one may come back', from: 'missing', event: read(seen('a')), to: 'observed' },
  {
    row: 'a read without it makes it missing, and forgets its list',
    from: 'observed',
    event: read(undefined),
    to: 'missing',
    and: { observed: undefined, observedAtMs: T + 5 },
  },
  { row: 'a first read without it makes it missing', from: 'unread', event: read(undefined), to: 'missing' },
  {
    row: 'a read that overlaps a write is not believed',
    from: 'sending',
    with: { readFailure: { error: error('transient'), attempts: 1 } },
    event: read(seen('c'), 1),
    to: 'sending',
    and: { observed: seen('a'), observedAtMs: T, readFailure: undefined },
  },
  {
    row: 'nor is one that left before a write which has ended since',
    from: 'unconfirmed',
    event: read(seen('c'), 0),
    to: 'unconfirmed',
    and: { observed: seen('a'), observedAtMs: T },
  },
  {
    row: 'a read after a write shows the list, and the journal decides what that means',
    from: 'unconfirmed',
    event: read(seen('b'), 2),
    to: 'unconfirmed',
    and: { observed: seen('b') },
  },
  {
    row: 'a read that fails counts, and keeps what was read',
    from: 'observed',
    event: { kind: 'read-failed', failure: { error: error('transient'), attempts: 2 }, group: 'g' },
    to: 'observed',
    and: { readFailure: { error: error('transient'), attempts: 2 }, readGroup: 'g', observed: seen('a') },
  },
  {
    row: 'a read that fails for a reason of its own call counts for nothing',
    from: 'observed',
    with: { readFailure: { error: error('transient'), attempts: 2 } },
    event: { kind: 'read-failed', failure: undefined, group: '' },
    to: 'observed',
    and: { readFailure: { error: error('transient'), attempts: 2 } },
  },
  {
    row: 'a declared list that is the observed one takes its place',
    from: 'observed',
    event: { kind: 'interned', sgIds: list('a') },
    to: 'observed',
    and: { observed: seen('a') },
  },
  {
    row: 'a write that leaves is under way',
    from: 'observed',
    event: { kind: 'sent', repairs: false, fights: FIGHTS, atMs: T },
    to: 'sending',
    and: { epoch: 1, rewrites: NO_REWRITES },
  },
  {
    row: 'a repair counts towards a fight',
    from: 'observed',
    event: { kind: 'sent', repairs: true, fights: FIGHTS, atMs: T },
    to: 'sending',
    and: { rewrites: rewritten(NO_REWRITES, FIGHTS, T) },
  },
  {
    row: 'a repair that is tried again after a failure counts once',
    from: 'observed',
    with: { failure: failure() },
    event: { kind: 'sent', repairs: true, fights: FIGHTS, atMs: T },
    to: 'sending',
    and: { rewrites: NO_REWRITES },
  },
  {
    row: 'a write may follow another that was not read back',
    from: 'unconfirmed',
    event: { kind: 'sent', repairs: false, fights: FIGHTS, atMs: T },
    to: 'sending',
    and: { epoch: 3, unconfirmed },
  },
  {
    row: 'a write that is given up leaves the record as before',
    from: 'sending',
    event: { kind: 'abandoned' },
    to: 'observed',
    and: { epoch: 2 },
  },
  {
    row: 'an accepted write waits to be read back, and ends what failed',
    from: 'sending',
    with: { failure: failure(), writeGroup: 'g' },
    event: { kind: 'accepted', write: write(), lastWrite },
    to: 'unconfirmed',
    and: { unconfirmed, failure: undefined, writeGroup: '', lastWrite, epoch: 2, openIntents: [] },
  },
  {
    row: 'what was not read back before is answered by the next read as well',
    from: 'sending',
    with: { unconfirmed: { ...unconfirmed, journalId: 3 } },
    event: { kind: 'accepted', write: write({ after: 'c' }), lastWrite },
    to: 'unconfirmed',
    and: {
      openIntents: [3],
      unconfirmed: { ...unconfirmed, after: list('c'), stale: [list('a'), list('b')] },
    },
  },
  {
    row: 'a refused write changed nothing, and counts',
    from: 'sending',
    event: writeFailed(),
    to: 'observed',
    and: { failure: failure(), writeGroup: 'g1', unconfirmed: undefined, lastWrite, epoch: 2 },
  },
  {
    row: 'a write that was refused for a reason of its own call counts for nothing',
    from: 'sending',
    with: { failure: failure('invalid', 2) },
    event: writeFailed({ counts: false }),
    to: 'observed',
    and: { failure: failure('invalid', 2) },
  },
  {
    row: 'a write of unknown end may have taken effect',
    from: 'sending',
    event: writeFailed({ unknown: true }),
    to: 'unconfirmed',
    and: { unconfirmed: { ...unconfirmed, accepted: false }, failure: failure() },
  },
  {
    row: 'a write of an earlier process waits to be read back',
    from: 'unread',
    event: { kind: 'recovered', write: write() },
    to: 'unconfirmed',
    and: { unconfirmed },
  },
  {
    row: 'of two writes of an earlier process both wait',
    from: 'unconfirmed',
    event: { kind: 'recovered', write: write({ journalId: 9, after: 'c' }) },
    to: 'unconfirmed',
    and: { openIntents: [7] },
  },
  {
    row: 'journal entries that were answered are open no more',
    from: 'observed',
    with: { openIntents: [1, 2] },
    event: { kind: 'intents-settled' },
    to: 'observed',
    and: { openIntents: [] },
  },
  {
    row: 'an accepted write that is read back was in sync',
    from: 'unconfirmed',
    with: { observed: seen('b') },
    event: { kind: 'read-back', desired: list('b') },
    to: 'observed',
    and: { wasInSync: true, mismatch: undefined },
  },
  {
    row: 'an accepted write that another list has followed was overwritten',
    from: 'unconfirmed',
    with: { observed: seen('c') },
    event: { kind: 'read-back', desired: list('b') },
    to: 'observed',
    and: { wasInSync: true, mismatch: 'overwritten' },
  },
  {
    row: 'an accepted write after which the list is that from before is not in force',
    from: 'unconfirmed',
    event: { kind: 'read-back', desired: list('b') },
    to: 'observed',
    and: { wasInSync: true, mismatch: 'not-in-force' },
  },
  {
    row: 'nor is one whose groups are read in another order',
    from: 'unconfirmed',
    with: { unconfirmed: { ...unconfirmed, after: list('b c') }, observed: seen('c b') },
    event: { kind: 'read-back', desired: list('b c') },
    to: 'observed',
    and: { mismatch: 'not-in-force' },
  },
  {
    row: 'nor is one whose operation has failed in the cloud',
    from: 'unconfirmed',
    with: { observed: seen('c', { latestOperationState: 'FAILED' }) },
    event: { kind: 'read-back', desired: list('b') },
    to: 'observed',
    and: { mismatch: 'not-in-force' },
  },
  {
    row: 'what is found out once stays until it is declared or in sync again',
    from: 'unconfirmed',
    with: { mismatch: 'overwritten' },
    event: { kind: 'read-back', desired: list('b') },
    to: 'observed',
    and: { mismatch: 'overwritten' },
  },
  {
    row: 'a write of unknown end says nothing of the present declaration',
    from: 'unconfirmed',
    with: { unconfirmed: { ...unconfirmed, accepted: false }, observed: seen('b') },
    event: { kind: 'read-back', desired: list('b') },
    to: 'observed',
    and: { wasInSync: false, mismatch: undefined },
  },
  {
    row: 'nor does a write of what is declared no more',
    from: 'unconfirmed',
    with: { observed: seen('b') },
    event: { kind: 'read-back', desired: list('c') },
    to: 'observed',
    and: { wasInSync: false, mismatch: undefined },
  },
  {
    row: 'being in sync ends what failed, and a fight after a quiet time',
    from: 'observed',
    with: { failure: failure(), rewrites: fought, mismatch: 'overwritten', writeGroup: 'g' },
    event: { kind: 'found-in-sync', fights: FIGHTS, atMs: T + 10_000 },
    to: 'observed',
    and: { failure: undefined, rewrites: NO_REWRITES, mismatch: undefined, writeGroup: '', wasInSync: true },
  },
  {
    row: 'a fight goes on until it has been quiet for its pace',
    from: 'observed',
    with: { rewrites: fought },
    event: { kind: 'found-in-sync', fights: FIGHTS, atMs: T + 9_999 },
    to: 'observed',
    and: { rewrites: fought },
  },
  {
    row: 'drift after many repairs is a fight',
    from: 'observed',
    with: { rewrites: { rewrites: [T, T + 1], fight: undefined } },
    event: { kind: 'found-drift', fights: FIGHTS, atMs: T + 2 },
    to: 'observed',
    and: { rewrites: { rewrites: [T, T + 1], fight: { foreign: list('a'), foundMs: T + 2 } } },
  },
  {
    row: 'the first drift is none',
    from: 'observed',
    event: { kind: 'found-drift', fights: FIGHTS, atMs: T },
    to: 'observed',
    and: { rewrites: NO_REWRITES },
  },
  {
    row: 'another attempt that is asked for need not wait',
    from: 'observed',
    with: { failure: failure() },
    event: { kind: 'retry' },
    to: 'observed',
    and: { failure: { ...failure(), nextAtMs: 0 } },
  },
  {
    row: 'where nothing failed there is nothing to try again',
    from: 'observed',
    event: { kind: 'retry' },
    to: 'observed',
    and: { failure: undefined },
  },
  {
    row: 'writes that lost their replies in an outage share batches again',
    from: 'observed',
    with: { failure: failure('network', 4), writeGroup: 'g', readGroup: 'h' },
    event: { kind: 'outage-ended', calls: 'writes' },
    to: 'observed',
    and: { failure: { ...failure('network', 1), nextAtMs: 0 }, writeGroup: '', readGroup: 'h' },
  },
  {
    row: 'what the cloud refused in an outage goes on being bisected',
    from: 'observed',
    with: { failure: failure('invalid', 4), writeGroup: 'g' },
    event: { kind: 'outage-ended', calls: 'writes' },
    to: 'observed',
    and: { failure: failure('invalid', 4), writeGroup: 'g' },
  },
  {
    row: 'reads that lost their replies in an outage share batches again',
    from: 'observed',
    with: { readFailure: { error: error('network'), attempts: 4 }, readGroup: 'g', writeGroup: 'h' },
    event: { kind: 'outage-ended', calls: 'reads' },
    to: 'observed',
    and: { readGroup: '', writeGroup: 'h', readFailure: { error: error('network'), attempts: 4 } },
  },
  {
    row: 'an original list is awaited',
    from: 'observed',
    event: { kind: 'original-awaited' },
    to: 'observed',
    and: { awaitsOriginal: true },
  },
  {
    row: 'until it is persisted',
    from: 'observed',
    with: { awaitsOriginal: true },
    event: { kind: 'original-persisted' },
    to: 'observed',
    and: { awaitsOriginal: false },
  },
];

describe('a transition', () => {
  it.each(ROWS)('$row', ({ from, with: given = {}, event, to, and = {} }) => {
    const before = { ...IN[from], ...given };
    const record = changedBy(before, event);
    expect(phaseOf(record)).toBe(to);
    expect(record).toMatchObject(and);
    // What the row does not name stays as it was.
    const named = new Set([...Object.keys(and), ...ALWAYS[event.kind]]);
    for (const field of Object.keys(before) as (keyof InstanceRecord)[]) {
      if (!named.has(field)) expect(record[field], field).toEqual(before[field]);
    }
  });

  it('in sync again forgets until when it was before', () => {
    const event = { kind: 'found-in-sync', fights: OPEN_POLICY.fights, atMs: T + 9 } as const;
    expect(changedBy({ ...IN.observed, inSyncUntilMs: T }, event).inSyncUntilMs).toBe(0);
  });

  it('has a row for every event', () => {
    expect(new Set(ROWS.map(({ event }) => event.kind))).toEqual(new Set(Object.keys(ALWAYS)));
  });

  it('keeps the object of a read that says the same, also where tags came in another order', () => {
    const tags = { team: 'shop', stage: 'prod' };
    const record = { ...IN.observed, observed: seen('a', { tags }) };
    const same = seen('a', { tags: { stage: 'prod', team: 'shop' } });
    expect(changedBy(record, read(same)).observed).toBe(record.observed);
  });

  it.each([
    { what: 'order', other: seen('b a') },
    { what: 'state', other: seen('a b', { state: 'STOPPED' }) },
    { what: 'name', other: seen('a b', { name: 'other' }) },
    { what: 'VPC', other: seen('a b', { vpcId: 'vpc-1' }) },
    { what: 'error of its last operation', other: seen('a b', { latestOperationError: 'no' }) },
    { what: 'tag', other: seen('a b', { tags: { team: 'shop' } }) },
  ])('takes a read of another $what for new', ({ other }) => {
    const record = { ...IN.observed, observed: seen('a b') };
    expect(changedBy(record, read(other)).observed).toEqual(other);
  });

  it('shows the declared list itself where it is interned', () => {
    const declared = list('a');
    expect(changedBy(IN.observed, { kind: 'interned', sgIds: declared }).observed?.sgIds).toBe(declared);
  });
});

/** What each event may change beside what a row names. */
const ALWAYS: Readonly<Record<InstanceEvent['kind'], readonly (keyof InstanceRecord)[]>> = {
  declared: ['wasInSync', 'firstSeen', 'failure', 'mismatch', 'writeGroup', 'rewrites'],
  read: ['observed', 'observedAtMs', 'missing', 'readFailure', 'readGroup', 'inSyncUntilMs'],
  'read-failed': ['readFailure', 'readGroup'],
  interned: ['observed'],
  sent: ['rewrites', 'writing', 'epoch'],
  abandoned: ['writing', 'epoch'],
  accepted: ['writing', 'epoch', 'lastWrite', 'failure', 'writeGroup', 'unconfirmed', 'openIntents'],
  'write-failed': ['writing', 'epoch', 'lastWrite', 'failure', 'writeGroup', 'unconfirmed', 'openIntents'],
  recovered: ['unconfirmed', 'openIntents'],
  'intents-settled': ['openIntents'],
  'read-back': ['unconfirmed', 'wasInSync', 'mismatch'],
  'found-in-sync': ['rewrites', 'failure', 'writeGroup', 'mismatch', 'wasInSync', 'inSyncUntilMs'],
  'found-drift': ['rewrites'],
  retry: ['failure'],
  'outage-ended': ['readGroup', 'writeGroup', 'failure'],
  'original-awaited': ['awaitsOriginal'],
  'original-persisted': ['awaitsOriginal'],
};
