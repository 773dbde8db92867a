import { describe, expect, it } from 'vitest';
import { ins, SmallWorld } from '../../test/faults/small-world.ts';
import { bindingKey, type InstanceId } from '../api/ids.ts';

const A = bindingKey('shop', 'a');
/** Taken in long before, and long after, what else is told with it. */
const LATE = 'zz-late';
const none = (n: number) => [`ins-9${String(n).padStart(7, '0')}` as InstanceId];

/** One whole truth of many bindings: an instance goes from the first to the last of them, and another one is left. */
function tellMany(one: SmallWorld): void {
  one.source.beginReading();
  one.declare('a', [], 'b a', { deletionPolicy: 'Restore' });
  for (let n = 0; n < 1_500; n++) one.declare(`b${n}`, none(n), 'a b');
  one.declare(LATE, [ins(1)], 'c', { deletionPolicy: 'Restore' });
  one.source.endReading();
}

async function worldThatFollows(): Promise<SmallWorld> {
  const one = new SmallWorld({ instances: 8 });
  one.declare('a', [ins(1), ins(2)], 'b a', { deletionPolicy: 'Restore' });
  await one.clock.advance(5_000);
  expect([one.list(1), one.list(2)]).toEqual(['b a', 'b a']);
  return one;
}

describe('a revision of many bindings', () => {
  it('counts as a whole: an instance that goes from the first to the last of them is never let go', async () => {
    const one = await worldThatFollows();
    tellMany(one);
    expect(one.controller.isTakingIn).toBe(true);
    expect(one.controller.claims.holder(ins(1))?.key, 'nothing of it counts yet').toBe(A);
    while (one.controller.isTakingIn) {
      const holder = one.controller.claims.holder(ins(1))?.name;
      expect(['a', LATE]).toContain(holder);
      expect(one.controller.claims.holder(ins(2))?.name).toBe(holder === 'a' ? 'a' : undefined);
      expect(one.list(1), 'nothing is written before the whole is taken in').toBe('b a');
      await one.clock.advance(1);
    }
    await one.clock.advance(20_000);
    expect([one.list(1), one.list(2)]).toEqual(['c', 'a b']);
    expect(one.publications.join('')).not.toContain('Conflicted');
  });

  it.each([0, 2, 4, 6, 8, 10])(
    'is told again to the next process when this one is killed after %i steps',
    async (steps) => {
      const one = await worldThatFollows();
      tellMany(one);
      for (let step = 0; step < steps; step++) await one.clock.advance(0);
      one.kill();
      one.start();
      await one.clock.advance(30_000);
      expect([one.list(1), one.list(2)]).toEqual(['c', 'a b']);
    },
  );

  it('waits for its turn behind one that is being taken in', async () => {
    const one = await worldThatFollows();
    tellMany(one);
    one.declare(LATE, [ins(1)], 'a c');
    await one.clock.advance(20_000);
    expect(one.list(1)).toBe('a c');
  });
});
