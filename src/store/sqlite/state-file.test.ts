import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readerUntilWriterWaits } from '../../../test/reader-until-writer-waits.ts';
import { VirtualClock } from '../../runtime/virtual-clock.ts';
import { JournalTable } from './journal-table.ts';
import { PendingRestoreTable } from './pending-restore-table.ts';
import { RevisionTable } from './revision-table.ts';
import { MIGRATIONS, SCHEMA_VERSION } from './schema.ts';
import { StateError } from './state-error.ts';
import { openForReading, openForWriting, openInMemory, STATE_FILE_NAME } from './state-file.ts';
import { StatusTable } from './status-table.ts';

let directory = '';
const clock = new VirtualClock();
const open = () => openForWriting(directory, { owner: 'test', clock });
const file = () => join(directory, STATE_FILE_NAME);
const codeOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    if (error instanceof StateError) return error.code;
    throw error;
  }
  return 'nothing was thrown';
};
/** A file that a program of this version has made. */
const ofVersion = (version: number): DatabaseSync => {
  const database = new DatabaseSync(':memory:');
  database.function('permit_of_old_text', (_text) => '');
  for (const migration of MIGRATIONS.slice(0, version)) database.exec(migration);
  database.exec(`PRAGMA user_version = ${version}`);
  return database;
};
const schemaOf = (database: DatabaseSync) =>
  JSON.stringify(database.prepare('SELECT type, name, sql FROM sqlite_schema ORDER BY name').all());

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'cvmsg-state-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe('openForWriting', () => {
  it('makes the folder, for its owner alone, and the newest schema', () => {
    directory = join(directory, 'deep', 'er');
    using state = open();
    expect(state.database.prepare('PRAGMA user_version').get()?.user_version).toBe(SCHEMA_VERSION);
    expect(state.setAside).toBeUndefined();
    expect(statSync(directory).mode & 0o777).toBe(0o700);
  });

  it('migrates an empty file and leaves a migrated one as it is', () => {
    writeFileSync(file(), '');
    const first = open();
    const schema = schemaOf(first.database);
    new StatusTable(first.database).put([{ binding: 'a/b', inSync: 1, instances: 1, body: '{}' }], 5);
    first.close();
    using second = open();
    expect(schemaOf(second.database)).toBe(schema);
    expect(new StatusTable(second.database).all()).toHaveLength(1);
  });

  it('migrates from every older version', () => {
    for (let version = 0; version <= SCHEMA_VERSION; version++) {
      const database = ofVersion(version);
      using migrated = openInMemory(database);
      using fresh = openInMemory();
      expect(schemaOf(migrated.database), `from ${version}`).toBe(schemaOf(fresh.database));
    }
  });

  it('keeps as data what let a write pass, which version 9 has in words', () => {
    const database = ofVersion(9);
    const columns = 'intended_ms, actor, instance_id, account, region, binding, origin, cause, api';
    const insert = database.prepare(
      `INSERT INTO journal (${columns}, before, after, attempt, authority) VALUES (1, '', 'ins-1', '', '', 'a/b', '{}', 'drift', 'v2', '', '', 1, ?)`,
    );
    const digest = `sha256:${'a'.repeat(64)}`;
    for (const words of [`approved ${digest} by alice at 2026-01-01T00:00:00Z (object)`, ''])
      insert.run(words);
    using state = openInMemory(database);
    const journal = new JournalTable(state.database, { clock, actor: 'me' });
    expect(journal.query({}).map(({ permit }) => permit)).toEqual([
      undefined,
      { approvedBy: { digest, by: 'alice', at: '2026-01-01T00:00:00Z', saidBy: 'object' } },
    ]);
  });

  it('gives what version 8 has kept the names of today, and leaves what people wrote as it is', () => {
    const database = new DatabaseSync(':memory:');
    for (const migration of MIGRATIONS.slice(0, 8)) database.exec(migration);
    database.exec('PRAGMA user_version = 8');
    const restoring = { original: [], verdict: { message: 'says "verdict": held' } };
    database
      .prepare('INSERT INTO verdicts VALUES (?, 5, 0, 1, ?)')
      .run('a/b', JSON.stringify({ restoring: [restoring] }));
    database
      .prepare(
        'INSERT INTO pledges (instance_id, binding, body, original, released_ms) VALUES (?, ?, ?, ?, 7)',
      )
      .run('ins-1', 'a/b', '{}', 'sg-1');
    database
      .prepare('INSERT INTO revisions (revision, seen_ms, body) VALUES (?, 1, ?)')
      .run('r1', JSON.stringify({ source: 'x', findings: [{ rule: 'r' }], findingCount: 1 }));
    database
      .prepare(
        'INSERT INTO approvals (digest, scope, approved_by, approved_ms, changes, note) VALUES (?, ?, ?, 1, ?, ?)',
      )
      .run('sha256:1', 'a@b', 'alice', '[]', JSON.stringify({ toldBy: 'server', reason: 'was toldBy bob' }));
    using state = openInMemory(database);
    const [status] = new StatusTable(state.database).all();
    const said = JSON.parse(status?.body ?? '') as object;
    expect(said).toEqual({ restoring: [{ original: [], status: restoring.verdict }] });
    expect(new PendingRestoreTable(state.database).all()).toEqual([
      { instanceId: 'ins-1', binding: 'a/b', body: '{}', original: ['sg-1'], releasedMs: 7 },
    ]);
    const [revision] = new RevisionTable(state.database).recent(-1);
    expect(JSON.parse(revision?.body ?? '')).toEqual({
      source: 'x',
      diagnostics: [{ rule: 'r' }],
      diagnosticCount: 1,
    });
    const note = state.database.prepare('SELECT note FROM approvals').get()?.note;
    expect(JSON.parse(String(note))).toEqual({ saidBy: 'server', reason: 'was toldBy bob' });
  });

  it('survives a close in the middle of nothing twice', () => {
    const state = open();
    state.close();
    state.close();
    open().close();
  });

  it('waits for a reader of a file that is no write-ahead log yet, also when it opens the file and when it looks for damage', async () => {
    const made = new DatabaseSync(file());
    made.exec('CREATE TABLE something (id)');
    made.close();
    await using _reader = await readerUntilWriterWaits(file());
    using state = open();
    expect(state.setAside).toBeUndefined();
    expect(state.database.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
  });

  it('refuses a file of a newer program, keeps it, and lets go of the lock', () => {
    open().close();
    const database = new DatabaseSync(file());
    database.exec(`PRAGMA user_version = ${SCHEMA_VERSION + 1}`);
    database.close();
    const bytes = readFileSync(file());
    expect(codeOf(open)).toBe('newer');
    expect(codeOf(open), 'the lock was let go').toBe('newer');
    expect(codeOf(() => openForReading(directory))).toBe('newer');
    expect(readFileSync(file()).equals(bytes)).toBe(true);
  });

  it('sets a file that is no database aside, with its bytes, and starts anew', () => {
    const bytes = Buffer.from('this is not a database, and long enough to be taken for one'.repeat(20));
    writeFileSync(file(), bytes);
    using state = open();
    expect(state.setAside).toMatch(/state\.db\.damaged-/);
    expect(readFileSync(state.setAside as string).equals(bytes)).toBe(true);
    expect(new StatusTable(state.database).all()).toEqual([]);
  });

  it('sets a database with a damaged page aside, with its bytes', () => {
    const first = open();
    const table = new StatusTable(first.database);
    const rows = Array.from({ length: 500 }, (_, n) => ({
      binding: `a/${n}`,
      inSync: 1,
      instances: 1,
      body: 'x'.repeat(400),
    }));
    table.put(rows, 5);
    first.close();
    const bytes = readFileSync(file());
    bytes.fill(0xa5, 4_096 * 8, 4_096 * 20);
    writeFileSync(file(), bytes);
    using state = open();
    expect(readFileSync(state.setAside as string).equals(bytes)).toBe(true);
    expect(new StatusTable(state.database).all()).toEqual([]);
  });

  it('says that a folder cannot be used, and how to name another', () => {
    writeFileSync(join(directory, 'taken'), '');
    directory = join(directory, 'taken', 'below');
    expect(() => open()).toThrow(/--state-dir/);
    expect(codeOf(open)).toBe('unusable');
  });

  it('does not take a file that cannot be opened for a damaged one', () => {
    mkdirSync(file());
    expect(codeOf(open)).toBe('unusable');
    expect(readdirSync(directory)).toContain(STATE_FILE_NAME);
  });
});

