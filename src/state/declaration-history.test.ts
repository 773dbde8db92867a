import { describe, expect, it } from 'vitest';
import { DeclarationHistory } from './declaration-history.ts';
import { openInMemory } from './state-file.ts';

const declared = (content: Readonly<Record<string, string>>) =>
  Object.entries(content).map(([binding, digest]) => ({ binding, digest, body: () => `{"${digest}":1}` }));

function makeHistory() {
  const { database } = openInMemory();
  const history = new DeclarationHistory(database);
  return {
    history,
    rows: () => Number(database.prepare('SELECT count(*) AS n FROM declaration_history').get()?.n),
    content: (id: number) =>
      Object.fromEntries(history.at(id).map(({ binding, digest }) => [binding, digest])),
  };
}

describe('DeclarationHistory', () => {
  it('gives back what each revision declared', () => {
    const { history, content } = makeHistory();
    const revisions: Record<string, string>[] = [
      { a: '1', b: '1' },
      { a: '2', b: '1' },
      { a: '2' },
      { a: '1', b: '1' },
    ];
    const changes = revisions.map((one, index) => history.record(index + 1, declared(one)));
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
    const { history, rows } = makeHistory();
    const many = Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`b${n}`, 'same']));
    for (let id = 1; id <= 50; id++) history.record(id, declared({ ...many, b0: String(id) }));
    expect(rows()).toBe(149);
  });

  it('asks for the text only of what it stores', () => {
    const { history } = makeHistory();
    history.record(1, declared({ a: '1' }));
    const silent = { binding: 'a', digest: '1', body: () => expect.fail('nothing changed') };
    expect(history.record(2, [silent])).toEqual({ added: 0, changed: 0, removed: 0 });
  });
});
