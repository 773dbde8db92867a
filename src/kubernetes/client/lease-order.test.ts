import { expect, it } from 'vitest';
import { inOrder } from './lease-deal.ts';

const leases = (count: number, held: boolean) =>
  Array.from({ length: count }, (_, index) => ({
    name: `${held ? 'held' : 'other'}-${index}`,
    held,
    leaving: undefined,
  }));

it('leases that are ours have their turn before others, a bounded number at once', async () => {
  const order: string[] = [];
  let running = 0;
  let most = 0;
  await inOrder([...leases(400, false), ...leases(40, true)], 1, async ({ name }) => {
    most = Math.max(most, ++running);
    order.push(name);
    await Promise.resolve();
    running--;
  });
  expect(order.slice(0, 40).every((name) => name.startsWith('held'))).toBe(true);
  expect(most).toBe(16);
  expect(order).toHaveLength(72);
});

it('of many others each has its turn', async () => {
  const seen = new Set<string>();
  for (let round = 0; round < 13; round++)
    await inOrder(leases(400, false), round, async ({ name }) => void seen.add(name));
  expect(seen.size).toBe(400);
});