describe('openForReading', () => {
  it('says that there is no state yet', () => {
    expect(codeOf(() => openForReading(directory))).toBe('absent');
  });

  it('reads beside a writer, sees what it committed, and cannot write', () => {
    using writer = open();
    using reader = openForReading(directory);
    new StatusTable(writer.database).put([{ binding: 'a/b', inSync: 1, instances: 2, body: '{}' }], 5);
    expect(new StatusTable(reader.database).get('a/b')).toMatchObject({ instances: 2, updatedMs: 5 });
    expect(() => new StatusTable(reader.database).drop(['a/b'])).toThrow(/readonly/);
  });

  it('says that a file is damaged and leaves it where it is', () => {
    writeFileSync(file(), 'this is not a database, and long enough to be taken for one'.repeat(20));
    expect(codeOf(() => openForReading(directory))).toBe('damaged');
    expect(readdirSync(directory)).toEqual([STATE_FILE_NAME]);
  });

  it('is not read while it is just being made, nor when an older program wrote it', () => {
    new DatabaseSync(file()).close();
    expect(() => openForReading(directory)).toThrow(/just being made/);
    const database = new DatabaseSync(file());
    database.exec('PRAGMA user_version = 1');
    database.close();
    expect(() => openForReading(directory)).toThrow(/has version 1, this program reads \d+: start/);
  });
});
