import { describe, expect, it } from 'vitest';
import { DeclarationTable } from './declaration-table.ts';
import { InventoryTable } from './inventory-table.ts';
import { RevisionTable } from './revision-table.ts';
import { openInMemory } from './state-file.ts';
import { changeEach, inTransaction } from './transaction.ts';
import { VerdictTable } from './verdict-table.ts';

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
  it('puts and drops in one step', () => {
    const table = new DeclarationTable(openInMemory().database);
    table.change(
      [
        { binding: 'a/a', file: 'x', body: '1' },
        { binding: 'a/b', file: 'x', body: '2' },
      ],
      [],
    );
    table.change([{ binding: 'a/b', file: 'y', body: '3' }], ['a/a']);
    expect(table.all()).toEqual([{ binding: 'a/b', file: 'y', body: '3' }]);
  });
});

describe('VerdictTable', () => {
  it('keeps the newest verdict of each binding, by name', () => {
    const table = new VerdictTable(openInMemory().database);
    const verdict = (binding: string, inSync: number) => ({ binding, inSync, instances: 2, body: '{}' });
    table.put([verdict('b', 0), verdict('a', 1)], 5);
    table.put([verdict('b', 2)], 9);
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
