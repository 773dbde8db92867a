import { describe, expect, it } from 'vitest';
import { allAtOnce } from '../../api/steps.ts';
import { DeclarationTable } from './declaration-table.ts';
import { InventoryTable } from './inventory-table.ts';
import { RevisionTable } from './revision-table.ts';
import { openInMemory } from './state-file.ts';
import { changeEach, inTransaction } from './statements.ts';
import { StatusTable } from './status-table.ts';

describe('InventoryTable', () => {
  it('remembers owners, the newest of each instance', () => {
    const table = new InventoryTable(openInMemory().database);
    table.own([
      ['ins-1', 'a/a'],
      ['ins-2', 'a/a'],
    ]);
    table.own([
      ['ins-1', 'a/b'],
      ['ins-2', undefined],
    ]);
    expect([...table.owners()]).toEqual([['ins-1', 'a/b']]);
  });

  it('keeps the first list of an instance until it is released', () => {
    const table = new InventoryTable(openInMemory().database);
    table.own([['ins-1', 'a/a']]);
    table.keepOriginal([['ins-1', ['sg-a', 'sg-b']]]);
    table.keepOriginal([['ins-1', ['sg-c']]]);
    table.own([['ins-1', 'a/b']]);
    expect(table.original('ins-1')).toEqual(['sg-a', 'sg-b']);
    table.own([['ins-1', undefined]]);
    expect(table.original('ins-1')).toBeUndefined();
  });

  it('knows an instance that had no groups from one that it does not know', () => {
    const table = new InventoryTable(openInMemory().database);
    table.keepOriginal([['ins-1', []]]);
    expect(table.original('ins-1')).toEqual([]);
    expect(table.original('ins-2')).toBeUndefined();
    expect(table.owners().size).toBe(0);
  });
});

describe('DeclarationTable', () => {
  const row = (binding: string, body: string) => ({ binding, file: 'x', body });
  const many = (body: string, count: number) =>
    Array.from({ length: count }, (_, n) => row(`b${String(n).padStart(4, '0')}`, body));
  function openTable() {
    const table = new DeclarationTable(openInMemory().database);
    allAtOnce(table.stage(many('1', 1_000), []));
    table.commit('first');
    return table;
  }
  /** The next revision: nearly everything is another thing, and the last one leaves. */
  const next = (table: DeclarationTable) => table.stage(many('2', 999), ['b0999']);

  it('puts and drops in one step', () => {
    const table = new DeclarationTable(openInMemory().database);
    allAtOnce(table.stage([row('a/a', '1'), row('a/b', '2')], []));
    table.commit();
    allAtOnce(table.stage([{ binding: 'a/b', file: 'y', body: '3' }], ['a/a']));
    table.commit('order');
    expect(table.all()).toEqual([{ binding: 'a/b', file: 'y', body: '3' }]);
    expect(table.order()).toBe('order');
  });

  it('holds one whole revision, wherever the writing of the next one ends', () => {
    const count = [...next(openTable())].length;
    expect(count).toBeGreaterThan(15);
    for (let ended = 0; ended <= count; ended++) {
      const table = openTable();
      const steps = next(table);
      for (let step = 0; step < ended; step++) steps.next();
      expect(table.all(), `ended after ${ended} steps`).toEqual(many('1', 1_000));
      expect(table.order()).toBe('first');
      allAtOnce(table.stage([row('b0000', '3')], []));
      table.commit('third');
      const third = [row('b0000', '3'), ...many('1', 1_000).slice(1)];
      expect(table.all(), 'what was staged for nothing is dropped').toEqual(third);
    }
  });

  it('holds what counts while that is put in its place', () => {
    const table = openTable();
    allAtOnce(next(table));
    table.commit();
    for (const _ of table.stage([row('b0000', '3')], [])) expect(table.all()).toEqual(many('2', 999));
  });
});

describe('StatusTable', () => {
  it('keeps the newest status of each binding, by name', () => {
    const table = new StatusTable(openInMemory().database);
    const status = (binding: string, inSync: number) => ({ binding, inSync, instances: 2, body: '{}' });
    table.put([status('b', 0), status('a', 1)], 5);
    table.put([status('b', 2)], 9);
    expect(table.all().map((one) => [one.binding, one.inSync, one.updatedMs])).toEqual([
      ['a', 1, 5],
      ['b', 2, 9],
    ]);
    table.drop(['a', 'unknown']);
    expect(table.get('a')).toBeUndefined();
  });
});

describe('RevisionTable', () => {
  it('gives the newest first', () => {
    const table = new RevisionTable(openInMemory().database);
    expect(table.latest()).toBeUndefined();
    for (const n of [1, 2, 3]) table.append(`r${n}`, '{}', n);
    expect(table.latest()).toMatchObject({ revision: 'r3', seenMs: 3 });
    expect(table.recent(2).map((one) => one.revision)).toEqual(['r3', 'r2']);
  });
});

describe('changeEach', () => {
  it.each([
    { things: [1], left: [] },
    { things: [1, 2, 3], left: [] },
  ])('keeps all of its changes or none: $things', ({ things, left }) => {
    const { database } = openInMemory();
    database.exec('CREATE TABLE seen (thing INTEGER CHECK (thing < 10))');
    const put = database.prepare('INSERT INTO seen VALUES (?)');
    const seen = () =>
      database
        .prepare('SELECT thing FROM seen ORDER BY thing')
        .all()
        .map(({ thing }) => thing);
    expect(() =>
      changeEach(database, [...things, 10].slice(-things.length), (thing) => put.run(thing)),
    ).toThrow();
    expect([seen(), database.isTransaction]).toEqual([left, false]);
    changeEach(database, things, (thing) => put.run(thing));
    expect([seen(), database.isTransaction]).toEqual([things, false]);
  });
});

describe('inTransaction', () => {
  it('keeps all of the work or none of it', () => {
    const { database } = openInMemory();
    const table = new RevisionTable(database);
    const failing = () =>
      inTransaction(database, () => {
        table.append('r1', '{}', 1);
        throw new Error('in the middle');
      });
    expect(failing).toThrow('in the middle');
    expect([table.latest(), database.isTransaction]).toEqual([undefined, false]);
    expect(inTransaction(database, () => 7)).toBe(7);
  });
});
