import { describe, it } from 'vitest';
import { directoryWorld } from './directory-world.ts';
import { play } from './play.ts';
import { allScenarios } from './scenario.ts';

describe('on a directory', () => {
  // They wait most of the time.
  it.concurrent.each(allScenarios())('$scenario.title', async ({ scenario }) => {
    await using world = await directoryWorld(scenario);
    await play(scenario, world);
  });
});
