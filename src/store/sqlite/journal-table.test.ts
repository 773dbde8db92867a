import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../runtime/virtual-clock.ts';
import { JournalTable, type NewJournalRow } from './journal-table.ts';
import { openInMemory } from './state-file.ts';

const row = (instanceId: string, over: Partial<NewJournalRow> = {}): NewJournalRow => ({
  instanceId,
  account: 'default',
  region: 'ap-guangzhou',
  binding: 'shop/web',
  origin: '{}',
  cause: 'drift',
  api: 'v2',
  before: ['sg-a', 'sg-b'],
  after: ['sg-b', 'sg-a'],
  attempt: 1,
  ...over,
});
const end = (outcome: string) => ({ outcome, requestId: 'req', code: '7000', message: 'said no' });

function makeJournal() {
  const clock = new VirtualClock(1_000);
  const database = new DatabaseSync(':memory:');
  return {
    clock,
    database,
    journal: new JournalTable(openInMemory(database).database, { clock, actor: 'me' }),
  };
}

describe('JournalTable', () => {
  it('goes from intent to outcome to what was read back', async () => {
    const { clock, journal } = makeJournal();
    const [id] = journal.append([row('ins-1')]) as [number];
    expect(journal.open(0)).toMatchObject([{ id, intendedMs: 1_000, actor: 'me', before: ['sg-a', 'sg-b'] }]);
    await clock.advance(500);
    journal.conclude([id], end('accepted'));
    expect(journal.open(0)).toMatchObject([
      { id, outcome: 'accepted', concludedMs: 1_500, requestId: 'req' },
    ]);
    await clock.advance(500);
    journal.verify(id, ['sg-b', 'sg-a']);
    expect(journal.open(0)).toEqual([]);
    expect(journal.query({})).toMatchObject([
      { outcome: 'accepted', observed: ['sg-b', 'sg-a'], verifiedMs: 2_000 },
    ]);
  });

  it.each([
    { outcome: undefined, concludedMs: undefined, open: true, reason: 'the process died in mid-call' },
    {
      outcome: 'accepted',
      concludedMs: 1_500,
      open: true,
      reason: 'a late read may still show the list before',
    },
    {
      outcome: 'unknown',
      concludedMs: 1_500,
      open: true,
      reason: 'nobody knows whether it arrived, and reads may be late',
    },
    {
      outcome: 'accepted',
      concludedMs: 900,
      open: false,
      reason: 'long enough ago that a first read is the truth',
    },
    {
      outcome: 'unknown',
      concludedMs: 900,
      open: false,
      reason: 'long enough ago that a first read is the truth',
    },
    { outcome: 'rejected', concludedMs: 1_500, open: false, reason: 'it changed nothing' },
  ])(
    'open is $open for $outcome at $concludedMs: $reason',
    async ({ outcome, concludedMs, open, reason }) => {
      const { clock, journal } = makeJournal();
      const [id] = journal.append([row('ins-1')]) as [number];
      await clock.advance((concludedMs ?? 1_000) < 1_000 ? 0 : (concludedMs ?? 1_000) - 1_000);
      if (outcome !== undefined) journal.conclude([id], end(outcome));
      const sinceMs = (concludedMs ?? 1_000) < 1_000 ? 1_100 : 1_200;
      expect(journal.open(sinceMs).length > 0, reason).toBe(open);
    },
  );

  it('awaits no write that has ended once a later one of the same instance was read back', () => {
    const { journal } = makeJournal();
    const unended = journal.append([row('ins-1')]);
    const [ended, other, elsewhere] = journal.append([
      row('ins-1'),
      row('ins-2'),
      row('ins-1', { account: 'other' }),
    ]) as [number, number, number];
    journal.conclude([ended, other, elsewhere], end('accepted'));
    const [later] = journal.append([row('ins-1')]) as [number];
    const open = () => journal.open(0).map(({ id }) => id);
    expect(open()).toEqual([...unended, ended, other, elsewhere, later]);
    journal.verify(later, ['sg-b', 'sg-a']);
    expect(open(), 'an intent without an outcome has to be settled all the same').toEqual([
      ...unended,
      other,
      elsewhere,
    ]);
  });

  it('settles an intent without an outcome by what was read', () => {
    const { journal } = makeJournal();
    const [applied, not] = journal.append([row('ins-1'), row('ins-2')]) as [number, number];
    journal.verify(applied, ['sg-b', 'sg-a']);
    journal.verify(not, ['sg-a', 'sg-b']);
    expect(journal.query({}).map((one) => one.outcome)).toEqual(['settled-not-applied', 'settled-applied']);
  });

  it.each([
    { end: 'accepted', read: ['sg-b', 'sg-a'], settles: 'accepted', reason: 'the write is in force' },
    { end: 'accepted', read: ['sg-a', 'sg-b'], settles: 'accepted', reason: 'it never took effect' },
    { end: 'accepted', read: ['sg-c'], settles: 'accepted', reason: 'somebody has written since' },
    { end: 'unknown', read: ['sg-a', 'sg-b'], settles: 'unknown', reason: 'it never arrived' },
    { end: undefined, read: ['sg-b', 'sg-a'], settles: 'settled-applied', reason: 'its list is there' },
    { end: undefined, read: ['sg-a', 'sg-b'], settles: 'settled-not-applied', reason: 'the one from before' },
    { end: undefined, read: ['sg-c'], settles: 'settled-unknown', reason: 'somebody has written since' },
    {
      end: undefined,
      read: ['sg-b'],
      settles: 'settled-unknown',
      reason: 'a part of the list is another list',
    },
    { end: undefined, read: [], settles: 'settled-unknown', reason: 'somebody took every group away' },
  ])(
    'records $read as read back after a write that ended $end, and leaves $settles: $reason',
    ({ end: outcome, read, settles, reason }) => {
      const { journal } = makeJournal();
      const ids = journal.append([row('ins-1')]) as [number];
      if (outcome !== undefined) journal.conclude(ids, end(outcome));
      journal.verify(ids[0], read);
      const [reported] = journal.query({});
      expect(reported, reason).toMatchObject({
        before: ['sg-a', 'sg-b'],
        after: ['sg-b', 'sg-a'],
        observed: read,
        outcome: settles,
      });
    },
  );

  it('completes an entry once: a later outcome never changes an earlier one', () => {
    const { journal } = makeJournal();
    const ids = journal.append([row('ins-1')]);
    journal.conclude(ids, end('accepted'));
    journal.conclude(ids, end('rejected'));
    expect(journal.query({})[0]?.outcome).toBe('accepted');
  });

  it('appends a batch whole or not at all', () => {
    const { journal } = makeJournal();
    const broken = row('ins-2', { account: null as unknown as string });
    expect(() => journal.append([row('ins-1'), broken])).toThrow();
    expect(journal.query({})).toEqual([]);
    expect(journal.append([row('ins-3')])).toHaveLength(1);
  });

  it('finds by instance, binding and time, newest first, as many as asked for', async () => {
    const { clock, journal } = makeJournal();
    journal.append([row('ins-1'), row('ins-2', { binding: 'shop/api' })]);
    await clock.advance(1_000);
    journal.append([row('ins-1')]);
    const found = (filter: Parameters<JournalTable['query']>[0]) =>
      journal.query(filter).map((one) => one.id);
    expect(found({})).toEqual([3, 2, 1]);
    expect(found({ limit: 0 })).toEqual([3, 2, 1]);
    expect(found({ limit: 2 })).toEqual([3, 2]);
    expect(found({ instanceId: 'ins-1' })).toEqual([3, 1]);
    expect(found({ binding: 'shop/api' })).toEqual([2]);
    expect(found({ sinceMs: 1_500 })).toEqual([3]);
    expect(found({ untilMs: 1_500, instanceId: 'ins-1' })).toEqual([1]);
  });

  it('gives what was intended since a time, oldest first, with how it ended', async () => {
    const { clock, journal } = makeJournal();
    journal.append([row('ins-1')]);
    await clock.advance(1_000);
    const [id] = journal.append([row('ins-2'), row('ins-3')]) as [number];
    journal.conclude([id], end('accepted'));
    expect(journal.recent(2_000).map((one) => [one.instanceId, one.intendedMs, one.outcome])).toEqual([
      ['ins-2', 2_000, 'accepted'],
      ['ins-3', 2_000, undefined],
    ]);
    expect(journal.recent(0)).toHaveLength(3);
  });

  it('keeps what let a write pass a guard, and nothing for an ordinary one', () => {
    const { journal } = makeJournal();
    journal.append([
      row('ins-1', { permit: { emergency: { until: '2026-01-01T00:00:00Z', reason: 'outage' } } }),
      row('ins-2'),
    ]);
    expect(journal.query({}).map(({ authority, permit }) => [authority, permit])).toEqual([
      ['', undefined],
      [
        'emergency until 2026-01-01T00:00:00Z: outage',
        { emergency: { until: '2026-01-01T00:00:00Z', reason: 'outage' } },
      ],
    ]);
  });

  it('knows whether an instance had a list, from its newest write', () => {
    const { journal } = makeJournal();
    const list = ['sg-b', 'sg-a'];
    expect(journal.hadList('ins-1', list), 'never written').toBe(false);
    const [declared] = journal.append([row('ins-1', { cause: 'declared' })]) as [number];
    expect(journal.hadList('ins-1', list), 'not read back').toBe(false);
    journal.verify(declared, ['sg-a', 'sg-b']);
    expect(journal.hadList('ins-1', list), 'read back otherwise').toBe(false);
    journal.verify(declared, list);
    expect(journal.hadList('ins-1', list), 'read back').toBe(true);
    expect(journal.hadList('ins-1', list.toReversed()), 'another order').toBe(false);
    const [repair] = journal.append([row('ins-1')]) as [number];
    journal.conclude([repair], end('rejected'));
    expect(journal.hadList('ins-1', list), 'a repair that was refused').toBe(true);
    journal.append([row('ins-1', { cause: 'declared', after: ['sg-c'] })]);
    expect(journal.hadList('ins-1', list), 'another list since').toBe(false);
  });

  it('gives of each instance the first write after an entry that may have changed it', () => {
    const { database, journal } = makeJournal();
    expect([journal.newest(), journal.isWholeAfter(0)]).toEqual([0, true]);
    const ids = journal.append(['1', '1', '2', '1', '2', '3'].map((n) => row(`ins-${n}`)));
    journal.conclude([ids[1] ?? 0], end('rejected'));
    journal.conclude(ids, end('accepted'));
    expect(journal.firstAfter(0).map(({ id }) => id)).toEqual([1, 3, 6]);
    expect(journal.firstAfter(1).map(({ id }) => id)).toEqual([3, 4, 6]);
    expect(journal.firstAfter(6)).toEqual([]);
    expect([journal.newest(), journal.isWholeAfter(0), journal.isWholeAfter(6)]).toEqual([6, true, true]);
    database.exec('DELETE FROM journal WHERE id IN (1, 6)');
    expect([journal.newest(), journal.isWholeAfter(0), journal.isWholeAfter(6)]).toEqual([6, false, true]);
    expect(journal.isWholeAfter(5)).toBe(false);
  });

  it('throws when the disk is full, keeps nothing of the batch, and goes on when there is room', () => {
    const { database, journal } = makeJournal();
    const limit = (pages: number) => database.exec(`PRAGMA max_page_count = ${pages}`);
    limit(Number(database.prepare('PRAGMA page_count').get()?.page_count));
    const large = Array.from({ length: 300 }, (_, n) => row(`ins-${n}`));
    expect(() => journal.append(large)).toThrow(/full/);
    expect(database.isTransaction).toBe(false);
    expect(journal.query({})).toEqual([]);
    limit(1_000_000);
    expect(journal.append(large)).toHaveLength(300);
  });
});
