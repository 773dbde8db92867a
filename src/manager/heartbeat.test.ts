import { expect, it } from 'vitest';
import { VirtualClock } from '../runtime/virtual-clock.ts';
import { HeartbeatTable } from '../store/sqlite/heartbeat-table.ts';
import { openInMemory } from '../store/sqlite/state-file.ts';
import { beatSteadily } from './heartbeat.ts';

it('tells readers when the state could last be written, and says once that it cannot be', async () => {
  const clock = new VirtualClock(0);
  const table = new HeartbeatTable(openInMemory().database);
  const said: string[] = [];
  const note = (_: object, words: string) => void said.push(words);
  const log = { debug: note, info: note, warn: note, error: note };
  const disk = { full: false };
  const beat: HeartbeatTable['beat'] = (one) => {
    if (disk.full) throw new Error('database or disk is full');
    table.beat(one);
  };
  const end = new AbortController();
  const beating = beatSteadily({ table: { beat }, everyMs: 60_000, clock, log }, end.signal);
  await clock.advance(130_000);
  expect(table.latest()).toEqual({ atMs: 120_000, everyMs: 60_000 });
  disk.full = true;
  await clock.advance(600_000);
  expect(table.latest()?.atMs).toBe(120_000);
  disk.full = false;
  await clock.advance(60_000);
  expect(table.latest()?.atMs).toBeGreaterThan(700_000);
  expect(said).toEqual([expect.stringContaining('cannot be written'), 'the state can be written again']);
  end.abort();
  await beating;
});
