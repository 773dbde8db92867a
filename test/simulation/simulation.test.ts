import { describe, expect, it } from 'vitest';
import { runSeed } from './run-seed.ts';

/** Seeds of one run of the tests, every second one with a policy; `npm run simulate:seeds` plays as many as one likes. */
const SEEDS = 200;
const SEEDS_OF_A_TEST = 20;
/** Policies that refuse everything are drawn too; there must be few of them. */
const MOST_IDLE = 3;

describe('the whole engine on virtual time', () => {
  const starts = Array.from({ length: SEEDS / SEEDS_OF_A_TEST }, (_, index) => index * SEEDS_OF_A_TEST + 1);

  it.each(starts)('keeps every invariant in the 20 histories from seed %i on', async (first) => {
    const idle: number[] = [];
    for (let seed = first; seed < first + SEEDS_OF_A_TEST; seed++) {
      const { violations, story, writes, guarded } = await runSeed(seed);
      expect(violations, `seed ${seed}\n${story.join('\n')}`).toEqual([]);
      if (guarded && writes === 0) idle.push(seed);
      else expect(writes, `seed ${seed} wrote nothing, so it proved nothing`).toBeGreaterThan(0);
    }
    expect(idle.length, `seeds ${idle.join(' ')} wrote nothing`).toBeLessThanOrEqual(MOST_IDLE);
  });

  it.each([
    { seed: 7, reason: 'without a policy' },
    { seed: 8, reason: 'with a policy' },
  ])('replays a seed to the same byte, $reason', async ({ seed }) => {
    const [one, two] = [await runSeed(seed), await runSeed(seed)];
    expect(two.story.join('\n')).toBe(one.story.join('\n'));
    expect(one.story.length).toBeGreaterThan(50);
  });
});
