import { expect, it } from 'vitest';
import { VirtualClock } from '../runtime/virtual-clock.ts';
import { JournalTable } from '../store/sqlite/journal-table.ts';
import { openInMemory } from '../store/sqlite/state-file.ts';
import { boundHistory } from './bounded-history.ts';

const DAY_MS = 86_400_000;
const YEAR_MS = 365 * DAY_MS;
const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** A state with one old write, under a machine whose clock is a year ahead. */
function setUp() {
  const clock = new VirtualClock(0);
  const file = openInMemory();
  const journal = new JournalTable(file.database, { clock, actor: 'me' });
  const row = {
    account: 'default',
    region: 'r',
    binding: 'shop/web',
    origin: '{}',
    cause: 'drift',
    api: 'v2',
  };
  const ids = journal.append([
    { ...row, instanceId: 'ins-00000000', before: ['sg-a'], after: ['sg-b'], attempt: 1 },
  ]);
  journal.conclude(ids, { outcome: 'accepted', requestId: 'r', code: '', message: '' });
  journal.verify(ids[0] ?? 0, ['sg-b']);
  const time: { ms: number | undefined } = { ms: undefined };
  clock.setWall(YEAR_MS);
  const end = new AbortController();
  const bound = boundHistory(
    file,
    {
      keepMs: 90 * DAY_MS,
      keepMib: 256,
      onDisk: true,
      clock,
      log: quiet,
      time: { confirmedMs: () => time.ms },
    },
    end.signal,
  );
  const stop = () => {
    end.abort();
    return bound;
  };
  return { clock, journal, time, stop };
}

it('removes nothing by a clock that no call to the cloud has confirmed', async () => {
  const { clock, journal, stop } = setUp();
  await clock.advance(DAY_MS);
  expect(journal.query({})).toHaveLength(1);
  await stop();
});

it('removes nothing by a clock that is far ahead of the one that the cloud has confirmed', async () => {
  const { clock, journal, time, stop } = setUp();
  time.ms = DAY_MS;
  await clock.advance(DAY_MS);
  expect(journal.query({})).toHaveLength(1);
  await stop();
});

it('removes what is too old by the time that the cloud has confirmed', async () => {
  const { clock, journal, time, stop } = setUp();
  time.ms = YEAR_MS;
  await clock.advance(60_000);
  expect(journal.query({})).toHaveLength(0);
  await stop();
});
