import { expect, it } from 'vitest';
import { ins, SmallWorld } from '../../../test/faults/small-world.ts';

it('a write follows within moments when what declares it is stored, and nobody is told of a journal that cannot be written', async () => {
  let left = 5;
  const recorder = { flush: () => left-- <= 0 };
  const world = new SmallWorld({ recorders: [recorder] });
  world.declare('web', [ins(0)], 'b a');
  await world.clock.advance(1_000);
  expect(left).toBeLessThan(0);
  expect(world.list(0)).toBe('b a');
  expect(world.writeCalls()).toHaveLength(1);
  expect(world.log.filter((line) => line.includes('nothing is written'))).toEqual([]);
  expect(world.publications.filter((status) => status.includes('JournalUnavailable'))).toEqual([]);
});
