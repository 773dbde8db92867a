import { expect, it } from 'vitest';
import { silentLog } from './log.ts';
import { RetryingWriter, type Storing } from './retrying-writer.ts';
import { VirtualClock } from './virtual-clock.ts';

it('tries ever more seldom to store the newest, says once that it cannot, and once that it could', async () => {
  const clock = new VirtualClock();
  const said: string[] = [];
  const log = {
    ...silentLog,
    error: (_: object, text: string) => said.push(text),
    info: (_: object, text: string) => said.push(text),
  };
  const writer = new RetryingWriter({ clock, log, what: 'the list' });
  let full = true;
  const tried: string[] = [];
  const store = (value: string): Storing =>
    function* () {
      tried.push(value);
      if (full) throw new Error('disk full');
      yield;
    };
  void writer.put(store('old'));
  void writer.put(store('new'));
  for (let second = 0; second < 120; second++) {
    await clock.advance(1_000);
    void writer.again();
  }
  expect(tried.slice(0, 3)).toEqual(['old', 'new', 'new']);
  expect(tried.length).toBeLessThan(10);
  expect(() => writer.flush()).toThrow('disk full');
  full = false;
  await clock.advance(30_000);
  await writer.again();
  await writer.again();
  writer.flush();
  expect(said).toEqual(['the list could not be stored; this is tried again', 'the list: stored after all']);
  expect(tried.filter((value) => value === 'old')).toHaveLength(1);
});

it('stores what is large in steps, and lets nobody go on before the last one', async () => {
  const clock = new VirtualClock();
  const writer = new RetryingWriter({ clock, log: silentLog, what: 'the list' });
  const done: string[] = [];
  const steps = (name: string, count: number): Storing =>
    function* () {
      for (let step = 1; step <= count; step++) {
        done.push(`${name}${step}`);
        yield;
      }
    };
  const given = writer.put(steps('a', 10));
  expect(done.length, 'a few at once').toBeLessThan(10);
  expect(writer.flush()).toBe(false);
  const newer = writer.put(steps('b', 10));
  await clock.advance(100);
  await Promise.all([given, newer]);
  expect(done.filter((step) => step.startsWith('a')).length, 'given up for what is newer').toBeLessThan(10);
  expect(done.filter((step) => step.startsWith('b'))).toHaveLength(10);
  expect(writer.flush()).toBe(true);
});
