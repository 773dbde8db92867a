/** The chain of the journal finds what was changed beside it. */
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../runtime/virtual-clock.ts';
import { HistoryBounds } from './history-bounds.ts';
import { JournalChain } from './journal-chain.ts';
import { JournalTable, type NewJournalRow } from './journal-table.ts';
import { MIGRATIONS } from './schema.ts';
import { openInMemory } from './state-file.ts';

const DAY_MS = 86_400_000;
const ROW: NewJournalRow = {
  ...{ instanceId: 'ins-1', account: 'default', region: 'ap-guangzhou', binding: 'shop/web', origin: '{}' },
  ...{ cause: 'drift', api: 'v2', before: ['sg-a'], after: ['sg-b'], attempt: 1 },
};
const ACCEPTED = { outcome: 'accepted', requestId: 'r', code: '', message: '' };

/** A journal of writes that were read back, each a day after the one before. */
async function journalOf(count: number, database = new DatabaseSync(':memory:')) {
  const clock = new VirtualClock(0);
  openInMemory(database);
  const journal = new JournalTable(database, { clock, actor: 'me' });
  const write = async () => {
    const [id = 0] = journal.append([ROW]);
    journal.conclude([id], ACCEPTED);
    journal.verify(id, ['sg-b']);
    await clock.advance(DAY_MS);
    return id;
  };
  for (let n = 0; n < count; n++) await write();
  const bounds = new HistoryBounds(database, { limits: { keepMs: 3 * DAY_MS, keepBytes: 2 ** 30 }, clock });
  const prune = async () => {
    const pruned = bounds.prune(clock.wall(), new AbortController().signal);
    let ended = false;
    void pruned.finally(() => {
      ended = true;
    });
    while (!ended) await clock.advance(100);
    return await pruned;
  };
  return { clock, database, journal, write, prune, verify: () => new JournalChain(database).verify() };
}

describe('the chain of the journal', () => {
  it('is whole from the first entry on, whatever completes the entries and in whichever order', async () => {
    const { journal, verify } = await journalOf(3);
    const ids = journal.append([ROW, ROW, ROW]);
    journal.addTraffic([ids[2] ?? 0], '{}');
    journal.verify(ids[1] ?? 0, ['sg-c']);
    journal.conclude([...ids].reverse(), ACCEPTED);
    expect(verify()).toMatchObject({ whole: true, entries: 6, unchained: 0 });
    expect(verify()).toHaveProperty('newest', expect.stringMatching(/^sha256:[0-9a-f]{64}$/));
  });

  it.each([
    { what: 'a list that was written', sql: "UPDATE journal SET after = 'sg-x' WHERE id = 2", id: 2 },
    { what: 'a time', sql: 'UPDATE journal SET intended_ms = 7 WHERE id = 3', id: 3 },
    { what: 'who let it pass', sql: "UPDATE journal SET permit = '{}' WHERE id = 1", id: 1 },
    { what: 'an outcome', sql: "UPDATE journal SET outcome = 'rejected' WHERE id = 2", id: 2 },
    { what: 'what was read back', sql: "UPDATE journal SET observed = 'sg-x' WHERE id = 4", id: 4 },
    {
      what: 'an outcome, and takes its seal away',
      sql: "UPDATE journal SET outcome = 'rejected', verified_ms = NULL, observed = NULL, seal = '' WHERE id = 2",
      id: 2,
    },
    { what: 'a hash', sql: "UPDATE journal SET hash = 'sha256:0' WHERE id = 2", id: 2 },
    { what: 'that an entry has a hash', sql: "UPDATE journal SET hash = '' WHERE id = 2", id: 2 },
    { what: 'an entry, by taking it out', sql: 'DELETE FROM journal WHERE id = 2', id: 3 },
    { what: 'the first entry, by taking it out', sql: 'DELETE FROM journal WHERE id = 1', id: 2 },
    { what: 'the newest entry, by taking it out', sql: 'DELETE FROM journal WHERE id = 4', id: 4 },
  ])('breaks where somebody changes $what', async ({ sql, id }) => {
    const { database, verify } = await journalOf(4);
    expect(verify()).toHaveProperty('whole', true);
    database.exec(sql);
    expect(verify()).toMatchObject({ whole: false, id });
  });

  it('counts an end and its seal together, wherever a process ends', async () => {
    const { database, journal, verify } = await journalOf(1);
    const [id = 0] = journal.append([ROW]);
    database.exec(
      `CREATE TRIGGER killed BEFORE UPDATE OF seal ON journal BEGIN SELECT RAISE(ABORT, 'killed'); END`,
    );
    for (const end of [
      () => journal.conclude([id], ACCEPTED),
      () => journal.verify(id, ['sg-b']),
      () => journal.addTraffic([id], '{}'),
    ]) {
      expect(end).toThrow('killed');
      expect(verify()).toMatchObject({ whole: true, entries: 2 });
    }
  });

  it('goes on after old entries went, all of them included', async () => {
    const { clock, write, prune, verify } = await journalOf(6);
    expect(await prune()).toMatchObject({ journal: 3 });
    expect(verify()).toMatchObject({ whole: true, entries: 3, prunedThrough: 3 });
    await clock.advance(10 * DAY_MS);
    await prune();
    expect(verify()).toMatchObject({ whole: true, entries: 0, prunedThrough: 6 });
    await write();
    expect(verify()).toMatchObject({ whole: true, entries: 1, prunedThrough: 6 });
  });

  it('breaks where entries are taken out behind those that went', async () => {
    const { database, prune, verify } = await journalOf(8);
    await prune();
    database.exec('DELETE FROM journal WHERE id = (SELECT min(id) FROM journal)');
    expect(verify()).toMatchObject({ whole: false });
  });

  it('keeps an entry of unknown end whose neighbours went', async () => {
    const { clock, database, journal, write, prune, verify } = await journalOf(1);
    journal.append([ROW]);
    await write();
    await clock.advance(10 * DAY_MS);
    await prune();
    expect(database.prepare('SELECT id FROM journal').all()).toEqual([{ id: 2 }]);
    await write();
    expect(verify()).toMatchObject({ whole: true, entries: 2, prunedThrough: 3 });
  });

  it('begins with the first entry of this version where older ones have no hash', async () => {
    const database = new DatabaseSync(':memory:');
    database.function('permit_of_old_text', (_text) => '');
    for (const migration of MIGRATIONS.slice(0, 9)) database.exec(migration);
    database.exec(`PRAGMA user_version = 9;
      INSERT INTO journal (intended_ms, actor, instance_id, account, region, binding, origin, cause, api, before, after, attempt)
      VALUES (1, '', 'ins-1', '', '', 'a/b', '{}', 'drift', 'v2', '', '', 1)`);
    const { verify } = await journalOf(2, database);
    expect(verify()).toMatchObject({ whole: true, entries: 3, unchained: 1 });
  });
});
