import { expect, it } from 'vitest';
import { BoundedLog } from './bounded-log.ts';

it('keeps the latest entries in order, and counts what it dropped', () => {
  const log = new BoundedLog<number>(3);
  for (let n = 1; n <= 8; n++) log.push(n);
  expect(log.entries()).toEqual([6, 7, 8]);
  expect([log.total, log.dropped]).toEqual([8, 5]);
  log.clear();
  log.push(9);
  expect([log.entries(), log.total]).toEqual([[9], 1]);
});
