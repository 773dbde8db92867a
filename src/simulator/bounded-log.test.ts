import { expect, it } from 'vitest';
import { BoundedLog } from './bounded-log.ts';

it('keeps the latest entries in order, and counts what it dropped', () => {
  const log = new BoundedLog<number>({ entries: 3 });
  for (let n = 1; n <= 8; n++) log.push(n);
  expect(log.entries()).toEqual([6, 7, 8]);
  expect([log.total, log.dropped]).toEqual([8, 5]);
  log.clear();
  log.push(9);
  expect([log.entries(), log.total]).toEqual([[9], 1]);
});

it('keeps as many of the latest entries as fit its bytes, however few', () => {
  const log = new BoundedLog<string>({ entries: 100, bytes: 10, sizeOf: (entry) => entry.length });
  for (const entry of ['aaaa', 'bbb', 'cccccc', 'd']) log.push(entry);
  expect(log.entries()).toEqual(['bbb', 'cccccc', 'd']);
  log.push('a text that is longer than all of it');
  expect([log.entries(), log.total, log.dropped]).toEqual([[], 5, 5]);
});
