import { describe, expect, it } from 'vitest';
import { allAtOnce } from '../../api/steps.ts';
import { DeclarationHistory, type Declared } from './declaration-history.ts';
import { RevisionTable } from './revision-table.ts';
import { openInMemory } from './state-file.ts';

const declared = (content: Readonly<Record<string, string>>) =>
  Object.entries(content).map(([binding, digest]) => ({
    binding,
    digest,
    size: 1,
    body: () => `{"${digest}":1}`,
  }));

function makeHistory() {
  const { database } = openInMemory();
  const history = new DeclarationHistory(database);
  const revisions = new RevisionTable(database);
  return {
    history,
    /** Records a revision with its content. */
    record(content: Iterable<Declared>) {
      const changes = allAtOnce(history.stage(revisions.nextId(), content));
      revisions.append('r', '{}', 0);
      return changes;
    },
    /** Writes a part of a revision, and ends. */
    stageHalf(content: Iterable<Declared>) {
      const steps = history.stage(revisions.nextId(), content);
      for (let step = 0; step < 3; step++) steps.next();
    },
    rows: () => Number(database.prepare('SELECT count(*) AS n FROM declaration_history').get()?.n),
    content: (id: number) =>
      Object.fromEntries(history.at(id).map(({ binding, digest }) => [binding, digest])),
  };
}

describe('DeclarationHistory', () => {
  it('gives back what each revision declared', () => {
    const { history, record, content } = makeHistory();
    const revisions: Record<string, string>[] = [
      { a: '1', b: '1' },
      { a: '2', b: '1' },
      { a: '2' },
      { a: '1', b: '1' },
    ];
    const changes = revisions.map((one) => record(declared(one)));
    expect(revisions.map((_, index) => content(index + 1))).toEqual(revisions);
    expect(changes).toEqual([
      { added: 2, changed: 0, removed: 0 },
      { added: 0, changed: 1, removed: 0 },
      { added: 0, changed: 0, removed: 1 },
      { added: 1, changed: 1, removed: 0 },
    ]);
    expect(history.at(1)[0]?.body).toBe('{"1":1}');
  });

  it('grows by what changes, not by what stays', () => {
    const { record, rows } = makeHistory();
    const many = Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`b${n}`, 'same']));
    for (let id = 1; id <= 50; id++) record(declared({ ...many, b0: String(id) }));
    expect(rows()).toBe(149);
  });

  it('asks for the text only of what it stores', () => {
    const { record } = makeHistory();
    record(declared({ a: '1' }));
    const silent = { binding: 'a', digest: '1', size: 1, body: () => expect.fail('nothing changed') };
    expect(record([silent])).toEqual({ added: 0, changed: 0, removed: 0 });
  });

  it('counts nothing of a revision before its own row is there, and drops what is left of one that came to nothing', () => {
    const { history, record, stageHalf, content, rows } = makeHistory();
    const many = (digest: string, count = 1_000) =>
      Object.fromEntries(Array.from({ length: count }, (_, n) => [`b${n}`, digest]));
    record(declared(many('1')));
    stageHalf(declared(many('2')));
    expect(rows()).toBeGreaterThan(1_000);
    for (const id of [1, 2, Number.MAX_SAFE_INTEGER]) expect(content(id)).toEqual(many('1'));
    expect(history.of('b0')).toEqual([{ from: 1, body: '{"1":1}' }]);
    expect([...history.revisions()]).toEqual([1]);
    expect(record(declared(many('3', 999)))).toEqual({ added: 0, changed: 999, removed: 1 });
    expect(content(1)).toEqual(many('1'));
    expect(content(2)).toEqual(many('3', 999));
    expect(rows()).toBe(1_999);
  });
});
