import { describe, expect, it } from 'vitest';
import { runSeed } from './run-seed.ts';

/** Seeds of one run of the tests; `npm run simulate:seeds` plays as many as one likes. */
const SEEDS = 200;
const SEEDS_OF_A_TEST = 20;

describe('the whole engine on virtual time', () => {
  const starts = Array.from({ length: SEEDS / SEEDS_OF_A_TEST }, (_, index) => index * SEEDS_OF_A_TEST + 1);

  it.each(starts)('keeps every invariant in the 20 histories from seed %i on', async (first) => {
    for (let seed = first; seed < first + SEEDS_OF_A_TEST; seed++) {
      const { violations, story, writes } = await runSeed(seed);
      expect(violations, `seed ${seed}\n${story.join('\n')}`).toEqual([]);
      expect(writes, `seed ${seed} wrote nothing, so it proved nothing`).toBeGreaterThan(0);
    }
  });

  it('replays a seed to the same byte', async () => {
    const [one, two] = [await runSeed(7), await runSeed(7)];
    expect(two.story.join('\n')).toBe(one.story.join('\n'));
    expect(one.story.length).toBeGreaterThan(50);
  });
});
