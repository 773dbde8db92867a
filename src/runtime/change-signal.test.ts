import { expect, it } from 'vitest';
import { ChangeSignal } from './change-signal.ts';
import { VirtualClock } from './virtual-clock.ts';

const NEVER = new AbortController().signal;

function makeSignal() {
  const clock = new VirtualClock(0);
  const signal = new ChangeSignal(clock);
  const woken: number[] = [];
  const wait = (atMs: number) => signal.next(atMs, NEVER).then(() => woken.push(clock.now()));
  return { clock, signal, woken, wait };
}

it('wakes at the next change, and at the given time at the latest', async () => {
  const { clock, signal, woken, wait } = makeSignal();
  void wait(1_000);
  await clock.advance(400);
  signal.changed();
  await clock.advance(0);
  void wait(1_000);
  await clock.advance(2_000);
  expect(woken).toEqual([400, 1_000]);
});

it('forgets no change that came while nobody waited, and wakes once for many', async () => {
  const { clock, signal, woken, wait } = makeSignal();
  signal.changed();
  signal.changed();
  void wait(1_000);
  await clock.advance(10);
  expect(woken).toEqual([0]);
  void wait(1_000);
  await clock.advance(500);
  expect(woken).toEqual([0]);
});

it('rejects when it is given up', async () => {
  const { clock, signal } = makeSignal();
  const stop = new AbortController();
  const waiting = signal.next(1_000, stop.signal).then(
    () => 'woken',
    () => 'given up',
  );
  stop.abort();
  await clock.advance(0);
  expect(await waiting).toBe('given up');
});
