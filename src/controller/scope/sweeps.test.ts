import { expect, it } from 'vitest';
import { seededRandom } from '../../runtime/random.ts';
import { VirtualClock } from '../../runtime/virtual-clock.ts';
import { Sweeps } from './sweeps.ts';

const BASE_MS = 60_000;

/** Sweeps over so many instances, each of which has the interval or not; `asked` counts those that were asked for. */
function setUp(count: number, isDue: (n: number, intervalMs: number) => boolean) {
  const clock = new VirtualClock();
  const asked: { readonly n: number; readonly intervalMs: number }[] = [];
  const sweeps = new Sweeps({
    clock,
    random: seededRandom(1),
    baseMs: BASE_MS,
    *onDue(intervalMs) {
      for (let n = 0; n < count; n++) {
        if (isDue(n, intervalMs)) asked.push({ n, intervalMs });
        yield isDue(n, intervalMs);
      }
    },
  });
  return { clock, asked, sweeps };
}

it('asks for every instance once an interval, however many there are', async () => {
  const { clock, asked, sweeps } = setUp(1_200, () => true);
  sweeps.start();
  await clock.advance(BASE_MS * 1.1);
  expect(asked.map(({ n }) => n)).toEqual(Array.from({ length: 1_200 }, (_, n) => n));
  await clock.advance(BASE_MS * 1.1);
  expect(asked).toHaveLength(2_400);
});

it('lets other work go on in the middle of a large fleet', async () => {
  const { clock, asked, sweeps } = setUp(10_000, () => true);
  sweeps.start();
  let most = 0;
  let before = 0;
  while (asked.length < 10_000) {
    await clock.step();
    most = Math.max(most, asked.length - before);
    before = asked.length;
  }
  expect(most).toBeLessThanOrEqual(500);
});

it('goes on for an interval that is taken by somebody whom its sweep has passed', async () => {
  let isTaken = false;
  const { clock, asked, sweeps } = setUp(700, (n, intervalMs) => {
    if (intervalMs === BASE_MS) return false;
    if (n === 600 && !isTaken) {
      isTaken = true;
      sweeps.keep(5_000);
    }
    return isTaken && n === 0;
  });
  sweeps.start();
  sweeps.keep(5_000);
  await clock.advance(12_000);
  expect(asked).toEqual([{ n: 0, intervalMs: 5_000 }]);
});

it('has a pace of its own for an interval for as long as somebody has it', async () => {
  let mine = true;
  const { clock, asked, sweeps } = setUp(
    700,
    (n, intervalMs) => intervalMs === BASE_MS || (mine && n === 600),
  );
  sweeps.start();
  sweeps.keep(5_000);
  await clock.advance(50_000);
  const own = () => asked.filter(({ intervalMs }) => intervalMs === 5_000).length;
  expect(own()).toBeGreaterThanOrEqual(9);
  expect(own()).toBeLessThanOrEqual(11);
  mine = false;
  const until = own();
  await clock.advance(50_000);
  expect(own()).toBe(until);
  sweeps.stop();
  await clock.advance(BASE_MS * 3);
  expect(clock.pending).toBe(false);
});
