import { describe, expect, it } from 'vitest';
import { allAtOnce } from '../api/steps.ts';
import { type DeclarationStore, loadBindings, stageBindings } from './directory-source.ts';

const memory = (bodies: string[]): DeclarationStore => {
  const rows = bodies.map((body, n) => ({ binding: `shop/${n}`, file: 'a.yaml', body }));
  return {
    all: () => rows,
    *stage(put) {
      rows.push(...put);
      yield;
    },
    commit() {},
  };
};
const binding = (name: string) => ({
  key: `shop/${name}`,
  name,
  origin: { kind: 'directory', file: 'a.yaml', line: 1, column: 1, revision: 'r1' },
});

describe('loadBindings', () => {
  it('gives what was stored', () => {
    const store = memory([]);
    allAtOnce(stageBindings(store, [binding('a') as never], []));
    expect([...loadBindings(store).values()]).toEqual([binding('a')]);
  });

  it.each([
    { body: '{', reason: 'cut off' },
    { body: 'null', reason: 'nothing' },
    { body: '{"key": "shop/x"}', reason: 'without an origin' },
    {
      body: JSON.stringify({ ...binding('x'), origin: { kind: 'kubernetes' } }),
      reason: 'of another source',
    },
  ])('passes over an entry that is $reason', ({ body, reason }) => {
    const loaded = loadBindings(memory([body, JSON.stringify(binding('a'))]));
    expect([...loaded.keys()], reason).toEqual(['shop/a']);
  });
});
