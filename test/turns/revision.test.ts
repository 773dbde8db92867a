import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

/** What a probe or a lease may have to wait, in milliseconds of processor time; see `turns.ts` for what is not counted. */
const LONGEST_TURN = 100;
/** Beside busy neighbours one step costs two or three times as much as alone: a step that is too long is so each time. */
const RUNS = 5;
const LONGEST_TEST_MS = 900_000;

/** The longest turn of each chapter of a story, over its best run; told again only while one of them is too long. */
async function longestTurns(story: string): Promise<Record<string, number>> {
  const best: Record<string, number> = {};
  for (let run = 0; run < RUNS; run++) {
    const program = join(import.meta.dirname, 'stories.ts');
    const { stdout } = await promisify(execFile)(process.execPath, [program, story]);
    for (const [chapter, ms] of Object.entries(JSON.parse(stdout) as Record<string, number>))
      best[chapter] = Math.min(ms, best[chapter] ?? Number.POSITIVE_INFINITY);
    if (Object.values(best).every((ms) => ms < LONGEST_TURN)) break;
  }
  return best;
}

it.each([
  { story: 'restarted', what: 'is taken in, recorded, and taken in again by the next process' },
  { story: 'replaced', what: 'moves every instance to another binding, and by one that lets nearly all go' },
  { story: 'contested', what: 'claims the same ten instances in every binding' },
  { story: 'different', what: 'declares another list than every instance has' },
  { story: 'selected', what: 'has every binding select its instances from one listing, whatever that says' },
])(
  'the event loop is held for less than 100 ms by a revision as large as it may be that $what',
  {
    timeout: LONGEST_TEST_MS,
  },
  async ({ story }) => {
    for (const [chapter, ms] of Object.entries(await longestTurns(story)))
      expect(ms, chapter).toBeLessThan(LONGEST_TURN);
  },
);

it('the event loop is held for less than 100 ms by a list of 20,000 objects, whatever has become of them', {
  timeout: LONGEST_TEST_MS,
}, async () => {
  for (const [chapter, ms] of Object.entries(await longestTurns('objects')))
    expect(ms, chapter).toBeLessThan(LONGEST_TURN);
});
