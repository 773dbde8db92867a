import { expect, it } from 'vitest';
import { ScopeTurns } from './probed-scopes.ts';

const queues = (of: Readonly<Record<string, string>>) =>
  new Map(Object.entries(of).map(([turn, scopes]) => [turn, [...scopes]]));

it('takes one of each in turn, and each scope once', () => {
  const turns = new ScopeTurns();
  expect(turns.take(queues({ a: '123456', b: '1x', c: 'y' }), 5)).toEqual(['1', 'x', 'y', '2', '3']);
});

it('lets one that comes later have its turn, and no more than that', () => {
  const turns = new ScopeTurns();
  for (let round = 0; round < 50; round++) turns.take(queues({ a: '12345678' }), 8);
  expect(turns.take(queues({ a: '1234', b: '5678' }), 4).sort()).toEqual(['1', '2', '5', '6']);
});

it('remembers only those of whom something waits', () => {
  const turns = new ScopeTurns();
  for (let n = 0; n < 1_000; n++) turns.take(queues({ [`a${n}`]: '1' }), 1);
  expect(turns.size).toBe(1);
});
