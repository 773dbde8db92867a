import { expect, it } from 'vitest';
import { silentLog } from './log.ts';
import { Persister } from './persister.ts';
import { VirtualClock } from './virtual-clock.ts';

it('tries ever more seldom to store the newest, says once that it cannot, and once that it could', async () => {
  const clock = new VirtualClock();
  const said: string[] = [];
  const log = {
    ...silentLog,
    error: (_: object, text: string) => said.push(text),
    info: (_: object, text: string) => said.push(text),
  };
  const persister = new Persister({ clock, log, what: 'the list' });
  let full = true;
  const tried: string[] = [];
  const store = (value: string) => () => {
    tried.push(value);
    if (full) throw new Error('disk full');
  };
  persister.put(store('old'));
  persister.put(store('new'));
  for (let second = 0; second < 120; second++) {
    await clock.advance(1_000);
    persister.again();
  }
  expect(tried.slice(0, 3)).toEqual(['old', 'new', 'new']);
  expect(tried.length).toBeLessThan(10);
  expect(() => persister.settle()).toThrow('disk full');
  full = false;
  await clock.advance(30_000);
  persister.again();
  persister.again();
  persister.settle();
  expect(said).toEqual(['the list could not be stored; this is tried again', 'the list: stored after all']);
  expect(tried.filter((value) => value === 'old')).toHaveLength(1);
});
